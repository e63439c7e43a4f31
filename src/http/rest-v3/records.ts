/** Producing with v3: a stream of records with one report each, or a batch. */

import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { KafkaError } from '../../../protocol/errors.ts';
import type { LocalClient } from '../../local-client/local-client.ts';
import type { Message } from '../../local-client/messages.ts';
import type { ProduceOutcome } from '../../local-client/produce.ts';
import type { HttpContext } from '../context.ts';
import { jsonText } from '../json-values.ts';
import { RestError } from '../rest-error.ts';
import { JsonStream, JsonStreamError } from './json-stream.ts';
import { badRequest, type Json, objectIn, restV3Error, textIn } from './resource.ts';
import { clusterRequest } from './scope.ts';
import type { TopicParams } from './topics.ts';

const RECORDS = '/v3/clusters/:cluster/topics/:topic/records';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** `records:batch` takes so many, as Confluent's does. */
const MAX_BATCH_ENTRIES = 10;
const MAX_PARTITION = 2 ** 31 - 1;

/** A record as it was asked for, and what it takes. */
interface Parsed {
  readonly message: Message;
  readonly key: DataReport | undefined;
  readonly value: DataReport | undefined;
}

interface DataReport {
  readonly type: string;
  readonly size: number;
}

interface Target {
  readonly client: LocalClient;
  readonly clusterId: string;
  readonly topic: string;
}

export async function recordRoutes(app: FastifyInstance, context: HttpContext): Promise<void> {
  app.post<{ Params: TopicParams; Body: Json | undefined }>(`${RECORDS}::batch`, async (request, reply) => {
    const { client, clusterId } = await clusterRequest(context, request);
    const target = { client, clusterId, topic: request.params.topic };
    const entries = request.body?.entries;
    if (!Array.isArray(entries) || entries.length === 0) throw badRequest('entries may not be empty');
    if (entries.length > MAX_BATCH_ENTRIES) throw badRequest(`a batch has at most ${MAX_BATCH_ENTRIES} entries`);
    const reports = await produce(target, entries.map(parsed));
    const withIds = reports.map((report, at) => ({ id: idOf(entries[at], at), ...report }));
    reply.status(207);
    return {
      successes: withIds.filter(({ error_code: code }) => code === 200),
      failures: withIds.filter(({ error_code: code }) => code !== 200),
    };
  });

  await app.register(async (streaming) => {
    streaming.removeAllContentTypeParsers();
    // No other type, and none left out: a browser lets any page send those to this machine without asking.
    streaming.addContentTypeParser('application/json', (_request, payload, done) => done(null, payload));
    streaming.post<{ Params: TopicParams; Body: Readable | undefined }>(RECORDS, async (request, reply) => {
      const { client, clusterId } = await clusterRequest(context, request);
      const target = { client, clusterId, topic: request.params.topic };
      if (request.body === undefined) throw badRequest('the body has no record');
      const reports = reportsOf(target, request.body, context.config.httpRequestMaxBytes);
      const first = await reports.next();
      if (first.done === true) throw badRequest('the body has no record');
      reply.status(first.value.error_code > 999 ? Math.floor(first.value.error_code / 100) : first.value.error_code);
      return reply.type('application/json').send(
        Readable.from(
          (async function* () {
            yield `${JSON.stringify(first.value)}\r\n`;
            for await (const report of reports) yield `${JSON.stringify(report)}\r\n`;
          })(),
        ),
      );
    });
  });
}

/** A report for each record of a stream, in their order; the records that came together are produced together. */
async function* reportsOf(target: Target, body: Readable, maxBytes: number): AsyncGenerator<Report> {
  const stream = new JsonStream(maxBytes);
  try {
    for await (const chunk of body) {
      yield* await produce(
        target,
        stream.push(chunk).map((text) => {
          try {
            return parsed(JSON.parse(text));
          } catch (failure) {
            return failure instanceof SyntaxError
              ? badRequest(`a record is not JSON: ${failure.message}`)
              : restV3Error(failure);
          }
        }),
      );
    }
    stream.end();
  } catch (failure) {
    if (!(failure instanceof JsonStreamError)) throw failure;
    yield failed(badRequest(failure.message));
  }
}

type Report = Json & { readonly error_code: number };

