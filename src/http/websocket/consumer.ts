import type { WebSocket } from 'ws';
import { KafkaError } from '../../../protocol/errors.ts';
import type { ConsumedMessage } from '../../local-client/messages.ts';
import type { HttpContext } from '../context.ts';
import { problemOf } from '../problem.ts';
import type { TopicReader } from '../topic-reader.ts';
import { Unacknowledged } from './unacknowledged.ts';
import { type ConsumerFrame, type Frame, send, type Wire } from './wire.ts';

const MAX_PERMITS = 1_000_000;
/** Messages read at once, whatever is permitted. */
const MAX_MESSAGES_A_READ = 500;
/** Messages that may be delivered and not acknowledged. */
const MAX_UNACKNOWLEDGED = 1000;
/** Why a socket is closed (RFC 6455, 7.4.1). */
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

export interface ConsumerOptions {
  readonly socket: WebSocket;
  readonly wire: Wire;
  /** Whether messages are to be acknowledged. */
  readonly acknowledges: boolean;
  readonly context: HttpContext;
  /** Aborted when the client is gone or the server stops. */
  readonly signal: AbortSignal;
  /**
   * Told the offsets below which all is acknowledged whenever they move; the client is told them when it resolves with
   * true. One call at a time; positions between two calls are passed over.
   */
  readonly keep?: (position: ReadonlyMap<number, number>) => Promise<boolean>;
}

/**
 * Delivers as many messages as were permitted, and reads no more than it can deliver. A message that is refused is
 * delivered again, for another permit. What is read may change, as a group's rebalances go.
 */
export class WebSocketConsumer {
  readonly #options: ConsumerOptions;
  #reader: TopicReader | undefined;
  /** Where the reader stood when all that it had read was delivered. */
  #delivered: ReadonlyMap<number, number> = new Map();
  #unacknowledged = new Unacknowledged();
  #permits = 0;
  #keeping: Promise<void> | undefined;
  #mustKeep = false;
  /** There is room again, or something to read. */
  #wake: () => void = () => {};
  /** Something is to be delivered that a read does not know of. */
  #interrupt: () => void = () => {};

  constructor(options: ConsumerOptions) {
    this.#options = options;
    const { socket, wire, signal } = options;
    socket.on('message', (data: Buffer, isBinary) => {
      try {
        this.#take(wire.readConsumer(data, isBinary));
      } catch (failure) {
        void this.end(failure);
      }
      this.#wake();
    });
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  /** From now on this is read. What was delivered of another reader's is forgotten. */
  assign(reader: TopicReader): void {
    this.#reader = reader;
    this.#delivered = new Map(reader.offsets);
    this.#unacknowledged = new Unacknowledged();
    this.#interrupt();
    this.#wake();
  }

  /** Nothing is read from now on; the offsets below which all is acknowledged. */
  revoke(): Map<number, number> {
    const position = this.#position();
    this.#reader = undefined;
    this.#unacknowledged = new Unacknowledged();
    this.#interrupt();
    return position;
  }

  /** Delivers until the socket is closed. */
  async serve(): Promise<void> {
    const { socket, signal } = this.#options;
    try {
      while (!signal.aborted && socket.readyState === socket.OPEN) await this.#step();
    } catch (failure) {
      if (!signal.aborted) await this.end(failure);
    }
  }

  /** Tells what went wrong and closes the socket. */
  async end(failure: unknown): Promise<void> {
    const { socket, wire } = this.#options;
    const problem = problemOf(failure);
    await send(socket, wire.problem(problem));
    socket.close(problem.status < 500 ? POLICY_VIOLATION : INTERNAL_ERROR, problem.error);
  }

  send(frame: Frame): Promise<void> {
    return send(this.#options.socket, frame);
  }

  async #step(): Promise<void> {
    const { context, signal, socket } = this.#options;
    const reader = this.#reader;
    const room = Math.min(this.#permits, MAX_MESSAGES_A_READ, MAX_UNACKNOWLEDGED - this.#unacknowledged.size);
    if (room <= 0 || reader === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      return;
    }
    const refused = this.#unacknowledged.takeRefused(room);
    if (refused.length > 0) {
      await this.#deliver(refused);
      return;
    }
    const interrupted = new AbortController();
    this.#interrupt = () => interrupted.abort();
    try {
      const messages = await reader.read({
        maxMessages: room,
        maxBytes: context.config.httpStreamBufferBytes,
        maxWaitMs: context.config.httpStreamHeartbeatMs,
        turn: context.nextTurn(),
        signal: AbortSignal.any([signal, interrupted.signal]),
      });
      // Taken away meanwhile: another member reads it.
      if (reader !== this.#reader) return;
      if (messages.length === 0) socket.ping();
      const delivered = this.#deliver(messages);
      this.#delivered = new Map(reader.offsets);
      await delivered;
    } catch (failure) {
      if (!interrupted.signal.aborted) throw failure;
    }
  }

  async #deliver(messages: readonly ConsumedMessage[]): Promise<void> {
    const { wire, acknowledges } = this.#options;
    let sent: Promise<void> | undefined;
    for (const message of messages) {
      this.#permits--;
      const redelivery = this.#unacknowledged.refusals(message);
      if (acknowledges) this.#unacknowledged.deliver(message);
      sent = this.send(wire.message({ message, redelivery }));
    }
    // The last one's turn comes after all others': no more is read for a client that does not read.
    await sent;
  }

  #take(frame: ConsumerFrame): void {
    if (frame.type === 'permit') {
      this.#permits = Math.min(MAX_PERMITS, this.#permits + frame.count);
      return;
    }
    const { type, partition, offset } = frame;
    const id = `${partition}:${offset}`;
    const isKnown = type === 'ack' ? this.#unacknowledged.acknowledge(id) : this.#unacknowledged.refuse(id);
    if (!isKnown) {
      // A member may acknowledge what was taken away from it while its frame was under way.
      if (this.#options.keep !== undefined) return;
      throw new KafkaError('INVALID_REQUEST', `message ${id} waits for no acknowledgement`);
    }
    if (type === 'nack') this.#interrupt();
    else this.#moved();
  }

  #position(): Map<number, number> {
    return this.#reader === undefined ? new Map() : this.#unacknowledged.position(this.#delivered);
  }

  #moved(): void {
    const { keep, wire } = this.#options;
    if (keep === undefined) {
      void this.send(wire.position(this.#position()));
      return;
    }
    this.#mustKeep = true;
    this.#keeping ??= this.#keepAll(keep).finally(() => {
      this.#keeping = undefined;
    });
  }

  async #keepAll(keep: NonNullable<ConsumerOptions['keep']>): Promise<void> {
    while (this.#mustKeep && this.#reader !== undefined) {
      this.#mustKeep = false;
      const position = this.#position();
      try {
        if (await keep(position)) void this.send(this.#options.wire.position(position));
      } catch (failure) {
        await this.end(failure);
      }
    }
  }
}
