import { isRetriable, KafkaError } from '../../protocol/errors.ts';
import { offsetCommitRequest, offsetCommitResponse } from '../../protocol/schema/08-offset-commit.ts';
import { offsetFetchRequest, offsetFetchResponse } from '../../protocol/schema/09-offset-fetch.ts';
import { findCoordinatorRequest, findCoordinatorResponse } from '../../protocol/schema/10-find-coordinator.ts';
import { joinGroupRequest, joinGroupResponse } from '../../protocol/schema/11-join-group.ts';
import { heartbeatRequest, heartbeatResponse } from '../../protocol/schema/12-heartbeat.ts';
import { leaveGroupRequest, leaveGroupResponse } from '../../protocol/schema/13-leave-group.ts';
import { syncGroupRequest, syncGroupResponse } from '../../protocol/schema/14-sync-group.ts';
import { readAssignment, readSubscription, writeAssignment, writeSubscription } from '../client/consumer-protocol.ts';
import { assignRanges } from '../client/range-assignor.ts';
import { errorOf, throwIfFailed } from '../local-client/errors.ts';
import type { LocalClient } from '../local-client/local-client.ts';
import type { Clock } from '../platform/clock.ts';

const FIND_COORDINATOR = [findCoordinatorRequest, findCoordinatorResponse] as const;
const JOIN_GROUP = [joinGroupRequest, joinGroupResponse] as const;
const SYNC_GROUP = [syncGroupRequest, syncGroupResponse] as const;
const HEARTBEAT = [heartbeatRequest, heartbeatResponse] as const;
const LEAVE_GROUP = [leaveGroupRequest, leaveGroupResponse] as const;
const OFFSET_COMMIT = [offsetCommitRequest, offsetCommitResponse] as const;
const OFFSET_FETCH = [offsetFetchRequest, offsetFetchResponse] as const;
const FIND_COORDINATOR_VERSION = 4;
const JOIN_GROUP_VERSION = 9;
const SYNC_GROUP_VERSION = 5;
const HEARTBEAT_VERSION = 4;
const LEAVE_GROUP_VERSION = 5;
/** The last versions that name topics. */
const OFFSET_COMMIT_VERSION = 9;
const OFFSET_FETCH_VERSION = 9;

const GROUP_KEY = 0;
const PROTOCOL_TYPE = 'consumer';
/** What a Java consumer proposes too. */
const ASSIGNOR = 'range';
const REBALANCE_TIMEOUT_MS = 60_000;
const HEARTBEAT_INTERVAL_MS = 3000;
/** How many beats the leader waits before it looks for new partitions. */
const BEATS_BETWEEN_LOOKS = 10;
/** Before a request is made again that the coordinator was not ready for. */
const RETRY_MS = 100;

export interface GroupMembershipOptions {
  readonly client: LocalClient;
  readonly clock: Clock;
  readonly groupId: string;
  readonly topic: string;
  /** The group takes a member that is not heard of for so long to be gone. */
  readonly sessionTimeoutMs: number;
  /** Aborted when the member is to leave. */
  readonly signal: AbortSignal;
  /** The partitions that are this member's, with what the group has committed of each. */
  readonly onAssigned: (partitions: readonly number[], committed: ReadonlyMap<number, number>) => Promise<void>;
  /** They are not this member's any more; the offsets to commit before another has them. */
  readonly onRevoked: () => ReadonlyMap<number, number>;
}

/** A member of a classic consumer group, for one topic, through the broker's own coordinator. */
export class GroupMembership {
  readonly #options: GroupMembershipOptions;
  #memberId = '';
  #generationId = -1;
  /** How many partitions the topic had when this member gave them out; null while another one leads. */
  #givenOut: number | null = null;

  constructor(options: GroupMembershipOptions) {
    this.#options = options;
  }