async function produce(
  { client, clusterId, topic }: Target,
  records: readonly (Parsed | RestError)[],
): Promise<Report[]> {
  const messages = records.flatMap((record) => (record instanceof RestError ? [] : [record.message]));
  let outcomes: ProduceOutcome[];
  try {
    outcomes = messages.length === 0 ? [] : await client.produce(topic, messages, { allowAutoTopicCreation: false });
  } catch (failure) {
    const error = restV3Error(failure);
    return records.map((record) => failed(record instanceof RestError ? record : error));
  }
  let next = 0;
  return records.map((record) => {
    if (record instanceof RestError) return failed(record);
    const { partition, offset, timestamp, error } = outcomes[next++]!;
    if (error !== null) return failed(restV3Error(error));
    return {
      ...{ error_code: 200, cluster_id: clusterId, topic_name: topic, partition_id: partition, offset },
      timestamp: new Date(timestamp).toISOString(),
      ...(record.key === undefined ? {} : { key: record.key }),
      ...(record.value === undefined ? {} : { value: record.value }),
    };
  });
}

function failed({ errorCode, message }: RestError): Report {
  return { error_code: errorCode, message };
}

/** What is wrong with a record is its own report. */
function parsed(record: unknown): Parsed | RestError {
  try {
    const { partition_id: partition, timestamp, headers = [], key, value } = objectIn(record, 'a record');
    if (partition !== undefined && partition !== null && !isPartition(partition)) {
      throw badRequest('partition_id must be a partition');
    }
    const keyData = data(key, 'key');
    const valueData = data(value, 'value');
    const message = {
      key: keyData?.bytes ?? null,
      value: valueData?.bytes ?? null,
      headers: headersIn(headers),
      ...(typeof partition === 'number' ? { partition } : {}),
      ...(timestamp === undefined || timestamp === null ? {} : { timestamp: timeOf(timestamp) }),
    };
    const report = (of: ReturnType<typeof data>) =>
      of === undefined ? undefined : { type: of.type, size: of.bytes?.length ?? 0 };
    return { message, key: report(keyData), value: report(valueData) };
  } catch (failure) {
    if (failure instanceof RestError || failure instanceof KafkaError) return restV3Error(failure);
    throw failure;
  }
}

/** What a report of a batch is found by: the entry's own id where it has one, its place where not. */
function idOf(entry: unknown, at: number): string {
  const id = typeof entry === 'object' && entry !== null && 'id' in entry ? entry.id : undefined;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : String(at);
}

function isPartition(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_PARTITION;
}

function data(given: unknown, what: string): { type: string; bytes: Buffer | null } | undefined {
  if (given === undefined || given === null) return undefined;
  const { type: named = 'BINARY', data: content = null } = objectIn(given, what);
  const type = textIn(named, `${what}.type`);
  if (content === null) return { type, bytes: null };
  switch (type) {
    case 'BINARY':
      if (typeof content !== 'string' || !BASE64.test(content)) throw badRequest(`${what}.data is not base64`);
      return { type, bytes: Buffer.from(content, 'base64') };
    case 'STRING':
      if (typeof content !== 'string') throw badRequest(`${what}.data is no string`);
      return { type, bytes: Buffer.from(content) };
    case 'JSON':
      return { type, bytes: Buffer.from(jsonText(content, `${what}.data`)) };
    default:
      throw new RestError(42_206, `${what}.type ${type} needs a schema registry: use BINARY, JSON or STRING`);
  }
}

function headersIn(headers: unknown) {
  if (!Array.isArray(headers)) throw badRequest('headers must be a list of {"name", "value"}');
  return headers.map((header: unknown) => {
    const { name, value = null } = { ...(header as object) } as { name?: unknown; value?: unknown };
    const isText = value === null || (typeof value === 'string' && BASE64.test(value));
    if (typeof name !== 'string' || !isText) throw badRequest('a header must have a name, and a value in base64');
    return { key: name, value: value === null ? null : Buffer.from(String(value), 'base64') };
  });
}

function timeOf(timestamp: unknown): number {
  const time = typeof timestamp === 'number' ? timestamp : Date.parse(String(timestamp));
  if (!Number.isInteger(time) || Number.isNaN(new Date(time).getTime()))
    throw badRequest('timestamp must be an ISO 8601 date');
  return time;
}
