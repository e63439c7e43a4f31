/** The REST Proxy's topics, partitions and brokers, and producing to them. */

import type { FastifyInstance } from 'fastify';
import { isRetriable } from '../../../protocol/errors.ts';
import { EARLIEST, LATEST, type LocalClient, type TopicMetadata } from '../../local-client/local-client.ts';
import type { HttpContext } from '../context.ts';
import { ConfigResourceType, describeConfigs } from '../describe-configs.ts';
import { RestError } from '../rest-error.ts';
import { listOffsets } from '../topic-offsets.ts';
import { encode, formatOf } from './formats.ts';
import { RestCode, restError } from './rest-error.ts';

/** Codes of single records in an answer. */
const NON_RETRIABLE = 1;
const RETRIABLE = 2;
/** `/topics` and `/topics/{topic}` are other pages without the REST Proxy's types in Accept or Content-Type. */
const ASKED_FOR_V2 = { constraints: { accept: 'vnd.kafka' } };

interface TopicParams {
  readonly name: string;
  readonly partition?: string;
}

interface ProducedRecord {
  readonly key?: unknown;
  readonly value?: unknown;
  readonly partition?: unknown;
}

interface ProduceBody {
  readonly records?: unknown;
}

export function topicRoutes(app: FastifyInstance, context: HttpContext): void {
  app.get('/topics', ASKED_FOR_V2, async (request) => {
    const { topics } = await context.clientOf(request).metadata(null);
    return topics.map(({ name }) => name ?? '').sort();
  });
  app.get<{ Params: TopicParams }>('/topics/:name', ASKED_FOR_V2, async (request) => {
    const client = context.clientOf(request);
    const { name: topic } = request.params;
    const { partitions } = await topicNamed(client, topic);
    return { name: topic, configs: await configsOf(client, topic), partitions: partitions.map(describe) };
  });
  app.get<{ Params: TopicParams }>('/topics/:name/partitions', async (request) => {
    const { partitions } = await topicNamed(context.clientOf(request), request.params.name);
    return partitions.map(describe);
  });
  app.get<{ Params: TopicParams }>('/topics/:name/partitions/:partition', async (request) => {
    return describe(await partitionOf(context.clientOf(request), request.params));
  });
  app.get<{ Params: TopicParams }>('/topics/:name/partitions/:partition/offsets', async (request) => {
    const client = context.clientOf(request);
    const { name: topic } = request.params;
    const { partitionIndex } = await partitionOf(client, request.params);
    const [beginning, end] = await Promise.all(
      [EARLIEST, LATEST].map((timestamp) => listOffsets(client, topic, [partitionIndex], timestamp)),
    );
    return { beginning_offset: beginning!.get(partitionIndex), end_offset: end!.get(partitionIndex) };
  });
  app.post<{ Params: TopicParams; Body: ProduceBody }>('/topics/:name', ASKED_FOR_V2, async (request) => {
    const { name: topic } = request.params;
    return produce(context.clientOf(request), topic, request.body, request.headers['content-type']);
  });
  app.post<{ Params: TopicParams; Body: ProduceBody }>('/topics/:name/partitions/:partition', async (request) => {
    const client = context.clientOf(request);
    const { name: topic } = request.params;
    const { partitionIndex } = await partitionOf(client, request.params);
    return produce(client, topic, request.body, request.headers['content-type'], partitionIndex);
  });
  app.get('/brokers', async (request) => {
    const { brokers } = await context.clientOf(request).metadata([]);
    return { brokers: brokers.map(({ nodeId }) => nodeId) };
  });
}

async function topicNamed(client: LocalClient, topic: string): Promise<TopicMetadata> {
  const found = await client.topicMetadata(topic, { allowAutoTopicCreation: false }).catch((failure: unknown) => {
    const error = restError(failure);
    throw error.errorCode === RestCode.TOPIC_NOT_FOUND ? new RestError(error.errorCode, 'Topic not found.') : error;
  });
  found.partitions.sort((a, b) => a.partitionIndex - b.partitionIndex);
  return found;
}

async function partitionOf(client: LocalClient, { name: topic, partition }: TopicParams) {
  const { partitions } = await topicNamed(client, topic);
  const found = partitions.find(({ partitionIndex }) => String(partitionIndex) === partition);
  if (found === undefined) throw new RestError(RestCode.PARTITION_NOT_FOUND, 'Partition not found.');
  return found;
}

function describe({ partitionIndex, leaderId, replicaNodes, isrNodes }: TopicMetadata['partitions'][number]) {
  const replicas = replicaNodes.map((broker) => ({
    broker,
    leader: broker === leaderId,
    in_sync: isrNodes.includes(broker),
  }));
  return { partition: partitionIndex, leader: leaderId, replicas };
}

async function configsOf(client: LocalClient, topic: string): Promise<Record<string, string | null>> {
  const configs = await describeConfigs(client, ConfigResourceType.TOPIC, topic);
  return Object.fromEntries(configs.map(({ name, value }) => [name, value]));
}

async function produce(
  client: LocalClient,
  topic: string,
  body: ProduceBody | undefined,
  contentType: string | undefined,
  onlyPartition?: number,
) {
  const format = formatOf(contentType);
  const records = body?.records;
  if (!Array.isArray(records) || records.length === 0) {
    throw new RestError(RestCode.UNPROCESSABLE, 'records may not be empty: send {"records":[{"value":…}]}');
  }
  const messages = records.map((record: unknown, at) => {
    if (typeof record !== 'object' || record === null) {
      throw new RestError(RestCode.UNPROCESSABLE, `records[${at}] must be an object`);
    }
    const { key, value, partition }: ProducedRecord = record;
    return {
      key: encode(key, format, `records[${at}].key`),
      value: encode(value, format, `records[${at}].value`),
      partition: onlyPartition ?? partitionIn(partition, at),
    };
  });
  const outcomes = await client.produce(topic, messages);
  return {
    offsets: outcomes.map(({ partition, offset, error }) => {
      if (error === null) return { partition, offset, error_code: null, error: null };
      const code = isRetriable(error.error) ? RETRIABLE : NON_RETRIABLE;
      return { partition, offset: null, error_code: code, error: error.message };
    }),
    key_schema_id: null,
    value_schema_id: null,
  };
}

function partitionIn(partition: unknown, at: number): number | undefined {
  if (partition === undefined || partition === null) return undefined;
  if (typeof partition === 'number' && Number.isInteger(partition) && partition >= 0) return partition;
  throw new RestError(RestCode.UNPROCESSABLE, `records[${at}].partition must be greater than or equal to 0`);
}
