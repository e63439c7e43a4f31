/** KIP-951: an answer that refuses for want of leadership says who leads, and where that broker is. */
import type { KafkaError } from '../../protocol/errors.ts';
import type { Partition } from '../replication/partition.ts';
import type { BrokerContext } from './context.ts';
import type { RequestContext } from './request-context.ts';

interface CurrentLeader {
  readonly leaderId?: number | undefined;
  readonly leaderEpoch?: number | undefined;
}

/** The `currentLeader` member of a partition's answer, where the error calls for one. */
export function leaderHint(
  { error }: KafkaError,
  partition: Partition | undefined,
  isServed: boolean,
): { currentLeader?: CurrentLeader } {
  const isAboutLeadership = error === 'NOT_LEADER_OR_FOLLOWER' || error === 'FENCED_LEADER_EPOCH';
  if (!isServed || !isAboutLeadership || partition === undefined) return {};
  return { currentLeader: { leaderId: partition.leaderId, leaderEpoch: partition.leaderEpoch } };
}

/** The endpoints of the leaders that the hints name. */
export function nodeEndpointsOf(
  answers: readonly { readonly currentLeader?: CurrentLeader | undefined }[],
  { listenerName }: RequestContext,
  broker: BrokerContext,
): { nodeId: number; host: string; port: number; rack: string | null }[] {
  const ids = new Set(answers.map(({ currentLeader }) => currentLeader?.leaderId ?? -1));
  return broker.liveBrokers(listenerName).filter(({ nodeId }) => ids.has(nodeId));
}
