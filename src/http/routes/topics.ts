import type { FastifyInstance } from 'fastify';
import { ErrorCode } from '../../../protocol/errors.ts';
import { errorOf, throwIfFailed } from '../../local-client/errors.ts';
import { EARLIEST, LATEST, type LocalClient, type TopicMetadata } from '../../local-client/local-client.ts';
import type { HttpContext } from '../context.ts';
import { ConfigResourceType, describeConfigs } from '../describe-configs.ts';
import { failures, offset, topicName } from '../schemas.ts';
import { listOffsets } from '../topic-offsets.ts';

/** Kafka's `TOPIC_CONFIG` of `ConfigEntry.ConfigSource`: set for the topic itself. */
const SET_FOR_TOPIC = 1;
const MAX_PARTITIONS = 10_000;

interface NewTopicBody {
  readonly name: string;
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly configs?: Readonly<Record<string, string | number | boolean>>;
}

interface TopicParams {
  readonly name: string;
}

const topicProperties = {
  name: topicName,
  topicId: { type: 'string' },
  internal: { type: 'boolean', description: 'Whether the topic is the broker’s own' },
  partitions: { type: 'integer' },
  replicationFactor: { type: 'integer' },
} as const;
const topicFields = ['name', 'topicId', 'internal', 'partitions', 'replicationFactor'] as const;

const topicSummary = { type: 'object', properties: topicProperties, required: topicFields } as const;

const partitionDetails = {
  type: 'object',
  properties: {
    partition: { type: 'integer' },
    leader: { type: 'integer', description: 'The id of a broker, −1 for none' },
    replicas: { type: 'array', items: { type: 'integer' } },
    inSyncReplicas: { type: 'array', items: { type: 'integer' } },
    earliest: { ...offset, description: 'The first offset' },
    latest: { ...offset, description: 'The offset that the next message gets' },
  },
  required: ['partition', 'leader', 'replicas', 'inSyncReplicas', 'earliest', 'latest'],
} as const;

const params = { type: 'object', properties: { name: topicName }, required: ['name'] } as const;

export function topicRoutes(app: FastifyInstance, context: HttpContext): void {
  app.get(
    '/topics',
    {
      schema: {
        operationId: 'listTopics',
        summary: 'The topics',
        response: {
          200: {
            description: 'By name',
            type: 'object',
            properties: { topics: { type: 'array', items: topicSummary } },
            required: ['topics'],
          },
          ...failures,
        },
      },
    },
    async (request) => {
      const { topics } = await context.clientOf(request).metadata(null);
      const there = topics.filter(({ errorCode }) => errorCode === ErrorCode.NONE);
      return { topics: there.map(summary).sort((a, b) => (a.name < b.name ? -1 : 1)) };
    },
  );

  app.post<{ Body: NewTopicBody }>(
    '/topics',
    {
      schema: {
        operationId: 'createTopic',
        summary: 'Make a topic',
        body: {
          type: 'object',
          properties: {
            name: topicName,
            partitions: {
              type: 'integer',
              minimum: 1,
              maximum: MAX_PARTITIONS,
              description: '`num.partitions` when absent',
            },
            replicationFactor: {
              type: 'integer',
              minimum: 1,
              maximum: 0x7fff,
              description: '`default.replication.factor` when absent',
            },
            configs: {
              type: 'object',
              description: 'Topic configs by Kafka’s names',
              additionalProperties: { type: ['string', 'number', 'boolean'] },
            },
          },
          required: ['name'],
          additionalProperties: false,
          examples: [{ name: 'greetings', partitions: 3, configs: { 'retention.ms': '3600000' } }],
        },
        response: { 201: { description: 'The topic is made, and can be used', ...topicSummary }, ...failures },
      },
    },
    async (request, reply) => {
      const { name, partitions, replicationFactor, configs = {} } = request.body;
      const client = context.clientOf(request);
      const [created] = await client.createTopics([
        {
          name,
          ...(partitions === undefined ? {} : { numPartitions: partitions }),
          ...(replicationFactor === undefined ? {} : { replicationFactor }),
          configs: Object.fromEntries(Object.entries(configs).map(([key, value]) => [key, String(value)])),
        },
      ]);
      throwIfFailed(created!, `Creating ${name}`);
      reply.status(201).header('location', `/topics/${name}`);
      return summary(await topicNamed(client, name));
    },
  );

  app.get<{ Params: TopicParams }>(
    '/topics/:name',
    {
      schema: {
        operationId: 'describeTopic',
        summary: 'A topic with its partitions, offsets and configs',
        params,
        response: {
          200: {
            description: 'The topic',
            type: 'object',
            properties: {
              ...topicProperties,
              partitions: { type: 'array', items: partitionDetails },
              configs: {
                type: 'object',
                description: 'What is set for the topic itself',
                additionalProperties: { type: ['string', 'null'] },
              },
            },
            required: [...topicFields, 'configs'],
          },
          ...failures,
        },
      },
    },
    async (request) => describe(context.clientOf(request), request.params.name),
  );

  app.delete<{ Params: TopicParams }>(
    '/topics/:name',
    {
      schema: {
        operationId: 'deleteTopic',
        summary: 'Delete a topic and all that is in it',
        params,
        response: { 204: { description: 'The topic is gone', type: 'null' }, ...failures },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const [deleted] = await context.clientOf(request).deleteTopics([name]);
      const error = errorOf(deleted!, `Deleting ${name}`);
      if (error !== null) throw error;
      reply.status(204);
    },
  );
}

function topicNamed(client: LocalClient, name: string): Promise<TopicMetadata> {
  return client.topicMetadata(name, { allowAutoTopicCreation: false });
}

function summary({ name, topicId, isInternal, partitions }: TopicMetadata) {
  return {
    name: name ?? '',
    topicId,
    internal: isInternal,
    partitions: partitions.length,
    replicationFactor: partitions[0]?.replicaNodes.length ?? 0,
  };
}

async function describe(client: LocalClient, name: string) {
  const topic = await topicNamed(client, name);
  const partitions = topic.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex);
  const indexes = partitions.map(({ partitionIndex }) => partitionIndex);
  const [earliest, latest, configs] = await Promise.all([
    listOffsets(client, name, indexes, EARLIEST),
    listOffsets(client, name, indexes, LATEST),
    configsOf(client, name),
  ]);
  return {
    ...summary(topic),
    partitions: partitions.map(({ partitionIndex, leaderId, replicaNodes, isrNodes }) => ({
      partition: partitionIndex,
      leader: leaderId,
      replicas: replicaNodes,
      inSyncReplicas: isrNodes,
      earliest: earliest.get(partitionIndex),
      latest: latest.get(partitionIndex),
    })),
    configs,
  };
}

async function configsOf(client: LocalClient, name: string): Promise<Record<string, string | null>> {
  const configs = await describeConfigs(client, ConfigResourceType.TOPIC, name);
  const own = configs.filter(({ configSource }) => configSource === SET_FOR_TOPIC);
  return Object.fromEntries(own.map(({ name: key, value }) => [key, value]));
}
