import type { WebSocket } from 'ws';
import { KafkaError } from '../../../protocol/errors.ts';
import type { ConsumedMessage } from '../../local-client/messages.ts';
import type { HttpContext } from '../context.ts';
import type { ValueFormat } from '../json-values.ts';
import { toJsonMessage } from '../messages.ts';
import { formatOffsets } from '../offset-vector.ts';
import { problemOf } from '../problem.ts';
import type { TopicReader } from '../topic-reader.ts';
import { frameReader, send } from './frames.ts';
import { idOf, Unacknowledged } from './unacknowledged.ts';

type ConsumerFrame =
  | { readonly type: 'permit'; readonly count: number }
  | { readonly type: 'ack' | 'nack'; readonly id: string };

const MAX_PERMITS = 1_000_000;
/** Messages read at once, whatever is permitted. */
const MAX_MESSAGES_A_READ = 500;
/** Messages that may be delivered and not acknowledged. */
const MAX_UNACKNOWLEDGED = 1000;

const frameSchema = {
  type: 'object',
  oneOf: [
    {
      properties: { type: { const: 'permit' }, count: { type: 'integer', minimum: 1, maximum: MAX_PERMITS } },
      required: ['type', 'count'],
      additionalProperties: false,
    },
    {
      properties: { type: { enum: ['ack', 'nack'] }, id: { type: 'string', maxLength: 40 } },
      required: ['type', 'id'],
      additionalProperties: false,
    },
  ],
};

export interface ConsumerOptions {
  readonly socket: WebSocket;
  readonly reader: TopicReader;
  readonly format: ValueFormat;
  /** Whether messages are to be acknowledged. */
  readonly acknowledges: boolean;
  readonly context: HttpContext;
  /** Aborted when the client is gone or the server stops. */
  readonly signal: AbortSignal;
}

/**
 * Delivers as many messages as were permitted, and reads no more than it can deliver. A message that is refused is
 * delivered again, for another permit. Resolves when the socket is closed.
 */
export async function serveConsumer({ socket, reader, format, acknowledges, context, signal }: ConsumerOptions) {
  const read = frameReader<ConsumerFrame>(frameSchema);
  const unacknowledged = new Unacknowledged();
  let permits = 0;
  /** There is room again. */
  let wake: () => void = () => {};
  /** Something is to be delivered that a read does not know of. */
  let interrupt: () => void = () => {};
  socket.on('message', (data: Buffer, isBinary) => {
    try {
      take(read(data, isBinary));
    } catch (failure) {
      void end(failure);
    }
    wake();
  });
  signal.addEventListener('abort', () => wake(), { once: true });

  function take(frame: ConsumerFrame): void {
    if (frame.type === 'permit') {
      permits = Math.min(MAX_PERMITS, permits + frame.count);
      return;
    }
    const isKnown = frame.type === 'ack' ? unacknowledged.acknowledge(frame.id) : unacknowledged.refuse(frame.id);
    if (!isKnown) throw new KafkaError('INVALID_REQUEST', `message ${frame.id} waits for no acknowledgement`);
    if (frame.type === 'nack') interrupt();
    else {
      void send(socket, { type: 'position', offset: formatOffsets(unacknowledged.position(reader.offsets)) });
    }
  }

  async function end(failure: unknown): Promise<void> {
    const problem = problemOf(failure);
    await send(socket, { type: 'problem', problem });
    socket.close(problem.status < 500 ? 1008 : 1011, problem.error);
  }

  async function deliver(messages: readonly ConsumedMessage[]): Promise<void> {
    let sent: Promise<void> | undefined;
    for (const message of messages) {
      permits--;
      const refusals = unacknowledged.refusals(message);
      if (acknowledges) unacknowledged.deliver(message);
      sent = send(socket, {
        type: 'message',
        id: idOf(message),
        ...(refusals === 0 ? {} : { redelivery: refusals }),
        ...toJsonMessage(message, format),
      });
    }
    // The last one's turn comes after all others': no more is read for a client that does not read.
    await sent;
  }

  try {
    while (!signal.aborted && socket.readyState === socket.OPEN) {
      const room = Math.min(permits, MAX_MESSAGES_A_READ, MAX_UNACKNOWLEDGED - unacknowledged.size);
      if (room <= 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const refused = unacknowledged.takeRefused(room);
      if (refused.length > 0) {
        await deliver(refused);
        continue;
      }
      const interrupted = new AbortController();
      interrupt = () => interrupted.abort();
      try {
        const messages = await reader.read({
          maxMessages: room,
          maxBytes: context.config.httpStreamBufferBytes,
          maxWaitMs: context.config.httpStreamHeartbeatMs,
          turn: context.nextTurn(),
          signal: AbortSignal.any([signal, interrupted.signal]),
        });
        if (messages.length === 0) socket.ping();
        await deliver(messages);
      } catch (failure) {
        if (!interrupted.signal.aborted) throw failure;
      }
    }
  } catch (failure) {
    if (!signal.aborted) await end(failure);
  }
}
