import type { FastifyInstance } from 'fastify';
import { KafkaError } from '../../../protocol/errors.ts';
import type { Isolation } from '../../local-client/local-client.ts';
import type { HttpContext } from '../context.ts';
import type { ValueFormat } from '../json-values.ts';
import { toJsonMessage } from '../messages.ts';
import { formatOffsets } from '../offset-vector.ts';
import { failures, isolation, message, partition, startOffset, topicName, valueFormat } from '../schemas.ts';
import { startingOffsets, TopicReader } from '../topic-reader.ts';

interface ConsumeQuery {
  readonly topic: string;
  readonly partition?: number;
  readonly offset: string;
  readonly max: number;
  readonly wait: number;
  readonly format: ValueFormat;
  readonly isolation: Isolation;
}

/** JSON of a message takes about as much as the stored record and its names; base64 a third more. */
const JSON_FACTOR = 2;

export function consumeRoutes(app: FastifyInstance, context: HttpContext): void {
  const { httpConsumeMaxRecords, httpConsumeMaxBytes, httpConsumeMaxWaitMs } = context.config;
  app.get<{ Querystring: ConsumeQuery }>(
    '/consume',
    {
      schema: {
        operationId: 'consume',
        summary: 'Read messages of a topic from an offset on',
        description:
          'Without a partition, all partitions are read. `next` holds the query parameters that go on behind what was ' +
          'read. When nothing is there, the answer waits for up to `wait` milliseconds for a first message.',
        querystring: {
          type: 'object',
          properties: {
            topic: topicName,
            partition,
            offset: { ...startOffset, default: 'earliest' },
            max: {
              type: 'integer',
              minimum: 1,
              maximum: httpConsumeMaxRecords,
              default: Math.min(100, httpConsumeMaxRecords),
              description: 'The most messages to answer',
            },
            wait: {
              type: 'integer',
              minimum: 0,
              maximum: httpConsumeMaxWaitMs,
              default: 0,
              description: 'Milliseconds to wait for a first message',
            },
            format: valueFormat,
            isolation,
          },
          required: ['topic'],
          additionalProperties: false,
        },
        response: {
          200: {
            description: 'The messages, and where to read on',
            type: 'object',
            properties: {
              messages: { type: 'array', items: message },
              next: {
                type: 'object',
                description: 'The query parameters that go on from here',
                properties: { partition, offset: { type: ['integer', 'string'] } },
                required: ['offset'],
              },
            },
            required: ['messages', 'next'],
          },
          ...failures,
        },
      },
    },
    async (request) => {
      const { topic, partition, offset, max, wait, format, isolation } = request.query;
      const client = context.clientOf(request);
      const wanted = partition === undefined ? undefined : [partition];
      const offsets = await startingOffsets(client, topic, offset, wanted);
      const reader = new TopicReader({ client, clock: context.clock, topic, offsets, isolation });
      const messages = await reader.read({
        maxMessages: max,
        maxBytes: httpConsumeMaxBytes,
        maxWaitMs: wait,
        turn: context.nextTurn(),
        signal: context.stopping,
      });
      const heldBytes = messages.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
      if (!context.admitted(request).grow(heldBytes * JSON_FACTOR)) {
        throw new KafkaError('BROKER_NOT_AVAILABLE', 'http.max.in.flight.bytes is reached');
      }
      return {
        messages: messages.map((each) => toJsonMessage(each, format)),
        next:
          partition === undefined
            ? { offset: formatOffsets(reader.offsets) }
            : { partition, offset: reader.offsets.get(partition) },
      };
    },
  );
}
