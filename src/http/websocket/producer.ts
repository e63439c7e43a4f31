import type { WebSocket } from 'ws';
import type { LocalClient } from '../../local-client/local-client.ts';
import { problemOf } from '../problem.ts';
import { type Frame, type ProducerFrame, send, type Wire } from './wire.ts';

/** Frames that are read and not yet answered; beyond it nothing is read from the socket. */
const MAX_WAITING = 1000;

export interface ProducerOptions {
  readonly socket: WebSocket;
  readonly wire: Wire;
  readonly client: LocalClient;
  readonly topic: string;
  /** Of frames that are read and not yet answered. */
  readonly maxBytes: number;
}

/**
 * One record a frame, each answered in the order of the frames. What came while earlier records were written is written
 * together.
 */
export function serveProducer({ socket, wire, client, topic, maxBytes }: ProducerOptions): void {
  let waiting: ProducerFrame[] = [];
  let waitingBytes = 0;
  let isWriting = false;
  socket.on('message', (data: Buffer, isBinary) => {
    waiting.push(wire.readRecord(data, isBinary));
    waitingBytes += data.length;
    if (waiting.length >= MAX_WAITING || waitingBytes >= maxBytes) socket.pause();
    if (!isWriting) void writeAll();
  });

  async function writeAll(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0 && socket.readyState === socket.OPEN) {
      const taken = waiting;
      waiting = [];
      waitingBytes = 0;
      const answers = await outcomes(taken);
      // Reading goes on when the answers are taken: a client that does not read them is not read either.
      await Promise.all(answers.map((answer) => send(socket, answer)));
      if (socket.isPaused) socket.resume();
    }
    isWriting = false;
  }

  async function outcomes(frames: readonly ProducerFrame[]): Promise<Frame[]> {
    const messages = frames.flatMap(({ message }) => (message instanceof Error ? [] : [message]));
    let answerOf: (id: ProducerFrame['id'], place: number) => Frame;
    try {
      const written = await client.produce(topic, messages);
      answerOf = (id, place) => wire.written(id, written[place]!);
    } catch (failure) {
      answerOf = (id) => wire.refused(id, problemOf(failure));
    }
    let place = 0;
    return frames.map(({ id, message }) =>
      message instanceof Error ? wire.refused(id, problemOf(message)) : answerOf(id, place++),
    );
  }
}
