/** The REST Proxy's consumers: instances in the broker that requests subscribe, read, seek, commit and delete. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TopicPartition } from '../../client/offsets.ts';
import type { HttpContext } from '../context.ts';
import { jsonText } from '../json-values.ts';
import { RestError } from '../rest-error.ts';
import type { TopicPartitionOffset } from './consumer-instance.ts';
import type { ConsumerInstances } from './consumer-instances.ts';
import { contentTypeOf, decode, toFormat } from './formats.ts';
import { RestCode } from './rest-error.ts';

const DEFAULT_REQUEST_TIMEOUT_MS = 1000;
const MAX_REQUEST_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 1024 * 1024;
const MAX_GET_BODY_BYTES = 1024 * 1024;

interface InstanceParams {
  readonly group: string;
  readonly instance: string;
}

type Body = Readonly<Record<string, unknown>> | undefined;

const INSTANCE = '/consumers/:group/instances/:instance';

export function consumerRoutes(app: FastifyInstance, context: HttpContext, instances: ConsumerInstances): void {
  const of = ({ params }: { params: InstanceParams }) => instances.find(params.group, params.instance);

  app.post<{ Params: { group: string }; Body: Body }>('/consumers/:group', async (request) => {
    const { group } = request.params;
    const client = context.newClientOf(request);
    try {
      const { settings } = instances.create(client, { groupId: group, ...settingsIn(request.body) });
      const base = `${request.protocol}://${request.host}/consumers/${encodeURIComponent(group)}`;
      const { instanceId } = settings;
      return { instance_id: instanceId, base_uri: `${base}/instances/${encodeURIComponent(instanceId)}` };
    } catch (failure) {
      await client.close();
      throw failure;
    }
  });
  app.delete<{ Params: InstanceParams }>(INSTANCE, async ({ params }, reply) => {
    await instances.delete(params.group, params.instance);
    reply.status(204);
  });

  app.post<{ Params: InstanceParams; Body: Body }>(`${INSTANCE}/subscription`, async (request, reply) => {
    await of(request).subscribe(await topicsIn(request, context));
    reply.status(204);
  });
  app.get<{ Params: InstanceParams }>(`${INSTANCE}/subscription`, async (request) => ({
    topics: of(request).subscription,
  }));
  app.delete<{ Params: InstanceParams }>(`${INSTANCE}/subscription`, async (request, reply) => {
    await of(request).subscribe([]);
    reply.status(204);
  });

  app.post<{ Params: InstanceParams; Body: Body }>(`${INSTANCE}/assignments`, async (request, reply) => {
    await of(request).assign(partitionsIn(request.body));
    reply.status(204);
  });
  app.get<{ Params: InstanceParams }>(`${INSTANCE}/assignments`, async (request) => ({
    partitions: of(request)
      .assignment()
      .map(({ topic, partition }) => ({ topic, partition })),
  }));

  app.post<{ Params: InstanceParams; Body: Body }>(`${INSTANCE}/positions`, async (request, reply) => {
    await of(request).seek(offsetsIn(request.body));
    reply.status(204);
  });
  for (const place of ['beginning', 'end'] as const) {
    app.post<{ Params: InstanceParams; Body: Body }>(`${INSTANCE}/positions/${place}`, async (request, reply) => {
      await of(request).seekTo(place, partitionsIn(request.body));
      reply.status(204);
    });
  }

  app.post<{ Params: InstanceParams; Body: Body }>(`${INSTANCE}/offsets`, async (request) => {
    const hasOffsets = request.body?.offsets !== undefined;
    // What is named is the last message that was processed (`KafkaConsumerState.commitOffsets`).
    const given = hasOffsets ? offsetsIn(request.body).map((each) => ({ ...each, offset: each.offset + 1 })) : null;
    await of(request).commit(given);
    return {};
  });
  app.get<{ Params: InstanceParams }>(`${INSTANCE}/offsets`, async (request) => {
    const committed = await of(request).committed(partitionsIn(await bodyOfGet(request)));
    const offsets = committed.map(({ topic, partition, offset, metadata = '' }) => ({
      ...{ topic, partition, offset, metadata },
    }));
    return { offsets };
  });

  app.get<{ Params: InstanceParams; Querystring: { timeout?: string; max_bytes?: string } }>(
    `${INSTANCE}/records`,
    async (request, reply) => {
      const instance = of(request);
      const { format, requestTimeoutMs } = instance.settings;
      const { accept } = request.headers;
      if (accept?.includes('vnd.kafka.') && !accept.includes(`.${format}.`) && !accept.includes('kafka.v2')) {
        const sentence =
          'The requested embedded data format does not match the deserializer for this consumer instance';
        throw new RestError(RestCode.CONSUMER_FORMAT_MISMATCH, sentence);
      }
      const timeoutMs = numberIn(request.query.timeout, 'timeout', requestTimeoutMs);
      const maxBytes = numberIn(request.query.max_bytes, 'max_bytes', DEFAULT_MAX_BYTES);
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      if (reply.raw.destroyed) gone.abort();
      const limits = {
        timeoutMs: Math.min(timeoutMs, MAX_REQUEST_TIMEOUT_MS),
        maxBytes,
        signal: AbortSignal.any([context.stopping, gone.signal]),
      };
      const records = await instance.read(limits, ({ topic, key, value, partition, offset }) => {
        const what = `${topic}-${partition} at ${offset}`;
        const shown = {
          key: decode(key, format, `the key of ${what}`),
          value: decode(value, format, `the value of ${what}`),
        };
        return jsonText({ topic, ...shown, partition, offset }, what);
      });
      return reply.type(contentTypeOf(format)).send(`[${records.join(',')}]`);
    },
  );
}

function settingsIn(body: Body) {
  const text = (key: string): string | undefined => {
    const value = body?.[key];
    if (typeof value === 'object' && value !== null) throw unprocessable(`${key} must be text`);
    return value === undefined || value === null ? undefined : String(value);
  };
  const offsetReset = text('auto.offset.reset') ?? 'latest';
  if (offsetReset !== 'earliest' && offsetReset !== 'latest') {
    throw new RestError(
      RestCode.INVALID_CONSUMER_CONFIG,
      `auto.offset.reset=${offsetReset} is neither earliest nor latest`,
    );
  }
  const timeoutMs = Number(text('consumer.request.timeout.ms') ?? DEFAULT_REQUEST_TIMEOUT_MS);
  if (!Number.isInteger(timeoutMs) || timeoutMs < 0) {
    throw new RestError(RestCode.INVALID_CONSUMER_CONFIG, 'consumer.request.timeout.ms is no number of milliseconds');
  }
  return {
    name: text('name') ?? text('id'),
    format: toFormat(text('format') ?? 'binary'),
    offsetReset,
    autoCommit: (text('auto.commit.enable') ?? 'true') === 'true',
    requestTimeoutMs: timeoutMs,
  } as const;
}

async function topicsIn(request: FastifyRequest<{ Body: Body }>, context: HttpContext): Promise<string[]> {
  const { topics, topic_pattern: pattern } = request.body ?? {};
  if (Array.isArray(topics) && topics.every((topic) => typeof topic === 'string')) return topics;
  if (typeof pattern !== 'string') throw unprocessable('topics must be a list of names, or topic_pattern a pattern');
  const { RE2JS } = await import('re2js');
  const { topics: all } = await context.clientOf(request).metadata(null);
  let compiled: ReturnType<typeof RE2JS.compile>;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (cause) {
    throw new RestError(RestCode.UNPROCESSABLE, `topic_pattern is no pattern: ${pattern}`, { cause });
  }
  return all
    .filter(({ name, isInternal }) => !isInternal && compiled.matches(name ?? ''))
    .map(({ name }) => name ?? '');
}

function partitionsIn(body: Body): TopicPartition[] {
  return listIn(body, 'partitions').map(({ topic, partition }) => {
    if (typeof topic !== 'string' || typeof partition !== 'number' || !Number.isInteger(partition)) {
      throw unprocessable('each of partitions must have a topic and a partition');
    }
    return { topic, partition };
  });
}

function offsetsIn(body: Body): TopicPartitionOffset[] {
  return listIn(body, 'offsets').map(({ topic, partition, offset, metadata }) => {
    const numbers = [partition, offset];
    if (typeof topic !== 'string' || !numbers.every((each) => Number.isSafeInteger(each) && Number(each) >= 0)) {
      throw unprocessable('each of offsets must have a topic, a partition and an offset');
    }
    const at = { topic, partition: Number(partition), offset: Number(offset) };
    return typeof metadata === 'string' ? { ...at, metadata } : at;
  });
}

function listIn(body: Body, key: string): Readonly<Record<string, unknown>>[] {
  const list = body?.[key];
  if (!Array.isArray(list)) throw unprocessable(`${key} must be a list`);
  return list.map((each: unknown) => {
    if (typeof each !== 'object' || each === null) throw unprocessable(`${key} must be a list of objects`);
    return { ...each };
  });
}

/** Kept for the REST Proxy's clients: a GET whose body says what is asked for. */
async function bodyOfGet(request: FastifyRequest): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.raw) {
    bytes += chunk.length;
    if (bytes > MAX_GET_BODY_BYTES) throw unprocessable('the body is too large');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (cause) {
    throw new RestError(RestCode.UNPROCESSABLE, 'the body must be JSON: {"partitions":[…]}', { cause });
  }
}

function numberIn(text: string | undefined, what: string, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw unprocessable(`${what} is no number`);
  return Number(text);
}

function unprocessable(sentence: string): RestError {
  return new RestError(RestCode.UNPROCESSABLE, sentence);
}
