/** FindCoordinator, of one key or several (KIP-699). The topic behind it is made on first use, and waited for. */
import { ErrorCode, KafkaError, toKafkaError } from '../../protocol/errors.ts';
import { findCoordinatorRequest, findCoordinatorResponse } from '../../protocol/schema/10-find-coordinator.ts';
import { AclOperation } from '../metadata/acls.ts';
import { groupForbidden, mayDoToGroup } from './access.ts';
import type { BrokerContext } from './context.ts';
import { handler } from './handler.ts';
import { GROUP_METADATA_TOPIC } from './internal-topics.ts';
import type { RequestContext } from './request-context.ts';

const GROUP = 0;
const FIRST_BATCHED_VERSION = 4;

export const findCoordinator = handler({
  request: findCoordinatorRequest,
  response: findCoordinatorResponse,

  async handle(request, context, broker) {
    if (context.apiVersion < FIRST_BATCHED_VERSION) return find(request.keyType, request.key, context, broker);
    const coordinators = await Promise.all(
      request.coordinatorKeys.map(async (key) => ({ key, ...(await find(request.keyType, key, context, broker)) })),
    );
    return { coordinators };
  },

  failed(request, { errorCode, message }, { apiVersion }) {
    const failure = { errorCode, errorMessage: message, nodeId: -1, host: '', port: -1 };
    if (apiVersion < FIRST_BATCHED_VERSION) return failure;
    return { coordinators: request.coordinatorKeys.map((key) => ({ key, ...failure })) };
  },
});

async function find(keyType: number, groupId: string, context: RequestContext, broker: BrokerContext) {
  const { listenerName } = context;
  try {
    if (keyType === GROUP && !mayDoToGroup(broker, context, AclOperation.DESCRIBE, groupId)) {
      throw groupForbidden(groupId);
    }
    if (keyType !== GROUP) {
      throw new KafkaError(
        'INVALID_REQUEST',
        `coordinators of type ${keyType} are not served by this version of Samsa`,
      );
    }
    await broker.topics.ensureInternal(GROUP_METADATA_TOPIC);
    const partition = broker
      .image()
      .topicsByName.get(GROUP_METADATA_TOPIC)
      ?.partitions.get(broker.groups.partitionFor(groupId));
    const node = broker.liveBrokers(listenerName).find(({ nodeId }) => nodeId === partition?.leader);
    if (node === undefined) {
      throw new KafkaError('COORDINATOR_NOT_AVAILABLE', `the partition of ${GROUP_METADATA_TOPIC} has no leader`);
    }
    const { nodeId, host, port } = node;
    return { errorCode: ErrorCode.NONE, errorMessage: null, nodeId, host, port };
  } catch (thrown) {
    const { errorCode, message } = toKafkaError(thrown);
    return { errorCode, errorMessage: message, nodeId: -1, host: '', port: -1 };
  }
}
