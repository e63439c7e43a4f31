import { ErrorCode, errorName, isRetriable, KafkaError } from '../../protocol/errors.ts';
import { fetchRequest, fetchResponse } from '../../protocol/schema/01-fetch.ts';
import { errorOf, throwIfFailed } from '../local-client/errors.ts';
import type { Isolation } from '../local-client/local-client.ts';
import { type ConsumedMessage, readRecords } from '../local-client/messages.ts';
import { ConnectionError } from '../net/client-socket.ts';
import type { Cluster } from './cluster.ts';
import { groupByLeader, listOffsets, partitionName, SpecialTimestamp, type TopicPartition } from './offsets.ts';

const FETCH = [fetchRequest, fetchResponse] as const;
/** The last version that names topics. */
const FETCH_VERSION = 12;
const MAX_WAIT_MS = 500;
const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;
const MAX_PARTITION_BYTES = 1024 * 1024;
/** Between tries while a partition has no leader, or its broker is away. */
const BACKOFF_MS = 200;

export interface PartitionReaderOptions {
  readonly isolation?: Isolation;
  /** Where to go on when the offset is not there (any more): Kafka's `auto.offset.reset`; an error with `none`. */
  readonly offsetReset?: 'earliest' | 'latest' | 'none';
  /** Of records, from each leader at once; at least one batch comes, whatever its size. 8 MiB when absent. */
  readonly maxBytes?: number;
}

interface Position extends TopicPartition {
  offset: number;
  /** What the last answer said; −1 before it. */
  endOffset: number;
}

/** Messages of one partition, in their order; none where only the end or the position moved. */
export interface ReadBatch extends TopicPartition {
  readonly messages: readonly ConsumedMessage[];
  /** Where to read on. */
  readonly nextOffset: number;
  /** The end as a consumer of this isolation sees it. */
  readonly endOffset: number;
}

/** Reads partitions that were given to it, wherever they are led, for as long as it is asked. */
export class PartitionReader {
  readonly #cluster: Cluster;
  readonly #isolation: Isolation;
  readonly #offsetReset: 'earliest' | 'latest' | 'none';
  readonly #maxBytes: number;
  readonly #positions = new Map<string, Position>();
  /** Met beside messages, which were given first. */
  #failure: unknown;

  constructor(cluster: Cluster, options: PartitionReaderOptions = {}) {
    const { isolation = 'read_uncommitted', offsetReset = 'none', maxBytes = DEFAULT_MAX_BYTES } = options;
    this.#cluster = cluster;
    this.#maxBytes = maxBytes;
    this.#isolation = isolation;
    this.#offsetReset = offsetReset;
  }

  /** Reads these partitions and no others from now on. */
  assign(partitions: readonly (TopicPartition & { readonly offset: number })[]): void {
    this.#positions.clear();
    this.#failure = undefined;
    for (const each of partitions) this.#positions.set(partitionName(each), { ...each, endOffset: -1 });
  }

