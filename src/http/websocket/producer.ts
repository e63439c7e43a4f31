import type { WebSocket } from 'ws';
import type { LocalClient } from '../../local-client/local-client.ts';
import type { HttpContext } from '../context.ts';
import { problemOf } from '../problem.ts';
import { type JsonRecord, produce } from '../routes/produce.ts';
import { recordProperties } from '../schemas.ts';
import { frameReader, send } from './frames.ts';

type ProducerFrame = JsonRecord & { readonly id?: string | number };

/** Frames that are read and not yet answered; beyond it nothing is read from the socket. */
const MAX_WAITING = 1000;

/**
 * One record a frame, each answered in the order of the frames: `{id, partition, offset, timestamp}`, or `{id, problem}`.
 * What came while earlier records were written is written together.
 */
export function serveProducer(socket: WebSocket, client: LocalClient, topic: string, context: HttpContext): void {
  const read = frameReader<ProducerFrame>({
    type: 'object',
    properties: { id: { type: ['string', 'integer'] }, ...recordProperties },
    additionalProperties: false,
  });
  const maxBytes = context.config.httpRequestMaxBytes;
  let waiting: (ProducerFrame | Error)[] = [];
  let waitingBytes = 0;
  let isWriting = false;
  socket.on('message', (data: Buffer, isBinary) => {
    try {
      waiting.push(read(data, isBinary));
    } catch (failure) {
      waiting.push(failure as Error);
    }
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
      const answers = await outcomes(client, topic, taken);
      // Reading goes on when the answers are taken: a client that does not read them is not read either.
      await Promise.all(answers.map((answer) => send(socket, answer)));
      if (socket.isPaused) socket.resume();
    }
    isWriting = false;
  }
}

async function outcomes(client: LocalClient, topic: string, frames: readonly (ProducerFrame | Error)[]) {
  const frameIds = frames.map((frame) => (frame instanceof Error || frame.id === undefined ? {} : { id: frame.id }));
  const results: object[] = frames.map((frame) => (frame instanceof Error ? { problem: problemOf(frame) } : {}));
  const good = frames.flatMap((frame, place) => (frame instanceof Error ? [] : [{ frame, place }]));
  try {
    const written = await produce(
      client,
      topic,
      good.map(({ frame: { id: _, ...record } }) => record),
    );
    good.forEach(({ place }, i) => {
      results[place] = written[i]!;
    });
  } catch (failure) {
    const problem = problemOf(failure);
    for (const { frame, place } of good) {
      // A record that cannot be made, which shows before any is sent, must not fail the others: each on its own then.
      const isOneOfMany = problem.error === 'INVALID_REQUEST' && good.length > 1;
      results[place] = isOneOfMany ? (await outcomes(client, topic, [frame]))[0]! : { problem };
    }
  }
  return results.map((result, i) => ({ ...frameIds[i], ...result }));
}
