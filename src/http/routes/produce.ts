import type { FastifyInstance } from 'fastify';
import { KafkaError } from '../../../protocol/errors.ts';
import type { LocalClient } from '../../local-client/local-client.ts';
import type { HttpContext } from '../context.ts';
import { type JsonRecord, toMessage } from '../json-records.ts';
import { toJsonOutcome } from '../messages.ts';
import { failures, recordProperties, topicName, written } from '../schemas.ts';

type ProduceBody = JsonRecord & { readonly topic: string; readonly records?: readonly JsonRecord[] };

const SINGLE_FIELDS = ['key', 'value', 'headers', 'partition', 'timestamp'] as const;

export function produceRoutes(app: FastifyInstance, context: HttpContext): void {
  const maxRecords = context.config.httpProduceMaxRecords;
  app.post<{ Body: ProduceBody; Headers: { 'idempotency-key'?: string } }>(
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
        headers: {
          type: 'object',
          properties: {
            'idempotency-key': {
              type: 'string',
              minLength: 1,
              maxLength: 256,
              description: 'A repeat under the same key gets the first one’s answer, and nothing is appended twice',
            },
          },
        },
        response: {
          200: offsets('All records are written'),
          207: offsets('Some records are written'),
          ...failures,
        },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { 'idempotency-key': key } = request.headers;
      const client = context.clientOf(request);
      if (key === undefined) {
        const { status, offsets } = await write(client, body);
        reply.status(status);
        return { offsets };
      }
      const answer = await context.idempotence.once(key, body, async () => {
        const { status, offsets } = await write(client, body);
        return { status, text: JSON.stringify({ offsets }) };
      });
      if (answer.isRepeat) reply.header('idempotency-replayed', 'true');
      return reply.status(answer.status).type('application/json; charset=utf-8').send(answer.text);
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

/** Rejects with the first error when no record was written. */
async function write(client: LocalClient, { topic, records, ...single }: ProduceBody) {
  if (records !== undefined) refuseBoth(single);
  const outcomes = await client.produce(topic, records?.map(toMessage) ?? [toMessage(single)]);
  const failed = outcomes.filter(({ error }) => error !== null);
  if (failed.length > 0 && failed.length === outcomes.length) throw failed[0]!.error;
  return { status: failed.length > 0 ? 207 : 200, offsets: outcomes.map(toJsonOutcome) };
}