  /** Where each partition is to be read on. */
  positions(): readonly (TopicPartition & { readonly offset: number })[] {
    return [...this.#positions.values()];
  }

  /** Reads a partition on from `offset`, if it is one of those that are read. */
  seek(partition: TopicPartition, offset: number): void {
    const position = this.#positions.get(partitionName(partition));
    if (position !== undefined) position.offset = offset;
  }

  drop(partition: TopicPartition): void {
    this.#positions.delete(partitionName(partition));
  }

  /**
   * What comes next, from every leader at once: resolves within half a second or so, with nothing where nothing came.
   * Rejects with errors that will not pass.
   */
  async poll(): Promise<ReadBatch[]> {
    const earlier = this.#failure;
    this.#failure = undefined;
    if (earlier !== undefined) throw earlier;
    try {
      const byLeader = await groupByLeader(this.#cluster, [...this.#positions.values()]);
      const batches: ReadBatch[] = [];
      const answers = await Promise.allSettled([...byLeader].map(([leader, led]) => this.#fetch(leader, led, batches)));
      const failed = answers.find((answer) => answer.status === 'rejected');
      if (failed !== undefined && batches.length === 0) throw failed.reason;
      if (failed !== undefined && !mayPass(failed.reason)) this.#failure = failed.reason;
      return batches;
    } catch (failure) {
      if (!mayPass(failure)) throw failure;
      for (const { topic, partition } of this.#positions.values()) this.#cluster.forgetLeader(topic, partition);
      await new Promise<void>((resolve) => this.#cluster.ports.clock.after(BACKOFF_MS, resolve));
      return [];
    }
  }

  /** Adds what was read to `batches`, whose positions have moved on, and then rejects with the first partition's failure. */
  async #fetch(leader: number, led: readonly Position[], batches: ReadBatch[]): Promise<void> {
    const isolationLevel = this.#isolation === 'read_committed' ? 1 : 0;
    const topics = led.map(({ topic, partition, offset }) => ({
      topic,
      partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: MAX_PARTITION_BYTES }],
    }));
    const body = { maxWaitMs: MAX_WAIT_MS, minBytes: 1, maxBytes: this.#maxBytes, isolationLevel, topics };
    const connection = await this.#cluster.broker(leader);
    const answer = await connection.send(FETCH, body, { maxVersion: FETCH_VERSION });
    throwIfFailed(answer, 'Fetch');
    let failure: unknown;
    for (const { topic, partitions } of answer.responses) {
      for (const each of partitions) {
        const position = this.#positions.get(`${topic}-${each.partitionIndex}`);
        if (position === undefined || !led.includes(position)) continue;
        try {
          if (each.errorCode !== ErrorCode.NONE) await this.#recover(position, each.errorCode);
          else batches.push(this.#read(position, each));
        } catch (cause) {
          failure ??= cause;
        }
      }
    }
    if (failure !== undefined) throw failure;
  }

  #read(
    position: Position,
    answer: {
      readonly highWatermark: number;
      readonly lastStableOffset: number;
      readonly records: Buffer | null;
      readonly abortedTransactions: readonly { producerId: number; firstOffset: number }[] | null;
    },
  ): ReadBatch {
    const isCommitted = this.#isolation === 'read_committed';
    const read = readRecords({
      bytes: answer.records ?? Buffer.alloc(0),
      fetchOffset: position.offset,
      maxMessages: Number.POSITIVE_INFINITY,
      abortedTransactions: isCommitted ? (answer.abortedTransactions ?? []) : null,
    });
    const { topic, partition } = position;
    position.offset = read.nextOffset;
    position.endOffset = isCommitted ? answer.lastStableOffset : answer.highWatermark;
    const messages = read.records.map(({ offset, timestamp, key, value, headers }) => ({
      ...{ topic, partition, offset, timestamp, key, value, headers },
    }));
    return { topic, partition, messages, nextOffset: position.offset, endOffset: position.endOffset };
  }

  async #recover(position: Position, errorCode: number): Promise<void> {
    const name = partitionName(position);
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE && this.#offsetReset !== 'none') {
      const timestamp = this.#offsetReset === 'earliest' ? SpecialTimestamp.EARLIEST : SpecialTimestamp.LATEST;
      const offsets = await listOffsets(this.#cluster, [position], timestamp, this.#isolation);
      position.offset = offsets.get(name) ?? position.offset;
      return;
    }
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      throw new KafkaError('OFFSET_OUT_OF_RANGE', `${name} has no offset ${position.offset}`);
    }
    this.#cluster.forgetLeader(position.topic, position.partition);
    throw errorOf({ errorCode }, `Fetch of ${name}`) ?? new KafkaError(errorName(errorCode), name);
  }
}

function mayPass(failure: unknown): boolean {
  return failure instanceof ConnectionError || (failure instanceof KafkaError && isRetriable(failure.error));
}
