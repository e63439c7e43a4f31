/** The reads of one Fetch request: done once and, after a wait, once more. At once where the log has all in memory. */
import { ErrorCode, KafkaError, toKafkaError } from '../../protocol/errors.ts';
import type { fetchRequest, fetchResponse } from '../../protocol/schema/01-fetch.ts';
import type { Decoded, Encodable } from '../../protocol/schema/table.ts';
import type { FetchData, Isolation } from '../log/log.ts';
import { AclOperation } from '../metadata/acls.ts';
import { type FetchPartition, ZERO_UUID } from '../replication/fetch-session.ts';
import type { Partition } from '../replication/partition.ts';
import { checkTopicAccess } from './access.ts';
import type { BrokerContext } from './context.ts';
import { hasZstdBatch } from './fetch-compatibility.ts';
import { FetchWait, type Standing } from './fetch-wait.ts';
import { leaderHint } from './leader-hint.ts';
import type { RequestContext } from './request-context.ts';

export type FetchRequest = Decoded<typeof fetchRequest>;
export type FetchTopics = NonNullable<Encodable<typeof fetchResponse>['responses']>;
export type PartitionAnswer = NonNullable<FetchTopics[number]['partitions']>[number];

const FIRST_ZSTD_VERSION = 10;
const FIRST_LEADER_HINT_VERSION = 16;
const READ_COMMITTED = 1;
const CONSUMER_REPLICA_ID = -1;
const DEBUGGING_REPLICA_ID = -2;
const EMPTY = Buffer.alloc(0);

/** One partition's read: its answer, and what a session and a wait want to know of it. */
export interface Outcome {
  readonly answer: PartitionAnswer;
  /** Undefined where an error says it all. */
  readonly standing?: Standing;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly recordsBytes: number;
  /** What counts towards `minBytes`: what was read, or all that may be read at once, where there is more than that. */
  readonly availableBytes: number;
  readonly mustTell: boolean;
}

/** What is read so far. */
interface Progress {
  readonly outcomes: Outcome[];
  bytesLeft: number;
  hasRecords: boolean;
}

export class FetchRead {
  readonly #request: FetchRequest;
  readonly #partitions: readonly FetchPartition[];
  readonly #context: RequestContext;
  readonly #broker: BrokerContext;
  readonly #isolation: Isolation;
  /** No more than the answer may hold. */
  readonly #minBytes: number;
  /** Of records that were read, and have not left. */
  #heldBytes = 0;
  /** The records read, retained. */
  #held: Buffer[] = [];

  constructor(
    request: FetchRequest,
    partitions: readonly FetchPartition[],
    context: RequestContext,
    broker: BrokerContext,
  ) {
    this.#request = request;
    this.#partitions = partitions;
    this.#context = context;
    this.#broker = broker;
    this.#minBytes = Math.min(request.minBytes, request.maxBytes, broker.config.fetchMaxBytes);
    if (replicaIdOf(request) === DEBUGGING_REPLICA_ID) this.#isolation = 'logEnd';
    else this.#isolation = request.isolationLevel === READ_COMMITTED ? 'lastStable' : 'highWatermark';
  }

