import type { FastifyInstance } from 'fastify';
import { KafkaError } from '../../../protocol/errors.ts';
import type { LocalClient } from '../../local-client/local-client.ts';
import type { Message } from '../../local-client/messages.ts';
import type { HttpContext } from '../context.ts';
import { type JsonHeaders, type JsonValue, toBytes, toHeaders } from '../json-values.ts';
import { failures, recordProperties, topicName, written } from '../schemas.ts';

/** A record as JSON writes it. */
export interface JsonRecord {
  readonly key?: JsonValue;
  readonly value?: JsonValue;
  readonly headers?: JsonHeaders;
  readonly partition?: number;
  readonly timestamp?: number;
}

type ProduceBody = JsonRecord & { readonly topic: string; readonly records?: readonly JsonRecord[] };

export interface Written {
  readonly partition: number;
  readonly offset?: number;
  readonly timestamp?: number;
  readonly error?: string;
  readonly errorCode?: number;
  readonly detail?: string;
}

const SINGLE_FIELDS = ['key', 'value', 'headers', 'partition', 'timestamp'] as const;

export function produceRoutes(app: FastifyInstance, context: HttpContext): void {
  const maxRecords = context.config.httpProduceMaxRecords;
  app.post<{ Body: ProduceBody }>(
    '/produce',
    {
      schema: {
        operationId: 'produce',
        summary: 'Append records to a topic',
        description:
          'One record, or several as `records`. The answer has one entry for each record, in the order given: 200 when ' +
          'all were written, 207 when some were and the others have an error, a problem when none was.',
        body: {
          type: 'object',
          properties: {
            topic: topicName,
            ...recordProperties,
            records: {
              type: 'array',
              minItems: 1,
              maxItems: maxRecords,
              items: { type: 'object', properties: recordProperties, additionalProperties: false },
            },
          },
          required: ['topic'],
          additionalProperties: false,
          examples: [{ topic: 'greetings', key: 'en', value: 'Hello' }],
        },
        response: {
          200: offsets('All records are written'),
          207: offsets('Some records are written'),
          ...failures,
        },
      },
    },
    async (request, reply) => {
      const { topic, records, ...single } = request.body;
      if (records !== undefined) refuseBoth(single);
      const outcomes = await produce(context.clientOf(request), topic, records ?? [single]);
      if (outcomes.some(({ error }) => error !== undefined)) reply.status(207);
      return { offsets: outcomes };
    },
  );
}

function offsets(description: string) {
  return {
    description,
    type: 'object',
    properties: { offsets: { type: 'array', items: written } },
    required: ['offsets'],
  };
}

function refuseBoth(single: JsonRecord): void {
  const both = SINGLE_FIELDS.find((field) => single[field] !== undefined);
  if (both !== undefined) {
    throw new KafkaError('INVALID_REQUEST', `${both} stands beside records; put it into each of the records`);
  }
}

/** One outcome for each record, in their order. Rejects with the first error when no record was written. */
export async function produce(client: LocalClient, topic: string, records: readonly JsonRecord[]): Promise<Written[]> {
  const outcomes = await client.produce(topic, records.map(toMessage));
  const [first] = outcomes;
  if (first?.error != null && outcomes.every(({ error }) => error !== null)) throw first.error;
  return outcomes.map(({ partition, offset, timestamp, error }) =>
    error === null
      ? { partition, offset, timestamp }
      : { partition, error: error.error, errorCode: error.errorCode, detail: error.message },
  );
}

function toMessage({ key, value, headers, partition, timestamp }: JsonRecord, index: number): Message {
  return {
    key: toBytes(key, `key of record ${index}`),
    value: toBytes(value, `value of record ${index}`),
    headers: toHeaders(headers, `headers of record ${index}`),
    partition,
    timestamp,
  };
}
