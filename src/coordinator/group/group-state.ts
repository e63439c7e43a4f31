/** What a partition of __consumer_offsets holds: groups as their records say, their offsets, and the classic groups. */
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Random } from '../../platform/random.ts';
import type { Decision } from '../runtime/decision.ts';
import type { ShardPorts } from '../runtime/shard.ts';
import { type Offset, type SnapshotRegistry, TimelineMap } from '../runtime/timeline.ts';
import { ClassicGroups } from './classic/classic-groups.ts';
import type { ClassicGroup } from './classic/group.ts';
import { groupFromRecord, newClassicGroup } from './classic/group-record.ts';
import type { GroupCoordinatorConfig } from './config.ts';
import type { GroupMetadataValue, GroupRecord } from './group-records.ts';
import { OffsetStore } from './offsets/offset-store.ts';
import type { OpaqueGroup } from './opaque/opaque-group.ts';

/** A classic group's last written generation; null metadata for one that has offsets and nothing else. */
export interface SavedClassicGroup {
  readonly type: 'classic';
  readonly metadata: GroupMetadataValue | null;
}

export type SavedGroup = SavedClassicGroup | OpaqueGroup;

export type GroupWrite<T> = Decision<GroupRecord, T>;

export interface GroupStateOptions {
  readonly config: GroupCoordinatorConfig;
  readonly random: Random;
}

export class GroupState {
  readonly registry: SnapshotRegistry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: GroupCoordinatorConfig;
  /** By group id. */
  readonly groups: TimelineMap<string, SavedGroup>;
  readonly offsets: OffsetStore;
  readonly classic: ClassicGroups;

  constructor({ registry, timers, clock, logger }: ShardPorts<GroupRecord>, { config, random }: GroupStateOptions) {
    this.registry = registry;
    this.clock = clock;
    this.logger = logger;
    this.config = config;
    this.groups = new TimelineMap(registry);
    this.offsets = new OffsetStore(registry);
    this.classic = new ClassicGroups({
      timers,
      clock,
      logger,
      random,
      config,
      saved: (groupId) => {
        const saved = this.groups.get(groupId);
        return saved?.type === 'classic' ? saved.metadata : undefined;
      },
    });
  }

  /** A group of a type that is not served here. */
  opaque(groupId: string, at?: Offset): OpaqueGroup | undefined {
    const saved = this.groups.get(groupId, at);
    return saved?.type === 'classic' ? undefined : saved;
  }

  /** A classic group that was there at `committed`, as it is now. */
  committedClassic(groupId: string, committed: Offset): ClassicGroup | undefined {
    const saved = this.groups.get(groupId, committed);
    if (saved?.type !== 'classic') return undefined;
    // When its deletion is not committed yet, only the record is left.
    const live = this.classic.get(groupId);
    if (live !== undefined) return live;
    const { metadata } = saved;
    return metadata === null ? newClassicGroup(groupId, this.clock.now()) : groupFromRecord(groupId, metadata);
  }
}
