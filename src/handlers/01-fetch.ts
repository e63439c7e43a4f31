/** Fetch (KIP-74 limits, KIP-98 isolation, KIP-227 sessions, KIP-320 epochs, KIP-516 topic ids, KIP-595 divergence). */
import { ErrorCode, KafkaError, toKafkaError } from '../../protocol/errors.ts';
import { fetchRequest, fetchResponse } from '../../protocol/schema/01-fetch.ts';
import type { Decoded, Encodable } from '../../protocol/schema/table.ts';
import type { Isolation } from '../log/log.ts';
import { AclOperation } from '../metadata/acls.ts';
import { type FetchContext, type FetchPartition, ZERO_UUID } from '../replication/fetch-session.ts';
import type { Partition } from '../replication/partition.ts';
import { checkTopicAccess } from './access.ts';
import type { BrokerContext } from './context.ts';
import { hasZstdBatch } from './fetch-compatibility.ts';
import { handler } from './handler.ts';
import { leaderHint, nodeEndpointsOf } from './leader-hint.ts';
import type { RequestContext } from './request-context.ts';

type Request = Decoded<typeof fetchRequest>;
type Topics = NonNullable<Encodable<typeof fetchResponse>['responses']>;
type PartitionAnswer = NonNullable<Topics[number]['partitions']>[number];

const FIRST_ZSTD_VERSION = 10;
const FIRST_TOPIC_ID_VERSION = 13;
const READ_COMMITTED = 1;
const CONSUMER_REPLICA_ID = -1;
const DEBUGGING_REPLICA_ID = -2;

/** How a partition stood before it was read: what comes after that is news to the reader. */
interface Standing {
  readonly partition: Partition;
  readonly leaderEpoch: number;
  readonly endOffset: number;
  readonly appendedBytes: number;
}

/** One partition's read: its answer, and what a session and a wait want to know of it. */
interface Outcome {
  readonly answer: PartitionAnswer;
  /** Undefined where an error says it all. */
  readonly standing?: Standing;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly recordsBytes: number;
  readonly mustTell: boolean;
}

export const fetch = handler({
  request: fetchRequest,
  response: fetchResponse,

  async handle(request, context, broker) {
    const session = broker.fetchSessions.context(sessionRequest(request, context, broker));
    if (session.errorCode !== ErrorCode.NONE) return { errorCode: session.errorCode };
    const read = new FetchRead(request, session, context, broker);
    try {
      let outcomes = await read.run();
      if (outcomes !== null && read.mustWait(outcomes)) {
        const wait = read.watch(outcomes);
        // Over the wait only sizes are kept.
        outcomes = null;
        read.release();
        await read.wait(wait);
        outcomes = await read.run();
      }
      if (outcomes === null) return null;
      return settle(session, outcomes, context, broker);
    } finally {
      context.onAnswerSent(() => read.release());
    }
  },

  failed(_request, error) {
    return { errorCode: error.errorCode };
  },
});

function sessionRequest(request: Request, { apiVersion }: RequestContext, broker: BrokerContext) {
  const usesTopicIds = apiVersion >= FIRST_TOPIC_ID_VERSION;
  const nameOf = (topic: string, topicId: string): string | undefined =>
    usesTopicIds ? broker.image().topicsById.get(topicId)?.name : topic;
  const replicaId = replicaIdOf(request);
  return {
    sessionId: request.sessionId,
    sessionEpoch: request.sessionEpoch,
    usesTopicIds,
    isFollower: replicaId >= 0,
    partitions: request.topics.flatMap(({ topic, topicId, partitions }) =>
      partitions.map(
        (partition): FetchPartition => ({
          topic: nameOf(topic, topicId),
          topicId,
          partition: partition.partition,
          fetchOffset: partition.fetchOffset,
          maxBytes: partition.partitionMaxBytes,
          currentLeaderEpoch: partition.currentLeaderEpoch,
          lastFetchedEpoch: partition.lastFetchedEpoch,
          logStartOffset: partition.logStartOffset,
        }),
      ),
    ),
    forgotten: request.forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
      partitions.map((partition) => ({ topic: nameOf(topic, topicId), topicId, partition })),
    ),
  };
}

function replicaIdOf(request: Request): number {
  return request.replicaState.replicaId !== CONSUMER_REPLICA_ID ? request.replicaState.replicaId : request.replicaId;
}

