import { ErrorCode } from '../../../../protocol/errors.ts';
import type { joinGroupRequest } from '../../../../protocol/schema/11-join-group.ts';
import type { Decoded } from '../../../../protocol/schema/table.ts';
import type { RequestContext } from '../ports.ts';
import type { ClassicMember, JoinResponse, MemberProtocol, Reply } from './member.ts';

/** A JoinGroup on its way through the coordinator. */
export interface Join {
  readonly context: RequestContext;
  readonly request: Decoded<typeof joinGroupRequest>;
  readonly protocols: readonly MemberProtocol[];
  readonly rebalanceTimeoutMs: number;
  readonly reason: string;
  readonly reply: Reply<JoinResponse>;
}

const NO_REASON = 'not provided';

export function newJoin(
  context: RequestContext,
  request: Decoded<typeof joinGroupRequest>,
  reply: Reply<JoinResponse>,
): Join {
  return {
    context,
    request,
    // Copied, as the group outlives the request's bytes.
    protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
    rebalanceTimeoutMs: context.apiVersion === 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
    reason: request.reason === null || request.reason === '' ? NO_REASON : request.reason,
    reply,
  };
}

/** Takes over what a member says of itself now; an earlier JoinGroup of it that still waits is sent back. */
export function updateMember(member: ClassicMember, join: Join): void {
  member.protocols = join.protocols;
  member.rebalanceTimeoutMs = join.rebalanceTimeoutMs;
  member.sessionTimeoutMs = join.request.sessionTimeoutMs;
  member.answerJoin({ memberId: member.memberId, errorCode: ErrorCode.REBALANCE_IN_PROGRESS });
  member.awaitingJoin = join.reply;
}
