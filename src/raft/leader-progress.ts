/**
 * What a leader knows of the replicas in its epoch: how far each has fetched, which makes the high watermark; when a
 * majority last fetched, without which it resigns (check quorum); and which voters have heard of it. Kafka's `LeaderState`.
 */
import type { Voters } from './logged-batch.ts';
import type { ReplicaDescription } from './messages.ts';
import { NO_DIRECTORY, type ReplicaKey } from './replica-key.ts';
import { isVoter, majorityOf } from './voter-set.ts';

const HOUR_MS = 3_600_000;
const OBSERVER_SESSION_TIMEOUT_MS = 300_000;
/** Of the fetch time-out, to tolerate what a request takes on its way. */
const CHECK_QUORUM_FACTOR = 1.5;

interface Replica {
  readonly id: number;
  directoryId: string;
  /** −1 before its first fetch in this epoch. */
  endOffset: number;
  lastFetchMs: number;
  /** The leader's end when it last fetched. */
  lastFetchLeaderEnd: number;
  lastCaughtUpMs: number;
  hasAcknowledged: boolean;
  lastHeardMs: number;
}

export class LeaderProgress {
  readonly epochStartOffset: number;
  readonly granting: readonly number[];
  readonly #local: ReplicaKey;
  readonly #checkQuorumMs: number;
  readonly #replicas = new Map<number, Replica>();
  #fetched = new Set<number>();
  #quorumDeadlineMs: number;
  #highWatermark: number | undefined;

  constructor(options: {
    readonly local: ReplicaKey;
    readonly epochStartOffset: number;
    readonly granting: readonly number[];
    readonly fetchTimeoutMs: number;
    readonly nowMs: number;
  }) {
    this.#local = options.local;
    this.epochStartOffset = options.epochStartOffset;
    this.granting = options.granting;
    this.#checkQuorumMs = options.fetchTimeoutMs * CHECK_QUORUM_FACTOR;
    this.#quorumDeadlineMs = options.nowMs + this.#checkQuorumMs;
  }

  /** Undefined until a record of this epoch is on a majority. */
  get highWatermark(): number | undefined {
    return this.#highWatermark;
  }

  /** The leader's own log is durable up to `endOffset`. Returns whether the high watermark moved. */
  flushed(endOffset: number, voters: Voters): boolean {
    this.#replica(this.#local).endOffset = endOffset;
    return this.#advance(voters);
  }

  /** The log of a quorum of one is committed as it is, that of earlier epochs too. */
  commitAll(endOffset: number): void {
    this.#highWatermark = endOffset;
  }

  /** A replica fetched: it has all below `fetchOffset`, durably. Returns whether the high watermark moved. */
  fetched(key: ReplicaKey, fetchOffset: number, leaderEnd: number, nowMs: number, voters: Voters): boolean {
    const replica = this.#replica(key);
    replica.directoryId = key.directoryId;
    if (fetchOffset >= leaderEnd) {
      replica.lastCaughtUpMs = nowMs;
    } else if (replica.lastFetchLeaderEnd > 0 && fetchOffset >= replica.lastFetchLeaderEnd) {
      replica.lastCaughtUpMs = replica.lastFetchMs;
    }
    replica.lastFetchMs = nowMs;
    replica.lastFetchLeaderEnd = leaderEnd;
    replica.endOffset = fetchOffset;
    replica.hasAcknowledged = true;
    this.heardFrom(key, nowMs, voters);
    return isVoter(voters, key) && this.#advance(voters);
  }

