import { ErrorCode } from '../../protocol/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';

/** One partition as a fetch asks for it. `topic` is undefined while a topic id is not known here. */
export interface FetchPartition {
  topic: string | undefined;
  readonly topicId: string;
  readonly partition: number;
  fetchOffset: number;
  maxBytes: number;
  currentLeaderEpoch: number;
  lastFetchedEpoch: number;
  logStartOffset: number;
}

/** What the answer for a partition says, as far as a session cares. */
export interface FetchPartitionOutcome {
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly recordsBytes: number;
  /** A diverging epoch or a preferred read replica is told. */
  readonly mustTell: boolean;
}

interface CachedPartition {
  readonly request: FetchPartition;
  highWatermark: number;
  logStartOffset: number;
}

interface FetchSession {
  readonly id: number;
  readonly usesTopicIds: boolean;
  readonly isPrivileged: boolean;
  readonly createdMs: number;
  readonly partitions: Map<string, CachedPartition>;
  lastUsedMs: number;
  epoch: number;
}

export interface FetchSessionRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly usesTopicIds: boolean;
  /** Followers' sessions are privileged: consumers do not evict them. */
  readonly isFollower: boolean;
  readonly partitions: readonly FetchPartition[];
  readonly forgotten: readonly Pick<FetchPartition, 'topic' | 'topicId' | 'partition'>[];
}

/** What a fetch is to read, and which of the outcomes its answer carries. */
export interface FetchContext {
  readonly errorCode: number;
  readonly partitions: readonly FetchPartition[];
  /** Settles the session with the outcomes, in the order of `partitions`; returns the id and which ones to send. */
  settle(outcomes: readonly FetchPartitionOutcome[]): { errorCode: number; sessionId: number; send: boolean[] };
}

const NO_SESSION = 0;
const INITIAL_EPOCH = 0;
const FINAL_EPOCH = -1;
/** A session unused for this long gives way to any new one (Kafka's MIN_INCREMENTAL_FETCH_SESSION_EVICTION_MS). */
const STALE_AFTER_MS = 120_000;

/** Incremental fetch sessions (KIP-227), bounded by `max.incremental.fetch.session.cache.slots`. */
export class FetchSessionCache {
  readonly #slots: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #sessions = new Map<number, FetchSession>();

