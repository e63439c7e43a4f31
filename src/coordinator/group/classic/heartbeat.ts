/** Heartbeat. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts';
import type { heartbeatRequest, heartbeatResponse } from '../../../../protocol/schema/12-heartbeat.ts';
import type { Decoded, Encodable } from '../../../../protocol/schema/table.ts';
import type { ClassicGroups, GroupDecision } from './classic-groups.ts';
import { restartSession } from './rebalance.ts';

/** @throws UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION */
export function heartbeat(
  groups: ClassicGroups,
  request: Decoded<typeof heartbeatRequest>,
): GroupDecision<Encodable<typeof heartbeatResponse>> {
  const { groupId, memberId, groupInstanceId, generationId } = request;
  const group = groups.get(groupId);
  if (group === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID', `there is no group ${groupId}`);
  const member = group.checkMember(memberId, groupInstanceId);
  if (generationId !== group.generationId) {
    const message = `group ${groupId} is in generation ${group.generationId}, not ${generationId}`;
    throw new KafkaError('ILLEGAL_GENERATION', message);
  }
  restartSession(groups, group, member);
  const isRebalancing = group.isIn('PREPARING_REBALANCE');
  return {
    records: [],
    response: { errorCode: isRebalancing ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE },
  };
}
