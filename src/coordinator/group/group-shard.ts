/** One partition of __consumer_offsets as the runtime drives it. */
import { ErrorCode } from '../../../protocol/errors.ts';
import type { Shard, ShardPorts } from '../runtime/shard.ts';
import type { Offset } from '../runtime/timeline.ts';
import type { ClassicGroup } from './classic/group.ts';
import { prepareRebalance, restartSession } from './classic/rebalance.ts';
import { scheduleExpiry } from './expiry.ts';
import type { GroupMetadataRecord, GroupRecord, OffsetCommitRecord } from './group-records.ts';
import { GroupState, type GroupStateOptions } from './group-state.ts';
import { OpaqueGroup } from './opaque/opaque-group.ts';
import type { OpaqueRecord } from './opaque/opaque-records.ts';

export class GroupShard implements Shard<GroupRecord> {
  readonly state: GroupState;
  readonly #ports: ShardPorts<GroupRecord>;

  constructor(ports: ShardPorts<GroupRecord>, options: GroupStateOptions) {
    this.#ports = ports;
    this.state = new GroupState(ports, options);
  }

  replay(offset: Offset, producerId: number, record: GroupRecord): void {
    switch (record.kind) {
      case 'offsetCommit':
        this.#replayOffset(offset, producerId, record);
        break;
      case 'groupMetadata':
        this.#replayClassicGroup(record);
        break;
      case 'opaque':
        this.#replayOpaque(record);
        break;
    }
  }

  replayEndTransaction(producerId: number, committed: boolean): void {
    this.state.offsets.replayEndTransaction(producerId, committed);
  }

  onLoaded(): void {
    const { groups, classic, config } = this.state;
    for (const [groupId, saved] of groups.entries()) {
      if (saved.type !== 'classic' || saved.metadata === null || saved.metadata.members.length === 0) continue;
      const group = classic.get(groupId)!;
      for (const member of group.members()) restartSession(classic, group, member);
      if (group.size > config.maxSize) prepareRebalance(classic, group, `${group.size} members exceed group.max.size`);
    }
    scheduleExpiry(this.state, this.#ports.timers);
  }

  onReverted(): void {
    const { groups, classic } = this.state;
    for (const { groupId } of classic.living()) if (!groups.has(groupId)) this.#drop(groupId);
  }

  onStopping(): void {
    for (const group of this.state.classic.living()) sendAway(group);
  }

  onUnloaded(): void {
    for (const { groupId } of this.state.classic.living()) this.#drop(groupId);
  }

  #drop(groupId: string): void {
    const group = this.state.classic.drop(groupId);
    if (group !== undefined) sendAway(group);
  }

  #replayOffset(offset: Offset, producerId: number, record: OffsetCommitRecord): void {
    const { groups, offsets } = this.state;
    const { group: groupId } = record.key;
    offsets.replay(offset, producerId, record);
    // Offsets are all that there is of a group whose consumers assign partitions to themselves.
    if (record.value !== null && !groups.has(groupId)) groups.set(groupId, { type: 'classic', metadata: null });
  }

  #replayClassicGroup({ key, value }: GroupMetadataRecord): void {
    const { groups } = this.state;
    if (value !== null) groups.set(key.group, { type: 'classic', metadata: value });
    else if (groups.get(key.group)?.type === 'classic') {
      groups.delete(key.group);
      this.#drop(key.group);
    }
  }

  #replayOpaque(record: OpaqueRecord): void {
    const { groups, offsets, registry } = this.state;
    const { groupId, groupType } = record;
    let group = groups.get(groupId);
    if (record.value === null) {
      if (group === undefined || group.type === 'classic') return;
      group.replay(record);
      if (!group.isGone()) return;
      if (offsets.hasOffsets(groupId)) groups.set(groupId, { type: 'classic', metadata: null });
      else groups.delete(groupId);
      return;
    }
    if (group === undefined || group.type === 'classic' || group.type !== groupType) {
      group = new OpaqueGroup(groupType, registry);
      groups.set(groupId, group);
      this.#drop(groupId);
    }
    group.replay(record);
  }
}

/** Tells everyone who waits on a group that it is not here. */
function sendAway(group: ClassicGroup): void {
  for (const member of group.members()) {
    member.answerJoin({ memberId: member.memberId, errorCode: ErrorCode.NOT_COORDINATOR });
    member.answerSync({ errorCode: ErrorCode.NOT_COORDINATOR });
  }
}
