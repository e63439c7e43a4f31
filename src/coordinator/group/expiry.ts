/** Offsets that nobody has use for any more go, and empty groups with them. */
import type { ShardTimers } from '../runtime/shard-timers.ts';
import type { ClassicGroup } from './classic/group.ts';
import { type GroupRecord, groupTombstone, offsetTombstone } from './group-records.ts';
import type { GroupState, GroupWrite } from './group-state.ts';
import type { CommittedOffset } from './offsets/offset-store.ts';

const TIMER = 'expire-group-metadata';

export function scheduleExpiry(state: GroupState, timers: ShardTimers<GroupRecord>): void {
  const intervalMs = state.config.offsetsRetentionCheckIntervalMs;
  const expire = (): GroupWrite<void> => {
    scheduleExpiry(state, timers);
    return expireGroups(state);
  };
  timers.schedule(TIMER, intervalMs, expire, intervalMs);
}

export function expireGroups(state: GroupState): GroupWrite<void> {
  const records: GroupRecord[] = [];
  for (const groupId of state.groups.keys()) {
    const group = state.classic.get(groupId);
    // Of other groups it is not known here what they subscribe to.
    if (group === undefined) continue;
    const isAllExpired = expireOffsets(state, group, records);
    const isIdle = group.isIn('EMPTY') && group.pendingJoin.size === 0;
    if (isAllExpired && isIdle && !state.offsets.hasOpenTransaction(groupId)) records.push(groupTombstone(groupId));
  }
  if (records.length > 0) state.logger.info({ tombstones: records.length }, 'expired offsets and groups are dropped');
  return { records, response: undefined, isDivisible: true };
}

/** Returns whether no offset is left. */
function expireOffsets(state: GroupState, group: ClassicGroup, records: GroupRecord[]): boolean {
  const { groupId } = group;
  const nowMs = state.clock.now();
  let isAllExpired = true;
  for (const [topic, partitions] of state.offsets.ofGroup(groupId)) {
    for (const [partition, offset] of partitions) {
      const isKept =
        group.isSubscribedTo(topic) ||
        !isExpired(state, group, offset, nowMs) ||
        state.offsets.hasPending(groupId, topic, partition);
      if (isKept) isAllExpired = false;
      else records.push(offsetTombstone(groupId, topic, partition));
    }
  }
  return isAllExpired;
}

function isExpired(state: GroupState, group: ClassicGroup, offset: CommittedOffset, nowMs: number): boolean {
  const sinceMs = idleSince(group, offset);
  if (sinceMs === null) return false;
  if (offset.expireTimestampMs !== null) return nowMs >= offset.expireTimestampMs;
  return nowMs - sinceMs >= state.config.offsetsRetentionMs;
}

/** When retention began for an offset; null while it has not. */
function idleSince(group: ClassicGroup, { commitTimestampMs }: CommittedOffset): number | null {
  if (group.protocolType === null) return commitTimestampMs;
  if (group.isIn('EMPTY')) return group.stateTimestampMs ?? commitTimestampMs;
  const isKnown = group.usesConsumerProtocol && group.subscribedTopics !== null && group.isIn('STABLE');
  return isKnown ? commitTimestampMs : null;
}
