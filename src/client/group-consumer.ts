import { isRetriable, KafkaError } from '../../protocol/errors.ts';
import { joinGroupRequest, joinGroupResponse } from '../../protocol/schema/11-join-group.ts';
import { heartbeatRequest, heartbeatResponse } from '../../protocol/schema/12-heartbeat.ts';
import { leaveGroupRequest, leaveGroupResponse } from '../../protocol/schema/13-leave-group.ts';
import { syncGroupRequest, syncGroupResponse } from '../../protocol/schema/14-sync-group.ts';
import { errorOf, throwIfFailed } from '../local-client/errors.ts';
import type { Isolation } from '../local-client/local-client.ts';
import { ConnectionError } from '../net/client-socket.ts';
import type { Timer } from '../platform/clock.ts';
import type { Cluster } from './cluster.ts';
import { commitOffsets, committedOffsets } from './committed-offsets.ts';
import { readAssignment, readSubscription, writeAssignment, writeSubscription } from './consumer-protocol.ts';
import { listOffsets, partitionName, SpecialTimestamp, type TopicPartition } from './offsets.ts';
import { PartitionReader, type ReadBatch } from './partition-reader.ts';
import { assignRanges } from './range-assignor.ts';

const JOIN_GROUP = [joinGroupRequest, joinGroupResponse] as const;
const SYNC_GROUP = [syncGroupRequest, syncGroupResponse] as const;
const HEARTBEAT = [heartbeatRequest, heartbeatResponse] as const;
const LEAVE_GROUP = [leaveGroupRequest, leaveGroupResponse] as const;

const PROTOCOL_TYPE = 'consumer';
const ASSIGNOR = 'range';
/** The Java consumer's defaults. */
const REBALANCE_TIMEOUT_MS = 300_000;
const AUTO_COMMIT_INTERVAL_MS = 5000;
/** Between looks of a member that has no partitions. */
const IDLE_PAUSE_MS = 300;

export interface GroupConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly isolation?: Isolation;
  /** Where partitions without a committed offset begin. */
  readonly offsetReset: 'earliest' | 'latest';
  /** Of one poll, as a `PartitionReader`'s. */
  readonly maxBytes?: number;
  /** Whether polls, rebalances and the close commit by themselves; true when absent. */
  readonly autoCommit?: boolean;
}

/**
 * A member of a classic consumer group with the range assignor. What a poll gave counts as done at the next one, and is
 * committed every five seconds, before partitions are given up, and at the close.
 */
export class GroupConsumer {
  readonly #cluster: Cluster;
  readonly #options: GroupConsumerOptions;
  readonly #reader: PartitionReader;
  #memberId = '';
  #generationId = -1;
  #mustJoin = true;
  #heartbeat: Timer | undefined;
  #committedAtMs = 0;
  #failure: unknown;