  /** A voter fetched, the log or a snapshot: it follows. */
  heardFrom(key: ReplicaKey, nowMs: number, voters: Voters): void {
    if (!isVoter(voters, key)) return;
    this.#replica(key).lastHeardMs = nowMs;
    this.#fetched.add(key.id);
    // The leader counts itself, if it is a voter.
    const needed = majorityOf(voters) - (isVoter(voters, this.#local) ? 1 : 0);
    if (this.#fetched.size < needed) return;
    this.#fetched = new Set();
    this.#quorumDeadlineMs = nowMs + this.#checkQuorumMs;
  }

  /** When this leader has to resign unless a majority fetches. */
  quorumDeadlineMs(voters: Voters): number {
    const isAlone = voters.length === 1 && isVoter(voters, this.#local);
    return isAlone ? Number.POSITIVE_INFINITY : this.#quorumDeadlineMs;
  }

  acknowledged(id: number): void {
    const replica = this.#replicas.get(id);
    if (replica !== undefined) replica.hasAcknowledged = true;
  }

  /** Voters that are to be told, or told again, who leads: those that have not fetched for `periodMs`. */
  unheard(voters: Voters, nowMs: number, periodMs: number): Voters {
    return voters.filter(({ voterId, voterDirectoryId }) => {
      if (voterId === this.#local.id) return false;
      const replica = this.#replica({ id: voterId, directoryId: voterDirectoryId });
      return !replica.hasAcknowledged || nowMs - replica.lastHeardMs >= periodMs;
    });
  }

  /** It has been at the leader's end, and fetched within the last hour: what Kafka asks of a new voter. */
  isCaughtUp(key: ReplicaKey, nowMs: number): boolean {
    const replica = this.#replicas.get(key.id);
    if (replica === undefined || replica.directoryId !== key.directoryId) return false;
    return replica.lastCaughtUpMs > 0 && replica.lastFetchMs > 0 && nowMs - replica.lastFetchMs < HOUR_MS;
  }

  /** Other voters, the most advanced first: whom a leader that resigns prefers. */
  successors(voters: Voters): ReplicaKey[] {
    return voters
      .filter(({ voterId }) => voterId !== this.#local.id)
      .map(({ voterId, voterDirectoryId }) => ({ id: voterId, directoryId: voterDirectoryId }))
      .sort((a, b) => this.#endOffset(b) - this.#endOffset(a));
  }

  describe(voters: Voters, leaderEnd: number, nowMs: number) {
    const description = (key: ReplicaKey): ReplicaDescription => {
      if (key.id === this.#local.id) {
        return {
          id: key.id,
          directoryId: this.#local.directoryId,
          logEndOffset: leaderEnd,
          lastFetchTimestamp: nowMs,
          lastCaughtUpTimestamp: nowMs,
        };
      }
      const replica = this.#replicas.get(key.id);
      return {
        id: key.id,
        directoryId: key.directoryId === NO_DIRECTORY ? (replica?.directoryId ?? NO_DIRECTORY) : key.directoryId,
        logEndOffset: replica?.endOffset ?? -1,
        lastFetchTimestamp: replica?.lastFetchMs ?? -1,
        lastCaughtUpTimestamp: replica?.lastCaughtUpMs ?? -1,
      };
    };
    for (const [id, replica] of this.#replicas) {
      const isGone = !isVoter(voters, replica) && nowMs - replica.lastFetchMs >= OBSERVER_SESSION_TIMEOUT_MS;
      if (isGone && id !== this.#local.id) this.#replicas.delete(id);
    }
    const observers = [...this.#replicas.values()].filter((replica) => !isVoter(voters, replica));
    return {
      voters: voters.map(({ voterId, voterDirectoryId }) =>
        description({ id: voterId, directoryId: voterDirectoryId }),
      ),
      observers: observers.map(description),
    };
  }

  /** The largest offset that a majority of the voters has, once it is of this epoch (Raft, 5.4.2). */
  #advance(voters: Voters): boolean {
    const ends = voters.map(({ voterId, voterDirectoryId }) =>
      this.#endOffset({ id: voterId, directoryId: voterDirectoryId }),
    );
    const reached = ends.sort((a, b) => b - a)[majorityOf(voters) - 1] ?? -1;
    if (reached <= this.epochStartOffset || reached <= (this.#highWatermark ?? -1)) return false;
    this.#highWatermark = reached;
    return true;
  }

  /** Of that very replica: another directory of the same node has another log. */
  #endOffset(key: ReplicaKey): number {
    const replica = this.#replicas.get(key.id);
    if (replica === undefined) return -1;
    return key.directoryId === NO_DIRECTORY || key.directoryId === replica.directoryId ? replica.endOffset : -1;
  }

  #replica({ id, directoryId }: ReplicaKey): Replica {
    let replica = this.#replicas.get(id);
    if (replica === undefined) {
      replica = {
        id,
        directoryId,
        endOffset: -1,
        lastFetchMs: -1,
        lastFetchLeaderEnd: -1,
        lastCaughtUpMs: -1,
        hasAcknowledged: id === this.#local.id,
        lastHeardMs: Number.NEGATIVE_INFINITY,
      };
      this.#replicas.set(id, replica);
    }
    return replica;
  }
}
