/**
 * A topic as server-sent events. An event's id is where the reader stands behind it (`offset-vector.ts`), so a browser
 * that connects again with `Last-Event-ID` goes on without loss or repetition.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { KafkaError } from '../../../protocol/errors.ts';
import type { Isolation } from '../../local-client/local-client.ts';
import type { ConsumedMessage } from '../../local-client/messages.ts';
import type { HttpContext } from '../context.ts';
import type { ValueFormat } from '../json-values.ts';
import { toJsonMessage } from '../messages.ts';
import { formatOffsets } from '../offset-vector.ts';
import { problemOf } from '../problem.ts';
import { failures, isolation, startOffset, topicName, valueFormat } from '../schemas.ts';
import { startingOffsets, TopicReader } from '../topic-reader.ts';

interface StreamQuery {
  readonly offset: string;
  readonly partition?: string;
  readonly key?: string;
  readonly format: ValueFormat;
  readonly isolation: Isolation;
}

/** An id names every partition, and comes back in a header. */
const MAX_PARTITIONS = 512;
const MAX_MESSAGES_A_READ = 1000;
/** How often a stream of all partitions looks for new ones. */
const PARTITIONS_CHECK_MS = 30_000;

export function streamRoutes(app: FastifyInstance, context: HttpContext): void {
  const { config, clock } = context;
  app.get<{ Params: { name: string }; Querystring: StreamQuery; Headers: { 'last-event-id'?: string } }>(
    '/topics/:name/stream',
    {
      schema: {
        operationId: 'streamTopic',
        summary: 'The messages of a topic as server-sent events',
        description:
          'Each event’s data is a message, its id an offset vector. Last-Event-ID goes on behind that event. While nothing ' +
          'comes, a comment every `http.stream.heartbeat.ms` keeps the connection. A failure is an event named error, with a problem.',
        params: { type: 'object', properties: { name: topicName }, required: ['name'] },
        querystring: {
          type: 'object',
          properties: {
            offset: { ...startOffset, default: 'latest' },
            partition: {
              type: 'string',
              pattern: '^[0-9]{1,10}(,[0-9]{1,10})*$',
              description: 'Only these, separated by commas',
            },
            key: { type: 'string', description: 'Only messages with this key' },
            format: valueFormat,
            isolation,
          },
          additionalProperties: false,
        },
        response: {
          200: { description: 'The events', content: { 'text/event-stream': { schema: { type: 'string' } } } },
          ...failures,
        },
      },
    },
    async (request, reply) => {
      const { offset, key, format, isolation } = request.query;
      const { name: topic } = request.params;
      const wanted = request.query.partition?.split(',').map(Number);
      const client = context.clientOf(request);
      const from = request.headers['last-event-id'] || offset;
      const offsets = await startingOffsets(client, topic, from, wanted);
      if (offsets.size > MAX_PARTITIONS) {
        throw new KafkaError(
          'INVALID_REQUEST',
          `${topic} has ${offsets.size} partitions; choose up to ${MAX_PARTITIONS}`,
        );
      }
      let reader = new TopicReader({ client, clock, topic, offsets, isolation });
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const signal = AbortSignal.any([context.stopping, gone.signal]);
      const read = (maxWaitMs: number): Promise<ConsumedMessage[]> =>
        reader.read({
          maxMessages: MAX_MESSAGES_A_READ,
          maxBytes: config.httpStreamBufferBytes,
          maxWaitMs,
          turn: context.nextTurn(),
          signal,
        });
      const events = new Events(offsets, key === undefined ? undefined : Buffer.from(key), format);
      // What is wrong from the start is answered as a problem.
      let messages = await read(0);

      reply.hijack();
      context.open.streams++;
      // A stream may last; what bounds it is its connection.
      context.admitted(request).release();
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        connection: 'close',
      });
      try {
        let checkedMs = clock.monotonic();
        for (;;) {
          await write(reply.raw, events.next(messages, reader.offsets), gone.signal);
          if (wanted === undefined && clock.monotonic() - checkedMs >= PARTITIONS_CHECK_MS) {
            checkedMs = clock.monotonic();
            const known = await startingOffsets(client, topic, formatOffsets(reader.offsets), undefined);
            reader = new TopicReader({ client, clock, topic, offsets: known, isolation });
          }
          messages = await read(config.httpStreamHeartbeatMs);
        }
      } catch (failure) {
        if (!signal.aborted) reply.raw.write(`event: error\ndata: ${JSON.stringify(problemOf(failure))}\n\n`);
      } finally {
        reply.raw.end();
        context.open.streams--;
      }
    },
  );
}

/** From messages to the text of events, with the position behind each. */
class Events {
  readonly #position: Map<number, number>;
  readonly #key: Buffer | undefined;
  readonly #format: ValueFormat;

  constructor(offsets: ReadonlyMap<number, number>, key: Buffer | undefined, format: ValueFormat) {
    this.#position = new Map([...offsets].sort(([a], [b]) => a - b));
    this.#key = key;
    this.#format = format;
  }

  /** Ends with where the reader stands now, which moves on also over messages that were left out. */
  next(messages: readonly ConsumedMessage[], offsets: ReadonlyMap<number, number>): string {
    let text = '';
    for (const message of messages) {
      this.#position.set(message.partition, message.offset + 1);
      if (this.#key !== undefined && message.key?.equals(this.#key) !== true) continue;
      const data = JSON.stringify(toJsonMessage(message, this.#format));
      text += `id: ${formatOffsets(this.#position)}\ndata: ${data}\n\n`;
    }
    for (const [partition, offset] of offsets) this.#position.set(partition, offset);
    // Without data an event is not shown, but its id counts.
    return text === '' ? `: nothing new\nid: ${formatOffsets(this.#position)}\n\n` : text;
  }
}

/** Resolves when the client has taken enough of it for the next; rejects when it is gone. */
async function write(response: ServerResponse, text: string, gone: AbortSignal): Promise<void> {
  gone.throwIfAborted();
  if (!response.write(text)) await once(response, 'drain', { signal: gone });
}