  /** A member until the signal is aborted; it leaves then. Rejects when it cannot be one. */
  async run(): Promise<void> {
    const { signal, onAssigned, onRevoked } = this.#options;
    await this.#findCoordinator();
    try {
      while (!signal.aborted) {
        const partitions = await this.#join();
        if (partitions === null) continue;
        await onAssigned(partitions, await this.#committed(partitions));
        await this.#beatUntilRebalance();
        await this.commit(onRevoked());
      }
    } catch (failure) {
      if (!signal.aborted) throw failure;
    } finally {
      await this.#leave();
    }
  }

  /**
   * Commits the next offsets of partitions of this member. False when the group went on without this member as it was:
   * whoever has the partitions then reads on from what was committed before. Rejects with any other error.
   */
  async commit(offsets: ReadonlyMap<number, number>): Promise<boolean> {
    if (offsets.size === 0) return true;
    try {
      await this.#commit(offsets);
      return true;
    } catch (failure) {
      if (this.#mustJoinAfter(failure)) return false;
      throw failure;
    }
  }

  async #commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    const { groupId, topic } = this.#options;
    const answer = await this.#options.client.request(OFFSET_COMMIT, OFFSET_COMMIT_VERSION, {
      groupId,
      generationIdOrMemberEpoch: this.#generationId,
      memberId: this.#memberId,
      topics: [
        {
          name: topic,
          partitions: [...offsets].map(([partitionIndex, committedOffset]) => ({
            ...{ partitionIndex, committedOffset, committedLeaderEpoch: -1, committedMetadata: '' },
          })),
        },
      ],
    });
    for (const { partitions } of answer.topics) {
      for (const each of partitions) throwIfFailed(each, `the offsets of group ${groupId}`);
    }
  }

  /** Also makes the topic of the groups' offsets. */
  async #findCoordinator(): Promise<void> {
    const { client, groupId } = this.#options;
    const request = { keyType: GROUP_KEY, coordinatorKeys: [groupId] };
    await this.#retrying(async () => {
      const { coordinators } = await client.request(FIND_COORDINATOR, FIND_COORDINATOR_VERSION, request);
      throwIfFailed(coordinators[0]!, `the coordinator of group ${groupId}`);
    });
  }

  /** The partitions of the new generation; null when another one has begun meanwhile. */
  async #join(): Promise<number[] | null> {
    const { client, groupId, topic, sessionTimeoutMs, signal } = this.#options;
    try {
      const joined = await this.#retrying(async () => {
        const answer = await client.request(
          JOIN_GROUP,
          JOIN_GROUP_VERSION,
          {
            groupId,
            sessionTimeoutMs,
            rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
            memberId: this.#memberId,
            protocolType: PROTOCOL_TYPE,
            protocols: [{ name: ASSIGNOR, metadata: writeSubscription([topic]) }],
          },
          signal,
        );
        if (answer.memberId !== '') this.#memberId = answer.memberId;
        throwIfFailed(answer, `joining group ${groupId}`);
        return answer;
      });
      this.#generationId = joined.generationId;
      this.#givenOut = null;
      const isLeader = joined.leader === this.#memberId && !joined.skipAssignment;
      const synced = await client.request(
        SYNC_GROUP,
        SYNC_GROUP_VERSION,
        {
          groupId,
          generationId: this.#generationId,
          memberId: this.#memberId,
          protocolType: PROTOCOL_TYPE,
          protocolName: ASSIGNOR,
          assignments: isLeader ? await this.#assign(joined.members) : [],
        },
        signal,
      );
      throwIfFailed(synced, `group ${groupId}`);
      return readAssignment(synced.assignment)
        .filter((each) => each.topic === topic)
        .map(({ partition }) => partition);
    } catch (failure) {
      if (this.#mustJoinAfter(failure)) return null;
      throw failure;
    }
  }

  /** What each member gets, where this one leads; members may be other kinds of clients, for other topics too. */
  async #assign(members: readonly { readonly memberId: string; readonly metadata: Buffer }[]) {
    const subscriptions = new Map(members.map(({ memberId, metadata }) => [memberId, readSubscription(metadata)]));
    const { topics } = await this.#options.client.metadata([...new Set([...subscriptions.values()].flat())]);
    const partitionCounts = new Map(topics.map(({ name, partitions }) => [name ?? '', partitions.length]));
    this.#givenOut = partitionCounts.get(this.#options.topic) ?? 0;
    return [...assignRanges(subscriptions, partitionCounts)].map(([memberId, partitions]) => ({
      memberId,
      assignment: writeAssignment(partitions),
    }));
  }

  async #committed(partitions: readonly number[]): Promise<Map<number, number>> {
    const { client, groupId, topic } = this.#options;
    if (partitions.length === 0) return new Map();
    return this.#retrying(async () => {
      const { groups } = await client.request(OFFSET_FETCH, OFFSET_FETCH_VERSION, {
        groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [...partitions] }] }],
        requireStable: true,
      });
      const found = new Map<number, number>();
      for (const answer of groups) {
        throwIfFailed(answer, `the offsets of group ${groupId}`);
        for (const each of answer.topics.flatMap((one) => one.partitions)) {
          throwIfFailed(each, `the offsets of group ${groupId}`);
          if (each.committedOffset >= 0) found.set(each.partitionIndex, each.committedOffset);
        }
      }
      return found;
    });
  }

  async #beatUntilRebalance(): Promise<void> {
    const { client, groupId, signal } = this.#options;
    for (let beats = 1; ; beats++) {
      await this.#pause(HEARTBEAT_INTERVAL_MS);
      if (signal.aborted || (beats % BEATS_BETWEEN_LOOKS === 0 && (await this.#hasNewPartitions()))) return;
      const body = { groupId, generationId: this.#generationId, memberId: this.#memberId };
      const error = errorOf(await client.request(HEARTBEAT, HEARTBEAT_VERSION, body), `group ${groupId}`);
      if (error === null) continue;
      if (this.#mustJoinAfter(error)) return;
      if (!isRetriable(error.error)) throw error;
    }
  }

  /** The leader joins anew then, and gives them out. */
  async #hasNewPartitions(): Promise<boolean> {
    if (this.#givenOut === null) return false;
    const { client, topic } = this.#options;
    const { partitions } = await client.topicMetadata(topic, { allowAutoTopicCreation: false });
    return partitions.length !== this.#givenOut;
  }

  async #leave(): Promise<void> {
    const { client, groupId } = this.#options;
    if (this.#memberId === '') return;
    const body = { groupId, members: [{ memberId: this.#memberId }] };
    // Whoever cannot leave any more is not missed for longer than its session.
    await client.request(LEAVE_GROUP, LEAVE_GROUP_VERSION, body).catch(() => {});
  }

  /** Whether the group goes on without this member as it was, so that it has to join anew. */
  #mustJoinAfter(failure: unknown): boolean {
    if (!(failure instanceof KafkaError)) return false;
    if (failure.error === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    return REJOIN.has(failure.error);
  }

  async #retrying<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (failure) {
        const isWorthIt = failure instanceof KafkaError && NOT_READY.has(failure.error);
        if (!isWorthIt || this.#options.signal.aborted) throw failure;
        await this.#pause(RETRY_MS);
      }
    }
  }

  /** Ends early when the signal is aborted. */
  #pause(ms: number): Promise<void> {
    const { clock, signal } = this.#options;
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = clock.after(ms, done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }
}

const REJOIN: ReadonlySet<string> = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'MEMBER_ID_REQUIRED',
]);
const NOT_READY: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'UNSTABLE_OFFSET_COMMIT',
]);
