/** Configurations of topics and brokers. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  incrementalAlterConfigsRequest,
  incrementalAlterConfigsResponse,
} from '../../../protocol/schema/44-incremental-alter-configs.ts';
import { throwIfFailed } from '../../local-client/errors.ts';
import type { HttpContext } from '../context.ts';
import { ConfigResourceType, describeConfigs } from '../describe-configs.ts';
import { RestError } from '../rest-error.ts';
import { badRequest, type Json, list, objectIn, pathOf, resource, textIn } from './resource.ts';
import { type ClusterParams, clusterRequest } from './scope.ts';

const ALTER_CONFIGS = [incrementalAlterConfigsRequest, incrementalAlterConfigsResponse] as const;
const ALTER_CONFIGS_VERSION = 1;
/** Kafka's `ConfigSource`, by number. */
const SOURCES = [
  'UNKNOWN',
  'DYNAMIC_TOPIC_CONFIG',
  'DYNAMIC_BROKER_CONFIG',
  'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'STATIC_BROKER_CONFIG',
  'DEFAULT_CONFIG',
  'DYNAMIC_BROKER_LOGGER_CONFIG',
];
const DEFAULT_CONFIG = 5;
const SET = 0;
const DELETE = 1;

/** A kind of thing that is configured: where its configurations are, and who it is. */
interface Scope {
  readonly kind: string;
  readonly route: string;
  readonly resourceType: number;
  readonly resourceName: (params: Readonly<Record<string, string>>) => string;
  readonly path: (clusterId: string, params: Readonly<Record<string, string>>) => string;
  readonly fields: (params: Readonly<Record<string, string>>) => Json;
}

const SCOPES: readonly Scope[] = [
  {
    kind: 'KafkaTopicConfig',
    route: '/v3/clusters/:cluster/topics/:topic/configs',
    resourceType: ConfigResourceType.TOPIC,
    resourceName: ({ topic = '' }) => topic,
    path: (clusterId, { topic = '' }) => pathOf(clusterId, 'topics', topic, 'configs'),
    fields: ({ topic }) => ({ topic_name: topic }),
  },
  {
    kind: 'KafkaBrokerConfig',
    route: '/v3/clusters/:cluster/brokers/:broker/configs',
    resourceType: ConfigResourceType.BROKER,
    resourceName: ({ broker = '' }) => broker,
    path: (clusterId, { broker = '' }) => pathOf(clusterId, 'brokers', broker, 'configs'),
    fields: ({ broker }) => ({ broker_id: Number(broker) }),
  },
  {
    kind: 'KafkaClusterConfig',
    route: '/v3/clusters/:cluster/broker-configs',
    resourceType: ConfigResourceType.BROKER,
    resourceName: () => '',
    path: (clusterId) => pathOf(clusterId, 'broker-configs'),
    fields: () => ({ config_type: 'BROKER' }),
  },
];

type Params = ClusterParams & Readonly<Record<string, string>>;

export function configRoutes(app: FastifyInstance, context: HttpContext): void {
  for (const scope of SCOPES) {
    const read = async (request: FastifyRequest<{ Params: Params }>) => {
      const { client, clusterId } = await clusterRequest(context, request);
      const { params } = request;
      const path = scope.path(clusterId, params);
      const configs = await describeConfigs(client, scope.resourceType, scope.resourceName(params));
      const data = configs.map((config) =>
        resource(request, scope.kind, `${path}/${config.name}`, {
          cluster_id: clusterId,
          ...scope.fields(params),
          name: config.name,
          value: config.isSensitive ? null : config.value,
          is_default: config.configSource === DEFAULT_CONFIG,
          is_read_only: config.readOnly,
          is_sensitive: config.isSensitive,
          source: SOURCES[config.configSource] ?? 'UNKNOWN',
          synonyms: config.synonyms.map(({ name, value, source }) => ({ name, value, source: SOURCES[source] })),
        }),
      );
      return { path, data };
    };
    const alter = async (request: FastifyRequest<{ Params: Params }>, configs: readonly Alteration[]) => {
      const { client } = await clusterRequest(context, request);
      const { resourceType, resourceName } = scope;
      const resources = [{ resourceType, resourceName: resourceName(request.params), configs: [...configs] }];
      const { responses } = await client.request(ALTER_CONFIGS, ALTER_CONFIGS_VERSION, {
        resources,
        validateOnly: false,
      });
      throwIfFailed(responses[0]!, 'IncrementalAlterConfigs');
    };

    app.get<{ Params: Params }>(scope.route, async (request) => {
      const { path, data } = await read(request);
      return list(request, scope.kind, path, data);
    });
    app.get<{ Params: Params }>(`${scope.route}/:config`, async (request) => {
      const { data } = await read(request);
      const found = data.find(({ name }: Json) => name === request.params.config);
      if (found === undefined) throw new RestError(404, `Config ${request.params.config} cannot be found.`);
      return found;
    });
    app.put<{ Params: Params; Body: Json | undefined }>(`${scope.route}/:config`, async (request, reply) => {
      await alter(request, [alteration(request.params.config, request.body?.value, SET)]);
      reply.status(204);
    });
    app.delete<{ Params: Params }>(`${scope.route}/:config`, async (request, reply) => {
      await alter(request, [alteration(request.params.config, null, DELETE)]);
      reply.status(204);
    });
    app.post<{ Params: Params; Body: Json | undefined }>(`${scope.route}::alter`, async (request, reply) => {
      const data = request.body?.data;
      if (!Array.isArray(data)) throw badRequest('data must be a list of {"name", "value", "operation"}');
      await alter(
        request,
        data.map((each: unknown, at) => {
          const { name, value = null, operation = 'SET' } = objectIn(each, `data[${at}]`);
          return alteration(name, value, operation === 'DELETE' ? DELETE : SET);
        }),
      );
      reply.status(204);
    });
  }
}

interface Alteration {
  readonly name: string;
  readonly value: string | null;
  readonly configOperation: number;
}

function alteration(name: unknown, value: unknown, configOperation: number): Alteration {
  if (typeof name !== 'string') throw badRequest('a configuration must have a name');
  if (configOperation === SET && (value === null || value === undefined)) throw badRequest(`${name} must have a value`);
  return { name, value: configOperation === DELETE ? null : textIn(value, name), configOperation };
}