  constructor({ slots, clock, random }: { slots: number; clock: Clock; random: Random }) {
    this.#slots = slots;
    this.#clock = clock;
    this.#random = random;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The context of a fetch: sessionless, the start of a session, the next step of one, or an error. */
  context(request: FetchSessionRequest): FetchContext {
    if (request.sessionEpoch === INITIAL_EPOCH || request.sessionEpoch === FINAL_EPOCH) {
      this.#sessions.delete(request.sessionId);
      return request.sessionEpoch === FINAL_EPOCH ? sessionless(request.partitions) : this.#full(request);
    }
    const session = this.#sessions.get(request.sessionId);
    if (session === undefined) return failed(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    if (session.epoch !== request.sessionEpoch) return failed(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
    if (session.usesTopicIds !== request.usesTopicIds) return failed(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
    return this.#incremental(session, request);
  }

  #full(request: FetchSessionRequest): FetchContext {
    return {
      errorCode: ErrorCode.NONE,
      partitions: request.partitions,
      settle: (outcomes) => {
        const session = this.#create(request);
        if (session !== undefined) {
          request.partitions.forEach((partition, i) => {
            const { highWatermark, logStartOffset } = outcomes[i]!;
            session.partitions.set(keyOf(partition), { request: partition, highWatermark, logStartOffset });
          });
        }
        return { errorCode: ErrorCode.NONE, sessionId: session?.id ?? NO_SESSION, send: outcomes.map(() => true) };
      },
    };
  }

  #incremental(session: FetchSession, request: FetchSessionRequest): FetchContext {
    for (const partition of request.partitions) {
      const cached = session.partitions.get(keyOf(partition));
      if (cached === undefined) {
        session.partitions.set(keyOf(partition), { request: partition, highWatermark: -1, logStartOffset: -1 });
      } else {
        const { fetchOffset, maxBytes, currentLeaderEpoch, lastFetchedEpoch, logStartOffset } = partition;
        Object.assign(cached.request, { fetchOffset, maxBytes, currentLeaderEpoch, lastFetchedEpoch, logStartOffset });
      }
    }
    for (const partition of request.forgotten) session.partitions.delete(keyOf(partition));
    if (session.partitions.size === 0) {
      this.#sessions.delete(session.id);
      return sessionless([]);
    }
    session.epoch = nextEpoch(session.epoch);
    session.lastUsedMs = this.#clock.now();
    const expectedEpoch = session.epoch;
    const cached = [...session.partitions.values()];
    return {
      errorCode: ErrorCode.NONE,
      partitions: cached.map(({ request }) => request),
      settle: (outcomes) => {
        if (session.epoch !== expectedEpoch) {
          return {
            errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH,
            sessionId: NO_SESSION,
            send: outcomes.map(() => false),
          };
        }
        const send = cached.map((partition, i) => updateCached(session, partition, outcomes[i]!));
        return { errorCode: ErrorCode.NONE, sessionId: session.id, send };
      },
    };
  }

  #create(request: FetchSessionRequest): FetchSession | undefined {
    if (request.partitions.length === 0 || !this.#makeRoom(request)) return undefined;
    const now = this.#clock.now();
    const session: FetchSession = {
      id: this.#newId(),
      usesTopicIds: request.usesTopicIds,
      isPrivileged: request.isFollower,
      createdMs: now,
      partitions: new Map(),
      lastUsedMs: now,
      epoch: nextEpoch(INITIAL_EPOCH),
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  #newId(): number {
    for (;;) {
      const id = this.#random.bytes(4).readInt32BE() & 0x7fffffff;
      if (id !== NO_SESSION && !this.#sessions.has(id)) return id;
    }
  }

  /** Evicts a stale session, else one that is worth less than the new one; false when none gives way. */
  #makeRoom(request: FetchSessionRequest): boolean {
    if (this.#sessions.size < this.#slots) return true;
    const now = this.#clock.now();
    let oldest: FetchSession | undefined;
    let cheapest: FetchSession | undefined;
    for (const session of this.#sessions.values()) {
      if (oldest === undefined || session.lastUsedMs < oldest.lastUsedMs) oldest = session;
      const settled = now - session.createdMs > STALE_AFTER_MS;
      const evictable = request.isFollower ? !session.isPrivileged || settled : settled && !session.isPrivileged;
      if (evictable && (cheapest === undefined || session.partitions.size < cheapest.partitions.size))
        cheapest = session;
    }
    let victim: FetchSession | undefined;
    if (oldest !== undefined && now - oldest.lastUsedMs > STALE_AFTER_MS) victim = oldest;
    else if (cheapest !== undefined && (request.isFollower || request.partitions.length > cheapest.partitions.size)) {
      victim = cheapest;
    }
    return victim !== undefined && this.#sessions.delete(victim.id);
  }
}

function keyOf({ topic, topicId, partition }: Pick<FetchPartition, 'topic' | 'topicId' | 'partition'>): string {
  return `${partition}/${topicId === ZERO_UUID ? (topic ?? '') : topicId}`;
}

export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

/** After 2^31 − 1 comes 1; 0 and −1 mean something else. */
function nextEpoch(epoch: number): number {
  return epoch === 0x7fffffff ? 1 : epoch + 1;
}

function sessionless(partitions: readonly FetchPartition[]): FetchContext {
  return {
    errorCode: ErrorCode.NONE,
    partitions,
    settle: (outcomes) => ({ errorCode: ErrorCode.NONE, sessionId: NO_SESSION, send: outcomes.map(() => true) }),
  };
}

function failed(errorCode: number): FetchContext {
  return { errorCode, partitions: [], settle: () => ({ errorCode, sessionId: NO_SESSION, send: [] }) };
}

/** Whether the answer carries the partition; one that brought records goes to the back, so that others get their turn. */
function updateCached(session: FetchSession, cached: CachedPartition, outcome: FetchPartitionOutcome): boolean {
  const hasError = outcome.errorCode !== ErrorCode.NONE;
  const changed = cached.highWatermark !== outcome.highWatermark || cached.logStartOffset !== outcome.logStartOffset;
  // After an error the next good answer must be sent even if nothing else changed.
  cached.highWatermark = hasError ? -1 : outcome.highWatermark;
  cached.logStartOffset = outcome.logStartOffset;
  if (outcome.recordsBytes > 0) {
    const key = keyOf(cached.request);
    if (session.partitions.delete(key)) session.partitions.set(key, cached);
  }
  return hasError || changed || outcome.recordsBytes > 0 || outcome.mustTell;
}
