/** KIP-430: which operations the client may do to a resource, as a bit for each of Kafka's `AclOperation` codes. */
import { AclOperation, CLUSTER_NAME, ResourceType } from '../metadata/acls.ts';
import { isAllowed } from './access.ts';
import type { BrokerContext } from './context.ts';
import type { RequestContext } from './request-context.ts';

const { READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE } = AclOperation;
const { CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE } = AclOperation;

/** All that can be done to a resource of each type (`AclEntry.supportedOperations`). */
const OPERATIONS: ReadonlyMap<number, readonly number[]> = new Map([
  [ResourceType.TOPIC, [READ, WRITE, CREATE, DESCRIBE, DELETE, ALTER, DESCRIBE_CONFIGS, ALTER_CONFIGS]],
  [ResourceType.GROUP, [READ, DESCRIBE, DELETE, DESCRIBE_CONFIGS, ALTER_CONFIGS]],
  [ResourceType.CLUSTER, [CREATE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE, ALTER, DESCRIBE]],
]);

export function topicOperations(broker: Pick<BrokerContext, 'authorizer'>, context: RequestContext, topic: string) {
  return allowed(broker, context, ResourceType.TOPIC, topic);
}

export function groupOperations(broker: Pick<BrokerContext, 'authorizer'>, context: RequestContext, group: string) {
  return allowed(broker, context, ResourceType.GROUP, group);
}

/** None at all for who may not even describe the cluster. */
export function clusterOperations(broker: Pick<BrokerContext, 'authorizer'>, context: RequestContext): number {
  const mayDescribe = isAllowed(broker, context, DESCRIBE, ResourceType.CLUSTER, CLUSTER_NAME);
  return mayDescribe ? allowed(broker, context, ResourceType.CLUSTER, CLUSTER_NAME) : 0;
}

function allowed(
  broker: Pick<BrokerContext, 'authorizer'>,
  context: RequestContext,
  resourceType: number,
  name: string,
): number {
  const operations = OPERATIONS.get(resourceType) ?? [];
  return operations
    .filter((operation) => isAllowed(broker, context, operation, resourceType, name))
    .reduce((bits, operation) => bits | (1 << operation), 0);
}
