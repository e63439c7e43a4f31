/** What goes over a WebSocket, whatever its form. */
import type { WebSocket } from 'ws';
import type { ConsumedMessage, Message } from '../../local-client/messages.ts';
import type { ProduceOutcome } from '../../local-client/produce.ts';
import type { Problem } from '../problem.ts';

export type Frame = string | Buffer;

/** A record to be written, under the client's own name for it. */
export interface ProducerFrame {
  readonly id?: string | number | undefined;
  /** Or why it is none. */
  readonly message: Message | Error;
}

export type ConsumerFrame =
  | { readonly type: 'permit'; readonly count: number }
  | { readonly type: 'ack' | 'nack'; readonly partition: number; readonly offset: number };

export interface Delivery {
  readonly message: ConsumedMessage;
  /** How often the client has refused it. */
  readonly redelivery: number;
}

/** A sub-protocol. Its readers do not understand everything: a consumer’s throws INVALID_REQUEST then. */
export interface Wire {
  readRecord(data: Buffer, isBinary: boolean): ProducerFrame;
  readConsumer(data: Buffer, isBinary: boolean): ConsumerFrame;
  written(id: ProducerFrame['id'], outcome: ProduceOutcome): Frame;
  refused(id: ProducerFrame['id'], problem: Problem): Frame;
  message(delivery: Delivery): Frame;
  position(offsets: ReadonlyMap<number, number>): Frame;
  /** The partitions that are the client's from now on, and where each is read on. */
  assigned(offsets: ReadonlyMap<number, number>): Frame;
  /** The partitions that are the client's no longer, and where others will go on. */
  revoked(offsets: ReadonlyMap<number, number>): Frame;
  problem(problem: Problem): Frame;
}

/** Resolves when the client has taken it, or is gone. */
export function send(socket: WebSocket, frame: Frame): Promise<void> {
  return new Promise((resolve) => socket.send(frame, () => resolve()));
}