/** A partition that a parked fetch looks at, with what was there for it before. */
interface Watched extends Standing {
  readonly logStartOffset: number;
  readonly recordsBytes: number;
}

/** The reads of one fetch request, done once and, after a wait, once more. */
class FetchRead {
  readonly #request: Request;
  readonly #session: FetchContext;
  readonly #context: RequestContext;
  readonly #broker: BrokerContext;
  readonly #isolation: Isolation;
  /** No more than the answer may hold. */
  readonly #minBytes: number;
  /** Of records that were read, and have not left. */
  #heldBytes = 0;
  /** The records read, retained. */
  #held: Buffer[] = [];

  constructor(request: Request, session: FetchContext, context: RequestContext, broker: BrokerContext) {
    this.#request = request;
    this.#session = session;
    this.#context = context;
    this.#broker = broker;
    this.#minBytes = Math.min(request.minBytes, request.maxBytes, broker.config.fetchMaxBytes);
    if (replicaIdOf(request) === DEBUGGING_REPLICA_ID) this.#isolation = 'logEnd';
    else this.#isolation = request.isolationLevel === READ_COMMITTED ? 'lastStable' : 'highWatermark';
  }

  /** Reads when it is this request's turn to be answered; null when nobody is there to be answered. */
  async run(): Promise<Outcome[] | null> {
    if (!(await this.#context.answerTurn())) return null;
    let bytesLeft = Math.min(this.#request.maxBytes, this.#broker.config.fetchMaxBytes);
    let hasRecords = false;
    const outcomes: Outcome[] = [];
    for (const wanted of this.#session.partitions) {
      const outcome = await this.#readPartition(wanted, bytesLeft, !hasRecords);
      bytesLeft = Math.max(0, bytesLeft - outcome.recordsBytes);
      hasRecords ||= outcome.recordsBytes > 0;
      outcomes.push(outcome);
    }
    return outcomes;
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
    for (const { errorCode, recordsBytes, mustTell } of outcomes) {
      if (errorCode !== ErrorCode.NONE || mustTell) return false;
      bytes += recordsBytes;
    }
    return bytes < this.#minBytes;
  }

  /** What a wait has to look at, of outcomes without errors. */
  watch(outcomes: readonly Outcome[]): Watched[] {
    return outcomes.map(({ standing, logStartOffset, recordsBytes }) => ({
      ...standing!,
      logStartOffset,
      recordsBytes,
    }));
  }

  /** Until `minBytes` have come, a partition's standing changes, or the time is over. */
  wait(watched: readonly Watched[]): Promise<void> {
    return new Promise((resolve) => {
      const forget = this.#context.onDisconnect(() => {
        giveUp?.();
        resolve();
      });
      const giveUp: (() => void) | undefined = this.#broker.parked.park({
        keys: this.#session.partitions.map(({ topic, partition }) => partitionKey(topic ?? '', partition)),
        timeoutMs: this.#request.maxWaitMs,
        isSatisfied: () => {
          let bytes = 0;
          for (const { partition, leaderEpoch, logStartOffset, endOffset, appendedBytes, recordsBytes } of watched) {
            if (!partition.isLeader || partition.leaderEpoch !== leaderEpoch) return true;
            if (partition.log.logStartOffset !== logStartOffset) return true;
            bytes += recordsBytes;
            if (partition.endOffset(this.#isolation) > endOffset) bytes += partition.appendedBytes - appendedBytes;
          }
          return bytes >= this.#minBytes;
        },
        complete: () => {
          forget();
          resolve();
        },
      });
    });
  }

  async #readPartition(wanted: FetchPartition, bytesLeft: number, minOneMessage: boolean): Promise<Outcome> {
    let partition: Partition | undefined;
    try {
      if (wanted.topic === undefined) {
        wanted.topic = this.#broker.image().topicsById.get(wanted.topicId)?.name;
        if (wanted.topic === undefined)
          throw new KafkaError('UNKNOWN_TOPIC_ID', `no topic has the id ${wanted.topicId}`);
      }
      if (this.#broker.listenerType === 'broker') {
        checkTopicAccess(this.#broker, this.#context, AclOperation.READ, wanted.topic);
      }
      partition = this.#broker.replicas.get({ topic: wanted.topic, partition: wanted.partition });
      if (wanted.topicId !== ZERO_UUID && partition.topicId !== wanted.topicId) {
        throw new KafkaError('UNKNOWN_TOPIC_ID', `${wanted.topic} was made anew, ${wanted.topicId} is its old id`);
      }
      partition.checkLeader(wanted.currentLeaderEpoch);
      if (replicaIdOf(this.#request) >= 0) {
        throw new KafkaError(
          'NOT_LEADER_OR_FOLLOWER',
          `broker ${replicaIdOf(this.#request)} has no replica of ${wanted.topic}`,
        );
      }
      return await this.#readLeader(partition, wanted, bytesLeft, minOneMessage);
    } catch (thrown) {
      const error = toKafkaError(thrown);
      if (error.error === 'UNKNOWN_SERVER_ERROR') this.#broker.logger.error({ err: thrown, ...wanted }, 'fetch failed');
      const hint = leaderHint(error, partition, this.#context.apiVersion >= 16);
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
        mustTell: true,
      };
    }
  }

  async #readLeader(
    partition: Partition,
    wanted: FetchPartition,
    bytesLeft: number,
    minOneMessage: boolean,
  ): Promise<Outcome> {
    const { log, leaderEpoch, appendedBytes } = partition;
    const standing = { partition, leaderEpoch, appendedBytes, endOffset: partition.endOffset(this.#isolation) };
    const diverging = divergingEpoch(partition, wanted);
    let records: Buffer[] = [];
    let recordsBytes = 0;
    let abortedTransactions: { producerId: number; firstOffset: number }[] | null = null;
    // At the end of what may be read there is nothing to fetch: the common case of a parked consumer costs no read.
    if (diverging === undefined && wanted.fetchOffset !== standing.endOffset) {
      const { fetchMemory } = this.#broker;
      const maxBytes = Math.min(wanted.maxBytes, bytesLeft, fetchMemory.freeBytes);
      // Others that read meanwhile find less.
      fetchMemory.take(maxBytes);
      try {
        const data = await partition.read(wanted.fetchOffset, maxBytes, minOneMessage, this.#isolation);
        ({ records, sizeInBytes: recordsBytes, abortedTransactions } = data);
      } finally {
        fetchMemory.release(maxBytes);
      }
      fetchMemory.take(recordsBytes);
      this.#heldBytes += recordsBytes;
      this.#held.push(...records);
      if (this.#context.apiVersion < FIRST_ZSTD_VERSION && hasZstdBatch(records)) {
        throw new KafkaError(
          'UNSUPPORTED_COMPRESSION_TYPE',
          `zstd needs Fetch version 10, this is ${this.#context.apiVersion}`,
        );
      }
    }
    if (this.#isolation === 'lastStable') abortedTransactions ??= [];
    const { highWatermark, lastStableOffset, logStartOffset } = log;
    return {
      standing,
      answer: {
        partitionIndex: wanted.partition,
        highWatermark,
        lastStableOffset,
        logStartOffset,
        abortedTransactions,
        records,
        ...(diverging === undefined ? {} : { divergingEpoch: diverging }),
      },
      errorCode: ErrorCode.NONE,
      highWatermark,
      logStartOffset,
      recordsBytes,
      mustTell: diverging !== undefined,
    };
  }
}

const EMPTY = Buffer.alloc(0);

/** The key under which parked requests watch a partition. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic}-${partition}`;
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

function settle(session: FetchContext, outcomes: readonly Outcome[], context: RequestContext, broker: BrokerContext) {
  const { errorCode, sessionId, send } = session.settle(outcomes);
  const responses: { topic: string; topicId: string; partitions: PartitionAnswer[] }[] = [];
  session.partitions.forEach(({ topic, topicId }, i) => {
    if (!send[i]) return;
    const last = responses.at(-1);
    const name = topic ?? '';
    if (last !== undefined && last.topic === name && last.topicId === topicId)
      last.partitions.push(outcomes[i]!.answer);
    else responses.push({ topic: name, topicId, partitions: [outcomes[i]!.answer] });
  });
  const hasHints = outcomes.some(({ answer }) => answer.currentLeader !== undefined);
  const nodeEndpoints = hasHints
    ? nodeEndpointsOf(
        outcomes.map(({ answer }) => answer),
        context,
        broker,
      )
    : [];
  return { errorCode, sessionId, responses, nodeEndpoints };
}
