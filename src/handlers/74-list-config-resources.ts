/** ListConfigResources (KIP-714, KIP-1142): the names under which configs are kept or can be. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import {
  listConfigResourcesRequest,
  listConfigResourcesResponse,
} from '../../protocol/schema/74-list-config-resources.ts';
import { ConfigResource, configResource } from '../metadata/image.ts';
import type { BrokerContext } from './context.ts';
import { handler } from './handler.ts';
import type { RequestContext } from './request-context.ts';

const ALL_TYPES: readonly number[] = Object.values(ConfigResource);

export const listConfigResources = handler({
  request: listConfigResourcesRequest,
  response: listConfigResourcesResponse,

  handle({ resourceTypes }, context, broker) {
    const served = context.apiVersion === 0 ? [ConfigResource.CLIENT_METRICS] : ALL_TYPES;
    const unknown = resourceTypes.find((type) => !served.includes(type));
    if (unknown !== undefined) {
      throw new KafkaError('UNSUPPORTED_VERSION', `resources of type ${unknown} are not listed`);
    }
    const wanted = resourceTypes.length === 0 ? served : served.filter((type) => resourceTypes.includes(type));
    return {
      errorCode: ErrorCode.NONE,
      configResources: wanted.flatMap((resourceType) =>
        names(resourceType, context, broker).map((resourceName) => ({ resourceType, resourceName })),
      ),
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});

function names(wanted: number, { listenerName }: RequestContext, broker: BrokerContext): string[] {
  switch (wanted) {
    case ConfigResource.TOPIC:
      return [...broker.image().topicsByName.keys()];
    case ConfigResource.BROKER:
    case ConfigResource.BROKER_LOGGER:
      return broker.liveBrokers(listenerName).map(({ nodeId }) => String(nodeId));
    default:
      return [...broker.image().configsByResource.keys()]
        .map(configResource)
        .filter(({ type }) => type === wanted)
        .map(({ name }) => name);
  }
}
