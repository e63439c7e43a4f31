/** All classic groups of a partition as they live, and what working on them needs. */
import type { Clock } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { Random } from '../../../platform/random.ts';
import type { Decision } from '../../runtime/decision.ts';
import type { ShardTimers } from '../../runtime/shard-timers.ts';
import type { GroupCoordinatorConfig } from '../config.ts';
import type { GroupMetadataValue, GroupRecord } from '../group-records.ts';
import type { ClassicGroup } from './group.ts';
import { groupFromRecord, newClassicGroup } from './group-record.ts';

export type GroupDecision<T = void> = Decision<GroupRecord, T>;

export const NOTHING: GroupDecision = { records: [], response: undefined };

export interface ClassicGroupsOptions {
  readonly timers: ShardTimers<GroupRecord>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly config: GroupCoordinatorConfig;
  /**
   * What the log says of a classic group: its metadata, null for one that has offsets only, undefined when it is not
   * there, or not a classic group.
   */
  saved(groupId: string): GroupMetadataValue | null | undefined;
}

export class ClassicGroups {
  readonly timers: ShardTimers<GroupRecord>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly config: GroupCoordinatorConfig;
  readonly #saved: ClassicGroupsOptions['saved'];
  readonly #live = new Map<string, ClassicGroup>();

  constructor(options: ClassicGroupsOptions) {
    this.timers = options.timers;
    this.clock = options.clock;
    this.logger = options.logger;
    this.random = options.random;
    this.config = options.config;
    this.#saved = options.saved;
  }

  /** The group; one that only its record tells of is brought to life. */
  get(groupId: string): ClassicGroup | undefined {
    const live = this.#live.get(groupId);
    if (live !== undefined) return live;
    const saved = this.#saved(groupId);
    if (saved === undefined) return undefined;
    const group = saved === null ? newClassicGroup(groupId, this.clock.now()) : groupFromRecord(groupId, saved);
    this.#live.set(groupId, group);
    return group;
  }

  /** A new group, whose first record the caller's decision must hold. */
  create(groupId: string): ClassicGroup {
    const group = newClassicGroup(groupId, this.clock.now());
    this.#live.set(groupId, group);
    return group;
  }

  /** The group is gone, or not this broker's any more. Returns it for its waiting requests to be answered. */
  drop(groupId: string): ClassicGroup | undefined {
    const group = this.#live.get(groupId);
    this.#live.delete(groupId);
    group?.transition('DEAD', this.clock.now());
    return group;
  }

  living(): ClassicGroup[] {
    return [...this.#live.values()];
  }
}

// Names of the timers that a group sets.

export function sessionTimer(groupId: string, memberId: string): string {
  return `heartbeat-${groupId}-${memberId}`;
}

export function joinTimer(groupId: string): string {
  return `join-${groupId}`;
}

export function syncTimer(groupId: string): string {
  return `sync-${groupId}`;
}