  constructor(cluster: Cluster, options: GroupConsumerOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#reader = new PartitionReader(cluster, {
      isolation: options.isolation ?? 'read_uncommitted',
      offsetReset: options.offsetReset,
      ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
    });
  }

  /** The partitions that are this member's, and where each is to be read on. */
  assignment(): readonly (TopicPartition & { readonly offset: number })[] {
    return this.#reader.positions();
  }

  /** What comes next, after joining the group where that is due. Nothing where nothing came within half a second. */
  async poll(): Promise<ReadBatch[]> {
    if (this.#failure !== undefined) throw this.#failure;
    const nowMs = this.#cluster.ports.clock.monotonic();
    if (this.#mustJoin) await this.#join();
    else if (nowMs - this.#committedAtMs >= AUTO_COMMIT_INTERVAL_MS) await this.#autoCommit();
    if (this.#reader.positions().length > 0) return this.#reader.poll();
    await new Promise<void>((resolve) => this.#cluster.ports.clock.after(IDLE_PAUSE_MS, resolve));
    return [];
  }

  /** Reads one of this member's partitions on from `offset`. */
  seek(partition: TopicPartition, offset: number): void {
    this.#reader.seek(partition, offset);
  }

  /**
   * Commits what was polled so far, or these offsets. Rejects with ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID or
   * REBALANCE_IN_PROGRESS when the group went on without this member, which joins again at the next poll.
   */
  async commit(offsets: readonly (TopicPartition & { readonly offset: number })[] = this.assignment()): Promise<void> {
    this.#committedAtMs = this.#cluster.ports.clock.monotonic();
    if (offsets.length === 0) return;
    if (this.#generationId < 0) {
      const { groupId } = this.#options;
      throw new KafkaError('ILLEGAL_GENERATION', `nothing was polled yet as a member of group ${groupId}`);
    }
    try {
      await commitOffsets(this.#cluster, this.#options.groupId, offsets, {
        generationId: this.#generationId,
        memberId: this.#memberId,
      });
    } catch (failure) {
      this.#lostMembership(failure);
      throw failure;
    }
  }

  /** Without a word when the group went on: whoever has the partitions now reads on from what was committed before. */
  async #autoCommit(): Promise<void> {
    if (this.#options.autoCommit === false) return;
    try {
      await this.commit();
    } catch (failure) {
      if (!this.#lostMembership(failure)) throw failure;
    }
  }

  /** Commits, leaves the group and stops; the cluster's connections stay. */
  async close(): Promise<void> {
    this.#stopHeartbeat();
    if (this.#memberId === '') return;
    try {
      await this.#autoCommit();
    } finally {
      await this.#leave();
    }
  }

  async #leave(): Promise<void> {
    const { groupId } = this.#options;
    const coordinator = await this.#cluster.coordinator(groupId);
    const version = coordinator.versionOf(leaveGroupRequest) ?? 0;
    const memberId = this.#memberId;
    this.#memberId = '';
    const body = version < 3 ? { groupId, memberId } : { groupId, members: [{ memberId }] };
    await coordinator.send(LEAVE_GROUP, body);
  }

  async #join(): Promise<void> {
    this.#stopHeartbeat();
    await this.#autoCommit();
    // Which member leads, and whether the generation still is the newest, may change while this goes on.
    for (;;) {
      try {
        const assigned = await this.#joinAndSync();
        this.#mustJoin = false;
        this.#reader.assign(await this.#startingAt(assigned));
        this.#scheduleHeartbeat();
        return;
      } catch (failure) {
        if (!this.#lostMembership(failure)) throw failure;
      }
    }
  }

  async #joinAndSync(): Promise<TopicPartition[]> {
    const { groupId, topics } = this.#options;
    const joined = await this.#cluster.toCoordinator(
      groupId,
      JOIN_GROUP,
      {
        groupId,
        sessionTimeoutMs: this.#cluster.config.sessionTimeoutMs,
        rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
        memberId: this.#memberId,
        protocolType: PROTOCOL_TYPE,
        protocols: [{ name: ASSIGNOR, metadata: writeSubscription(topics) }],
      },
      (answer) => {
        if (answer.memberId !== '') this.#memberId = answer.memberId;
        throwIfFailed(answer, `joining group ${groupId}`);
      },
      { timeoutMs: REBALANCE_TIMEOUT_MS + 5000 },
    );
    this.#generationId = joined.generationId;
    const isLeader = joined.leader === this.#memberId && !joined.skipAssignment;
    const synced = await this.#cluster.toCoordinator(
      groupId,
      SYNC_GROUP,
      {
        groupId,
        generationId: this.#generationId,
        memberId: this.#memberId,
        protocolType: PROTOCOL_TYPE,
        protocolName: ASSIGNOR,
        assignments: isLeader ? await this.#assign(joined.members) : [],
      },
      (answer) => throwIfFailed(answer, `group ${groupId}`),
      { timeoutMs: REBALANCE_TIMEOUT_MS + 5000 },
    );
    return readAssignment(synced.assignment);
  }

  async #assign(members: readonly { readonly memberId: string; readonly metadata: Buffer }[]) {
    const subscriptions = new Map(members.map(({ memberId, metadata }) => [memberId, readSubscription(metadata)]));
    const { topics } = await this.#cluster.metadata([...new Set([...subscriptions.values()].flat())]);
    const partitionCounts = new Map(topics.map(({ name, partitions }) => [name ?? '', partitions.length]));
    return [...assignRanges(subscriptions, partitionCounts)].map(([memberId, partitions]) => ({
      memberId,
      assignment: writeAssignment(partitions),
    }));
  }

  /** Each partition with its committed offset, or with the one that `offsetReset` stands for. */
  async #startingAt(assigned: readonly TopicPartition[]) {
    const { groupId, offsetReset, isolation } = this.#options;
    const committed = await committedOffsets(this.#cluster, groupId, assigned);
    const others = assigned.filter((each) => !committed.has(partitionName(each)));
    const timestamp = offsetReset === 'earliest' ? SpecialTimestamp.EARLIEST : SpecialTimestamp.LATEST;
    const reset = others.length === 0 ? new Map() : await listOffsets(this.#cluster, others, timestamp, isolation);
    return assigned.map((each) => {
      const name = partitionName(each);
      return { ...each, offset: committed.get(name)?.offset ?? reset.get(name) ?? 0 };
    });
  }

  #scheduleHeartbeat(): void {
    const timer = this.#cluster.ports.clock.after(this.#cluster.config.heartbeatIntervalMs, () => {
      this.#beat().then(
        (error) => {
          // What is said of an earlier generation, or after the close, is nobody's concern any more.
          if (this.#heartbeat !== timer) return;
          if (error === null || isRetriable(error.error)) this.#scheduleHeartbeat();
          else if (!this.#lostMembership(error)) this.#failure = error;
        },
        (failure: unknown) => {
          if (this.#heartbeat === timer) this.#failure = failure;
        },
      );
    });
    this.#heartbeat = timer;
  }

  #stopHeartbeat(): void {
    this.#heartbeat?.cancel();
    this.#heartbeat = undefined;
  }

  /** What the coordinator has against it. The next beat, or the next poll, finds out whether a broker is back. */
  async #beat(): Promise<KafkaError | null> {
    const { groupId } = this.#options;
    const body = { groupId, generationId: this.#generationId, memberId: this.#memberId };
    try {
      const answer = await (await this.#cluster.coordinator(groupId)).send(HEARTBEAT, body);
      return errorOf(answer, `group ${groupId}`);
    } catch (failure) {
      if (failure instanceof KafkaError) return failure;
      if (failure instanceof ConnectionError) return null;
      throw failure;
    }
  }

  /** Whether the group goes on without this member as it was, so that it has to join anew. */
  #lostMembership(failure: unknown): boolean {
    if (!(failure instanceof KafkaError)) return false;
    switch (failure.error) {
      case 'UNKNOWN_MEMBER_ID':
        this.#memberId = '';
        break;
      case 'ILLEGAL_GENERATION':
      case 'REBALANCE_IN_PROGRESS':
      case 'MEMBER_ID_REQUIRED':
        break;
      default:
        return false;
    }
    this.#mustJoin = true;
    return true;
  }
}
