/**
 * Requests that are refused as a whole unless their client may do one thing to one resource (`KafkaApis`,
 * `ControllerApis`). What depends on each topic or group that a request names is asked by its handler; the APIs of
 * which nothing is asked at all are listed too, so that a new one cannot be forgotten.
 */

import type { KafkaError } from '../../protocol/errors.ts';
import type { ListenerType } from '../../protocol/schema/table.ts';
import { AclOperation, CLUSTER_NAME, ResourceType } from '../metadata/acls.ts';
import { clusterForbidden, groupForbidden, isAllowed } from './access.ts';
import type { BrokerContext } from './context.ts';
import type { RequestContext } from './request-context.ts';

const { READ, DELETE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS } = AclOperation;

/** By API key, the operation on the cluster that the whole request needs. */
const ON_CLUSTER: ReadonlyMap<number, number> = new Map([
  [29, DESCRIBE],
  [30, ALTER],
  [31, ALTER],
  [34, ALTER],
  [35, DESCRIBE],
  [43, ALTER],
  [45, ALTER],
  [46, DESCRIBE],
  [48, DESCRIBE_CONFIGS],
  [49, ALTER_CONFIGS],
  [50, DESCRIBE],
  [51, ALTER],
  [52, CLUSTER_ACTION],
  [53, CLUSTER_ACTION],
  [54, CLUSTER_ACTION],
  [55, DESCRIBE],
  [56, CLUSTER_ACTION],
  [57, ALTER],
  [58, CLUSTER_ACTION],
  [59, CLUSTER_ACTION],
  [62, CLUSTER_ACTION],
  [63, CLUSTER_ACTION],
  [64, ALTER],
  [67, CLUSTER_ACTION],
  [70, CLUSTER_ACTION],
  [73, CLUSTER_ACTION],
  [74, DESCRIBE_CONFIGS],
  [80, ALTER],
  [81, ALTER],
  [82, CLUSTER_ACTION],
]);

/** The same where a controller asks for more than a broker. */
const ON_CLUSTER_OF_CONTROLLERS: ReadonlyMap<number, number> = new Map([
  [1, CLUSTER_ACTION],
  [60, ALTER],
]);

/** By API key, the operation on the group that the request names in `groupId`. */
const ON_GROUP: ReadonlyMap<number, number> = new Map([
  [8, READ],
  [11, READ],
  [12, READ],
  [13, READ],
  [14, READ],
  [47, DELETE],
]);

/** The APIs whose handlers ask about each resource they are given, and those that ask nothing of anybody. */
export const ASKED_BY_THE_HANDLER: ReadonlySet<number> = new Set([
  ...[0, 1, 2, 3, 9, 10, 15, 16, 19, 20, 21, 22, 23, 32, 33, 34, 37, 38, 39, 40, 41, 42, 44, 60, 75],
]);
export const OPEN_TO_EVERYBODY: ReadonlySet<number> = new Set([17, 18, 36, 71, 72]);

/** Whether some rule is about an API. */
export function hasRule(apiKey: number): boolean {
  return (
    ON_CLUSTER.has(apiKey) || ON_GROUP.has(apiKey) || ASKED_BY_THE_HANDLER.has(apiKey) || OPEN_TO_EVERYBODY.has(apiKey)
  );
}

/** Why the whole request is refused, if it is. */
export function refusal(
  apiKey: number,
  request: object,
  context: RequestContext,
  broker: Pick<BrokerContext, 'authorizer' | 'listenerType'>,
): KafkaError | undefined {
  const onCluster = clusterRule(apiKey, broker.listenerType);
  if (onCluster !== undefined) {
    const isFine = isAllowed(broker, context, onCluster, ResourceType.CLUSTER, CLUSTER_NAME);
    return isFine ? undefined : clusterForbidden();
  }
  const onGroup = ON_GROUP.get(apiKey);
  if (onGroup === undefined || !('groupId' in request)) return undefined;
  const group = String(request.groupId);
  return isAllowed(broker, context, onGroup, ResourceType.GROUP, group) ? undefined : groupForbidden(group);
}

function clusterRule(apiKey: number, listenerType: ListenerType): number | undefined {
  const ofControllers = listenerType === 'controller' ? ON_CLUSTER_OF_CONTROLLERS.get(apiKey) : undefined;
  return ofControllers ?? ON_CLUSTER.get(apiKey);
}
