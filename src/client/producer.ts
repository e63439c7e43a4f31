import { ErrorCode, isRetriable, KafkaError } from '../../protocol/errors.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import type { CompressionType } from '../../protocol/records/compression.ts';
import { produceRequest, produceResponse } from '../../protocol/schema/00-produce.ts';
import { initProducerIdRequest, initProducerIdResponse } from '../../protocol/schema/22-init-producer-id.ts';
import { errorOf, throwIfFailed } from '../local-client/errors.ts';
import { type Message, recordSizeBound, toRecord } from '../local-client/messages.ts';
import { partitionForKey, StickyPartitions } from '../local-client/partitioner.ts';
import { append, type BatchAnswer, type PartitionBatch, type ProduceOutcome } from '../local-client/produce.ts';
import { ConnectionError } from '../net/client-socket.ts';
import type { Cluster } from './cluster.ts';
import { groupByLeader } from './offsets.ts';

const PRODUCE = [produceRequest, produceResponse] as const;
const INIT_PRODUCER_ID = [initProducerIdRequest, initProducerIdResponse] as const;
/** The last version that names topics. */
const PRODUCE_VERSION = 12;
/** The last one that is not about two-phase commits. */
const INIT_PRODUCER_ID_VERSION = 5;
const SEQUENCES = 2 ** 31;

export interface ProducerOptions {
  /** −1, which is the default: all replicas in sync. */
  readonly acks?: 1 | -1;
  readonly compression?: CompressionType;
  readonly timeoutMs?: number;
}

/**
 * An idempotent producer: a batch that is sent again, because its answer was lost or its leader moved, is written once.
 * One batch a partition is under way at a time.
 */
export class Producer {
  readonly #cluster: Cluster;
  readonly #options: Required<ProducerOptions>;
  readonly #sticky: StickyPartitions;
  readonly #sequences = new Map<string, number>();
  #identity: Promise<{ readonly producerId: number; readonly producerEpoch: number }> | undefined;

  constructor(cluster: Cluster, { acks = -1, compression = 'none', timeoutMs = 30_000 }: ProducerOptions = {}) {
    this.#cluster = cluster;
    this.#options = { acks, compression, timeoutMs };
    this.#sticky = new StickyPartitions(cluster.ports.random);
  }

  /**
   * Appends messages to a topic, in their order within each partition, and answers for each in the order given. Those
   * without a partition go where the Java client sends them. Rejects when the topic as a whole cannot be written to.
   */
  async send(topic: string, messages: readonly Message[]): Promise<ProduceOutcome[]> {
    const { partitions } = await this.#cluster.topic(topic, true);
    const nowMs = this.#cluster.ports.clock.now();
    const placed = messages.map((message) => {
      const record = toRecord(message, nowMs);
      const byKey =
        record.key === null
          ? this.#sticky.next(topic, partitions.length, recordSizeBound(record))
          : partitionForKey(record.key, partitions.length);
      return { partition: message.partition ?? byKey, record };
    });
    return append((batches) => this.#append(topic, batches), topic, placed);
  }

  async #append(topic: string, batches: readonly PartitionBatch[]): Promise<Map<number, BatchAnswer>> {
    const answers = new Map<number, BatchAnswer>();
    this.#identity ??= this.#initProducerId();
    const identity = await this.#identity;
    const built = batches.map(({ partition, records }) => {
      const baseSequence = this.#sequences.get(`${topic}-${partition}`) ?? 0;
      const bytes = buildBatch(records, { compression: this.#options.compression, ...identity, baseSequence });
      return { topic, partition, bytes, count: records.length, baseSequence };
    });
    let left = built;
    await this.#cluster
      .retrying(async () => {
        const byLeader = await groupByLeader(this.#cluster, left);
        const sent = [...byLeader].map(([leader, led]) => this.#sendTo(leader, topic, led));
        for (const outcome of await Promise.allSettled(sent)) {
          if (outcome.status === 'rejected' && !(outcome.reason instanceof ConnectionError)) throw outcome.reason;
          if (outcome.status === 'fulfilled') for (const [index, answer] of outcome.value) answers.set(index, answer);
        }
        left = left.filter(({ partition }) => mayPass(answers.get(partition)));
        if (left.length === 0) return;
        for (const { partition } of left) this.#cluster.forgetLeader(topic, partition);
        const answer = answers.get(left[0]!.partition);
        throw (
          (answer === undefined ? null : errorOf(answer, `Produce to ${topic}-${left[0]!.partition}`)) ??
          new KafkaError('NETWORK_EXCEPTION', `Produce to ${topic}-${left[0]!.partition} was not answered`)
        );
      })
      .catch((failure: unknown) => {
        // Whether they were written is unknown: another batch under the same sequence would pass for a repetition.
        this.#identity = undefined;
        this.#sequences.clear();
        // What was answered stands; what was not has its last answer, and where there is none the request has failed.
        if (left.some(({ partition }) => !answers.has(partition))) throw failure;
      });
    for (const { partition, count, baseSequence } of built) {
      if (this.#identity === undefined || answers.get(partition)?.errorCode !== ErrorCode.NONE) continue;
      this.#sequences.set(`${topic}-${partition}`, (baseSequence + count) % SEQUENCES);
    }
    return answers;
  }

  async #sendTo(
    leader: number,
    topic: string,
    led: readonly { readonly partition: number; readonly bytes: Buffer }[],
  ): Promise<(readonly [number, BatchAnswer])[]> {
    const { acks, timeoutMs } = this.#options;
    const partitionData = led.map(({ partition, bytes }) => ({ index: partition, records: bytes }));
    const body = { acks, timeoutMs, topicData: [{ name: topic, partitionData }] };
    const connection = await this.#cluster.broker(leader);
    const { responses } = await connection.send(PRODUCE, body, { maxVersion: PRODUCE_VERSION, timeoutMs });
    return responses.flatMap(({ partitionResponses }) => partitionResponses.map((each) => [each.index, each] as const));
  }

  #initProducerId() {
    return this.#cluster.retrying(async () => {
      const connection = await this.#cluster.any();
      const body = { transactionalId: null, transactionTimeoutMs: 60_000 };
      const answer = await connection.send(INIT_PRODUCER_ID, body, { maxVersion: INIT_PRODUCER_ID_VERSION });
      throwIfFailed(answer, 'InitProducerId');
      const { producerId, producerEpoch } = answer;
      return { producerId, producerEpoch };
    });
  }
}

/** Whether a batch is worth sending again. */
function mayPass(answer: BatchAnswer | undefined): boolean {
  const error = answer === undefined ? null : errorOf(answer);
  return answer === undefined || (error !== null && isRetriable(error.error));
}
