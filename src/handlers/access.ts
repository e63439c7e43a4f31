/**
 * The one place where handlers ask whether a client may do what it asks for. Without an authorizer everybody may do
 * everything, at the cost of one comparison.
 */
import { KafkaError } from '../../protocol/errors.ts';
import { AclOperation, CLUSTER_NAME, ResourceType } from '../metadata/acls.ts';
import { ConfigResource } from '../metadata/image.ts';
import type { Authorizer } from '../security/authorizer.ts';
import type { RequestContext } from './request-context.ts';

/** What has the authorizer: the broker, for handlers. */
interface Guarded {
  readonly authorizer: Authorizer | null;
}

export function isAllowed(
  { authorizer }: Guarded,
  { principal, clientHost }: RequestContext,
  operation: number,
  resourceType: number,
  name: string,
): boolean {
  return (
    authorizer === null || authorizer.isAllowed({ principal, host: clientHost.slice(1) }, operation, resourceType, name)
  );
}

export function mayDoToTopic(broker: Guarded, context: RequestContext, operation: number, topic: string): boolean {
  return isAllowed(broker, context, operation, ResourceType.TOPIC, topic);
}

export function mayDoToGroup(broker: Guarded, context: RequestContext, operation: number, group: string): boolean {
  return isAllowed(broker, context, operation, ResourceType.GROUP, group);
}

export function mayDoToCluster(broker: Guarded, context: RequestContext, operation: number): boolean {
  return isAllowed(broker, context, operation, ResourceType.CLUSTER, CLUSTER_NAME);
}

export function topicForbidden(topic: string): KafkaError {
  return new KafkaError('TOPIC_AUTHORIZATION_FAILED', `not authorized to access topic ${topic}`);
}

export function groupForbidden(group: string): KafkaError {
  return new KafkaError('GROUP_AUTHORIZATION_FAILED', `not authorized to access group ${group}`);
}

export function clusterForbidden(): KafkaError {
  return new KafkaError('CLUSTER_AUTHORIZATION_FAILED', 'Cluster authorization failed.');
}

/** Throws TOPIC_AUTHORIZATION_FAILED. */
export function checkTopicAccess(broker: Guarded, context: RequestContext, operation: number, topic: string): void {
  if (!mayDoToTopic(broker, context, operation, topic)) throw topicForbidden(topic);
}

/** Whether a producer without transactions may have a producer id: who may write somewhere. */
export function mayProduceIdempotently({ authorizer }: Guarded, context: RequestContext): boolean {
  if (authorizer === null) return true;
  if (mayDoToCluster({ authorizer }, context, AclOperation.IDEMPOTENT_WRITE)) return true;
  const requester = { principal: context.principal, host: context.clientHost.slice(1) };
  return authorizer.isAllowedSomewhere(requester, AclOperation.WRITE, ResourceType.TOPIC);
}

/** Configs of topics and groups are asked about by their names, all others as the cluster's. Throws a `KafkaError`. */
export function checkConfigAccess(
  broker: Guarded,
  context: RequestContext,
  operation: number,
  resourceType: number,
  name: string,
): void {
  if (resourceType === ConfigResource.TOPIC) checkTopicAccess(broker, context, operation, name);
  else if (resourceType === ConfigResource.GROUP) {
    if (!mayDoToGroup(broker, context, operation, name)) throw groupForbidden(name);
  } else if (!mayDoToCluster(broker, context, operation)) throw clusterForbidden();
}