  /** Reads when it is this request's turn to be answered; null when nobody is there to be answered. */
  run(): Outcome[] | null | Promise<Outcome[] | null> {
    const turn = this.#context.answerTurn();
    if (turn instanceof Promise) return turn.then((isHere) => (isHere ? this.#readAll() : null));
    return turn ? this.#readAll() : null;
  }

  /** Gives back what it holds once the answer has left, or will not. Called when nothing is read any more. */
  releaseWhenSent(): void {
    if (this.#held.length > 0) this.#context.onAnswerSent(() => this.release());
  }

  /** The records are not held any more. */
  release(): void {
    this.#broker.fetchMemory.release(this.#heldBytes);
    this.#heldBytes = 0;
    for (const records of this.#held) this.#broker.buffers.release(records);
    this.#held = [];
  }

  /** Too little is there, nothing is wrong, and the client is willing to wait. */
  mustWait(outcomes: readonly Outcome[]): boolean {
    if (this.#request.maxWaitMs <= 0 || outcomes.length === 0) return false;
    let bytes = 0;
    for (const { errorCode, availableBytes, mustTell } of outcomes) {
      if (errorCode !== ErrorCode.NONE || mustTell) return false;
      bytes += availableBytes;
    }
    return bytes < this.#minBytes;
  }

  /** What a wait looks for, of outcomes without errors. */
  waitAfter(outcomes: readonly Outcome[]): FetchWait {
    const watched = outcomes.map(({ standing, logStartOffset, availableBytes }) => ({
      ...standing!,
      logStartOffset,
      availableBytes,
    }));
    return new FetchWait(watched, this.#minBytes, this.#isolation);
  }

  /** Until the wait, the client's time or its connection is over. */
  park(wait: FetchWait): Promise<void> {
    return new Promise((resolve) => {
      const forget = this.#context.onDisconnect(() => {
        giveUp?.();
        resolve();
      });
      const giveUp: (() => void) | undefined = this.#broker.parked.park({
        keys: wait.keys,
        timeoutMs: this.#request.maxWaitMs,
        isSatisfied: (key) => wait.isOver(key),
        complete: () => {
          forget();
          resolve();
        },
      });
    });
  }

  #readAll(): Outcome[] | Promise<Outcome[]> {
    const bytesLeft = Math.min(this.#request.maxBytes, this.#broker.config.fetchMaxBytes);
    return this.#readOn({ outcomes: [], bytesLeft, hasRecords: false });
  }

  /** Reads the partitions that `progress` lacks, without a promise as long as none has to be waited for. */
  #readOn(progress: Progress): Outcome[] | Promise<Outcome[]> {
    const { outcomes } = progress;
    while (outcomes.length < this.#partitions.length) {
      const wanted = this.#partitions[outcomes.length]!;
      const outcome = this.#readPartition(wanted, progress.bytesLeft, !progress.hasRecords);
      if (outcome instanceof Promise) {
        return outcome.then((read) => {
          addTo(progress, read);
          return this.#readOn(progress);
        });
      }
      addTo(progress, outcome);
    }
    return outcomes;
  }

  #readPartition(wanted: FetchPartition, bytesLeft: number, minOneMessage: boolean): Outcome | Promise<Outcome> {
    let partition: Partition | undefined;
    try {
      partition = this.#partitionOf(wanted);
      partition.checkLeader(wanted.currentLeaderEpoch);
      const replicaId = replicaIdOf(this.#request);
      if (replicaId >= 0) {
        throw new KafkaError('NOT_LEADER_OR_FOLLOWER', `broker ${replicaId} has no replica of ${wanted.topic}`);
      }
      const outcome = this.#readLeader(partition, wanted, bytesLeft, minOneMessage);
      if (!(outcome instanceof Promise)) return outcome;
      return outcome.catch((error) => this.#failed(error, wanted, partition));
    } catch (error) {
      return this.#failed(error, wanted, partition);
    }
  }

  #partitionOf(wanted: FetchPartition): Partition {
    if (wanted.topic === undefined) {
      wanted.topic = this.#broker.image().topicsById.get(wanted.topicId)?.name;
      if (wanted.topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_ID', `no topic has the id ${wanted.topicId}`);
    }
    if (this.#broker.listenerType === 'broker') {
      checkTopicAccess(this.#broker, this.#context, AclOperation.READ, wanted.topic);
    }
    const partition = this.#broker.replicas.get({ topic: wanted.topic, partition: wanted.partition });
    if (wanted.topicId !== ZERO_UUID && partition.topicId !== wanted.topicId) {
      throw new KafkaError('UNKNOWN_TOPIC_ID', `${wanted.topic} was made anew, ${wanted.topicId} is its old id`);
    }
    return partition;
  }

  #failed(thrown: unknown, wanted: FetchPartition, partition: Partition | undefined): Outcome {
    const error = toKafkaError(thrown);
    if (error.error === 'UNKNOWN_SERVER_ERROR') this.#broker.logger.error({ err: thrown, ...wanted }, 'fetch failed');
    if (partition !== undefined) partition.traffic.failedFetches++;
    const hint = leaderHint(error, partition, this.#context.apiVersion >= FIRST_LEADER_HINT_VERSION);
    return {
      answer: {
        partitionIndex: wanted.partition,
        errorCode: error.errorCode,
        highWatermark: -1,
        abortedTransactions: partition === undefined ? [] : null,
        records: EMPTY,
        ...hint,
      },
      errorCode: error.errorCode,
      highWatermark: -1,
      logStartOffset: -1,
      recordsBytes: 0,
      availableBytes: 0,
      mustTell: true,
    };
  }

  #readLeader(
    partition: Partition,
    wanted: FetchPartition,
    bytesLeft: number,
    minOneMessage: boolean,
  ): Outcome | Promise<Outcome> {
    const { leaderEpoch, appendedBytes } = partition;
    const standing = { partition, leaderEpoch, appendedBytes, endOffset: partition.endOffset(this.#isolation) };
    const diverging = divergingEpoch(partition, wanted);
    if (diverging !== undefined) {
      const answer = { ...this.#answer(standing, wanted, NOTHING), divergingEpoch: diverging };
      return { ...this.#outcome(standing, answer, 0), mustTell: true };
    }
    // At the end of what may be read there is nothing to fetch: the common case of a parked consumer costs no read.
    if (wanted.fetchOffset === standing.endOffset) {
      return this.#outcome(standing, this.#answer(standing, wanted, NOTHING), 0);
    }
    const { fetchMemory } = this.#broker;
    // A limit below zero would be taken from what all others hold, while the read is under way.
    const maxBytes = Math.max(Math.min(wanted.maxBytes, bytesLeft, fetchMemory.freeBytes), 0);
    const data = partition.read(wanted.fetchOffset, { maxBytes, minOneMessage, isolation: this.#isolation });
    if (!(data instanceof Promise)) return this.#took(standing, wanted, data, minOneMessage);
    // Others that read meanwhile find less.
    fetchMemory.take(maxBytes);
    return data
      .finally(() => fetchMemory.release(maxBytes))
      .then((read) => this.#took(standing, wanted, read, minOneMessage));
  }

  /** Holds what was read, until `release`. */
  #took(standing: Standing, wanted: FetchPartition, data: FetchData, minOneMessage: boolean): Outcome {
    this.#broker.fetchMemory.take(data.sizeInBytes);
    this.#heldBytes += data.sizeInBytes;
    for (const records of data.records) this.#held.push(records);
    const { apiVersion } = this.#context;
    if (apiVersion < FIRST_ZSTD_VERSION && hasZstdBatch(data.records)) {
      throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `zstd needs Fetch version 10, this is ${apiVersion}`);
    }
    const { sizeInBytes, nextOffset } = data;
    // A limit cut it, or a segment's end, and no wait brings more. Where not even the one batch came there is none to read.
    const isCut = nextOffset < standing.endOffset && (sizeInBytes > 0 || !minOneMessage);
    const availableBytes = isCut ? Math.max(sizeInBytes, wanted.maxBytes) : sizeInBytes;
    return this.#outcome(standing, this.#answer(standing, wanted, data), sizeInBytes, availableBytes);
  }

  #answer({ partition }: Standing, wanted: FetchPartition, data: Answered): PartitionAnswer {
    const { highWatermark, lastStableOffset, logStartOffset } = partition.log;
    const { records, abortedTransactions } = data;
    return {
      partitionIndex: wanted.partition,
      highWatermark,
      lastStableOffset,
      logStartOffset,
      abortedTransactions: abortedTransactions ?? (this.#isolation === 'lastStable' ? [] : null),
      records,
    };
  }

  #outcome(standing: Standing, answer: PartitionAnswer, recordsBytes: number, availableBytes = recordsBytes): Outcome {
    const { highWatermark, logStartOffset } = standing.partition.log;
    return {
      standing,
      answer,
      errorCode: ErrorCode.NONE,
      highWatermark,
      logStartOffset,
      recordsBytes,
      availableBytes,
      mustTell: false,
    };
  }
}

type Answered = Pick<FetchData, 'records' | 'abortedTransactions'>;

const NOTHING: Answered = { records: [], abortedTransactions: null };

function addTo(progress: Progress, outcome: Outcome): void {
  progress.bytesLeft = Math.max(0, progress.bytesLeft - outcome.recordsBytes);
  progress.hasRecords ||= outcome.recordsBytes > 0;
  progress.outcomes.push(outcome);
}

/** Who fetches: another broker, or one of the negative ids that mean a consumer. */
export function replicaIdOf(request: FetchRequest): number {
  return request.replicaState.replicaId !== CONSUMER_REPLICA_ID ? request.replicaState.replicaId : request.replicaId;
}

/** Where the fetcher's history parts from the leader's, if it does (KIP-595). */
function divergingEpoch(
  partition: Partition,
  wanted: FetchPartition,
): { epoch: number; endOffset: number } | undefined {
  if (wanted.lastFetchedEpoch < 0) return undefined;
  const end = partition.log.endOffsetForEpoch(wanted.lastFetchedEpoch);
  if (end === null) {
    throw new KafkaError('OFFSET_OUT_OF_RANGE', `epoch ${wanted.lastFetchedEpoch} is not in the log's history`);
  }
  const { leaderEpoch: epoch, endOffset } = end;
  return epoch < wanted.lastFetchedEpoch || endOffset < wanted.fetchOffset ? { epoch, endOffset } : undefined;
}
