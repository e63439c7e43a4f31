/** DescribeCluster (KIP-700, KIP-919): the brokers, or asked of a controller the controllers, as this listener's clients reach them. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import { describeClusterRequest, describeClusterResponse } from '../../protocol/schema/60-describe-cluster.ts';
import { clusterOperations } from './authorized-operations.ts';
import type { BrokerContext } from './context.ts';
import { handler } from './handler.ts';
import type { RequestContext } from './request-context.ts';

const EndpointType = { BROKER: 1, CONTROLLER: 2 } as const;
const FIRST_VERSION_WITH_TYPES = 1;

export const describeCluster = handler({
  request: describeClusterRequest,
  response: describeClusterResponse,

  handle(request, context, broker) {
    const { endpointType, includeFencedBrokers, includeClusterAuthorizedOperations } = request;
    checkEndpointType(endpointType, context, broker);
    const isOfControllers = endpointType === EndpointType.CONTROLLER;
    const image = broker.image();
    return {
      errorCode: ErrorCode.NONE,
      endpointType,
      clusterId: image.clusterId,
      controllerId: isOfControllers ? image.controllerId : broker.config.nodeId,
      brokers: isOfControllers ? controllers(context, broker) : brokers(context, broker, includeFencedBrokers),
      ...(includeClusterAuthorizedOperations
        ? { clusterAuthorizedOperations: clusterOperations(broker, context) }
        : {}),
    };
  },

  failed: (_request, { errorCode, message }) => ({ errorCode, errorMessage: message }),
});

function checkEndpointType(
  wanted: number,
  { apiVersion }: RequestContext,
  { listenerType }: Pick<BrokerContext, 'listenerType'>,
): void {
  const [name] = Object.entries(EndpointType).find(([, type]) => type === wanted) ?? [];
  if (name === undefined) throw new KafkaError('UNSUPPORTED_ENDPOINT_TYPE', `Unsupported endpoint type ${wanted}`);
  const ours = listenerType.toUpperCase();
  if (name === ours) return;
  throw new KafkaError(
    apiVersion < FIRST_VERSION_WITH_TYPES ? 'INVALID_REQUEST' : 'MISMATCHED_ENDPOINT_TYPE',
    `The request was sent to an endpoint of type ${ours}, but we wanted an endpoint of type ${name}`,
  );
}

function brokers({ listenerName }: RequestContext, broker: BrokerContext, includeFenced: boolean) {
  const live = broker
    .liveBrokers(listenerName)
    .map(({ nodeId, host, port, rack }) => ({ brokerId: nodeId, host, port, rack }));
  const fenced = [...broker.image().brokers.values()]
    .filter((registration) => includeFenced && registration.fenced)
    .map(({ id, rack }) => ({ brokerId: id, host: '', port: -1, rack, isFenced: true }));
  return [...live, ...fenced];
}

function controllers({ listenerName }: RequestContext, broker: BrokerContext) {
  return [...broker.image().controllers.values()].flatMap(({ id, endpoints }) => {
    const endpoint = endpoints.find(({ name }) => name === listenerName);
    return endpoint === undefined ? [] : [{ brokerId: id, host: endpoint.host, port: endpoint.port, rack: null }];
  });
}
