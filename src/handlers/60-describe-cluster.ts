/** DescribeCluster (KIP-700, KIP-919): the brokers, as this listener's clients reach them. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import { describeClusterRequest, describeClusterResponse } from '../../protocol/schema/60-describe-cluster.ts';
import { CLUSTER_OPERATIONS } from './authorized-operations.ts';
import { handler } from './handler.ts';

const BROKERS = 1;
const CONTROLLERS = 2;

export const describeCluster = handler({
  request: describeClusterRequest,
  response: describeClusterResponse,

  handle({ endpointType, includeFencedBrokers, includeClusterAuthorizedOperations }, { listenerName }, broker) {
    if (endpointType === CONTROLLERS) {
      throw new KafkaError('MISMATCHED_ENDPOINT_TYPE', 'this is a broker endpoint; ask a controller for controllers');
    }
    if (endpointType !== BROKERS)
      throw new KafkaError('UNSUPPORTED_ENDPOINT_TYPE', `endpoint type ${endpointType} is unknown`);
    const image = broker.image();
    const live = broker
      .liveBrokers(listenerName)
      .map(({ nodeId, host, port, rack }) => ({ brokerId: nodeId, host, port, rack }));
    const fenced = [...image.brokers.values()]
      .filter((registration) => includeFencedBrokers && registration.fenced)
      .map(({ id, rack }) => ({ brokerId: id, host: '', port: -1, rack, isFenced: true }));
    return {
      errorCode: ErrorCode.NONE,
      endpointType,
      clusterId: image.clusterId,
      controllerId: broker.config.nodeId,
      brokers: [...live, ...fenced],
      ...(includeClusterAuthorizedOperations ? { clusterAuthorizedOperations: CLUSTER_OPERATIONS } : {}),
    };
  },

  failed: (_request, { errorCode, message }) => ({ errorCode, errorMessage: message }),
});
