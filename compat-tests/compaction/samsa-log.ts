/** Samsa's log and compaction on one partition's directory, at a time that is told; and the batches to fill it with. */
import { readFileSync } from 'node:fs';
import { type BatchView, batches, type NewRecord, records } from '../../protocol/records/batch.ts';
import { buildBatch, buildLegacy } from '../../protocol/records/builder.ts';
import type { CompressionType } from '../../protocol/records/compression.ts';
import { buildEndTxnMarker } from '../../protocol/records/control.ts';
import { cleanLog } from '../../src/log/compaction/cleaner.ts';
import { dirtyRange } from '../../src/log/compaction/dirty-range.ts';
import { NO_TOPIC_ID } from '../../src/log/file-names.ts';
import { jobErrors } from '../../src/log/jobs.ts';
import { Log } from '../../src/log/log.ts';
import { defaultLogConfig, type LogConfig } from '../../src/log/log-config.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';
import { InlineExecutor } from '../../src/platform/executor.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { NodeFileSystem } from '../../src/platform/node-file-system.ts';
import { packageFile } from '../../src/platform/package-file.ts';
import { type Random, seededRandom } from '../../src/platform/random.ts';
import { WorkerExecutor } from '../../src/platform/worker-executor.ts';

export interface Run {
  readonly directory: string;
  readonly config: Partial<LogConfig>;
  readonly nowMs: number;
  readonly wasCleanlyClosed: boolean;
  /** To be appended as a follower. */
  readonly appended: readonly Buffer[];
  /** Where the dirty part begins; −1 to compact nothing. */
  readonly from: number;
  readonly mapBytes: number;
  /** Whether in a worker thread, from the build. */
  readonly isInWorker: boolean;
}

const workers = new WorkerExecutor({ file: packageFile('dist/samsa-worker.js')!, errors: jobErrors });

/** As `KafkaLog.run`. */
export async function runSamsa({
  directory,
  config,
  nowMs,
  wasCleanlyClosed,
  appended,
  from,
  mapBytes,
  isInWorker,
}: Run) {
  const clock = new SimulatedClock(nowMs);
  const log = await Log.open({
    directory,
    topicPartition: { topic: 'log', partition: 0 },
    topicId: NO_TOPIC_ID,
    config: { ...defaultLogConfig, ...config },
    fs: new NodeFileSystem(),
    clock,
    logger: silentLogger,
    wasCleanlyClosed,
  });
  for (const batch of appended) await log.appendAsFollower(Buffer.from(batch));
  log.updateHighWatermark(log.logEndOffset);
  let endOffset = -1;
  if (from >= 0) {
    const range = await dirtyRange(log.compactable, from, nowMs);
    if (range.cleanableBytes > 0) {
      ({ endOffset } = await cleanLog(log.compactable, range, {
        clock,
        executor: isInWorker ? workers : new InlineExecutor({ clock }),
        mapBytes,
        mapLoadFactor: 0.9,
        ioBytes: 64 * 1024,
        throttle: async () => {},
        checkStopped: () => {},
      }));
    }
  }
  const producers = [...log.compactable.lastRecords()]
    .sort(([one], [other]) => one - other)
    .map(([id, { lastDataOffset, producerEpoch }]) => `${id}:${lastDataOffset}:${producerEpoch}`);
  const answer = `${endOffset} ${log.logEndOffset} ${producers.join(',') || '-'}`;
  await log.close();
  // Both sides let go of what was replaced; Kafka's scheduler does it at once here.
  await clock.advance(0);
  return answer;
}

/** A batch in words, but for its size and checksum, which follow from the codec's output. */
export function describeBatches(file: string): string[] {
  return [...batches(readFileSync(file))].map(describeBatch);
}

function describeBatch(batch: BatchView): string {
  const { magic, baseOffset, lastOffset, partitionLeaderEpoch, attributes, baseTimestamp, maxTimestamp } = batch;
  const { producerId, producerEpoch, baseSequence, count } = batch;
  const header = { magic, baseOffset, lastOffset, partitionLeaderEpoch, attributes, baseTimestamp, maxTimestamp };
  const rows = [...records(batch)].map(({ offset, timestamp, key, value, headers }) => {
    const shown = headers.map((each) => `${each.key}=${each.value?.toString('hex')}`);
    return `${offset}@${timestamp} ${key?.toString('hex')}=${value?.toString('hex')} ${shown}`;
  });
  const isValid = batch.isValid();
  return JSON.stringify({ ...header, producerId, producerEpoch, baseSequence, count, isValid, rows });
}

/** The number of compressed batches in a file: only these may differ in bytes. */
export function compressedCount(file: string): number {
  return [...batches(readFileSync(file))].filter(({ compression }) => compression !== 'none').length;
}

const CODECS: readonly CompressionType[] = ['gzip', 'snappy', 'lz4', 'zstd'];

interface Producer {
  readonly id: number;
  epoch: number;
  sequence: number;
  isInTransaction: boolean;
}

interface HistoryOptions {
  readonly keys: number;
  readonly isCompressed: boolean;
  readonly hasAborts: boolean;
}

/** A random history of keys, tombstones, transactions, headers, times and old formats. */
export class RandomBatches {
  readonly #random: Random;
  readonly #keys: number;
  readonly #isCompressed: boolean;
  readonly #hasAborts: boolean;
  readonly #producers: Producer[];
  #nextOffset = 0;
  #values = 0;
  #leaderEpoch = 0;

  constructor(seed: number, { keys, isCompressed, hasAborts }: HistoryOptions) {
    this.#random = seededRandom(seed);
    this.#keys = keys;
    this.#isCompressed = isCompressed;
    this.#hasAborts = hasAborts;
    this.#producers = Array.from({ length: 4 }, (_, at) => ({
      id: 1000 + at,
      epoch: 0,
      sequence: 0,
      isInTransaction: false,
    }));
  }

  below(bound: number): number {
    return Math.floor(this.#random.float() * bound);
  }

  chance(probability: number): boolean {
    return this.#random.float() < probability;
  }

  /**
   * The next batches: one, or several messages of an old format.
   * @param nowMs what the records' times are about
   */
  next(nowMs: number): Buffer[] {
    return Array.from(batches(this.#next(nowMs)), (batch) => batch.bytes());
  }

  #next(nowMs: number): Buffer {
    if (this.chance(0.02)) this.#leaderEpoch += 1 + this.below(3);
    // The first producers write seldom, so that compaction has to keep what they wrote last.
    const producer = this.#producers[Math.max(this.below(8), 4) - 4 === 0 ? this.below(4) : 3];
    if (producer === undefined || this.chance(0.35)) return this.chance(0.1) ? this.#legacy(nowMs) : this.#plain(nowMs);
    if (producer.isInTransaction && this.chance(0.4)) return this.#marker(producer, nowMs);
    return this.#produced(producer, nowMs);
  }

  #plain(nowMs: number): Buffer {
    const isStamped = this.chance(0.15);
    return this.#build(nowMs, isStamped ? { timestampType: 'LogAppendTime', maxTimestamp: nowMs } : {});
  }

  #produced(producer: Producer, nowMs: number): Buffer {
    if (!producer.isInTransaction && this.chance(0.05)) {
      producer.epoch++;
      producer.sequence = 0;
    }
    const isTransactional = producer.isInTransaction || this.chance(0.5);
    producer.isInTransaction = isTransactional;
    const { id: producerId, epoch: producerEpoch, sequence: baseSequence } = producer;
    const before = this.#nextOffset;
    const batch = this.#build(nowMs, { producerId, producerEpoch, baseSequence, isTransactional });
    producer.sequence += this.#nextOffset - before;
    return batch;
  }

  #marker(producer: Producer, nowMs: number): Buffer {
    producer.isInTransaction = false;
    // As transactions of version 2 do.
    if (this.chance(0.3)) {
      producer.epoch++;
      producer.sequence = 0;
    }
    return buildEndTxnMarker({
      type: this.#hasAborts && this.chance(0.5) ? 'abort' : 'commit',
      coordinatorEpoch: 0,
      producerId: producer.id,
      producerEpoch: producer.epoch,
      timestamp: nowMs,
      baseOffset: this.#nextOffset++,
      partitionLeaderEpoch: this.#leaderEpoch,
    });
  }

  #legacy(nowMs: number): Buffer {
    const magic = this.chance(0.5) ? 0 : 1;
    const rows = this.#rows(nowMs, false);
    const baseOffset = this.#nextOffset;
    this.#nextOffset += rows.length;
    // Without compression each message stands alone, as a batch of its own.
    const compression = this.#isCompressed && this.chance(0.5) ? 'gzip' : 'none';
    return buildLegacy(rows, { magic, baseOffset, compression });
  }

  #build(nowMs: number, options: Parameters<typeof buildBatch>[1]): Buffer {
    const rows = this.#rows(nowMs, true);
    const baseOffset = this.#nextOffset;
    this.#nextOffset += rows.length;
    const compression = this.#isCompressed && this.chance(0.6) ? CODECS[this.below(CODECS.length)]! : 'none';
    return buildBatch(rows, { ...options, baseOffset, compression, partitionLeaderEpoch: this.#leaderEpoch });
  }

  #rows(nowMs: number, hasHeaders: boolean): NewRecord[] {
    return Array.from({ length: 1 + this.below(this.chance(0.1) ? 60 : 6) }, () => ({
      timestamp: this.chance(0.03) ? -1 : nowMs - this.below(10_000) + this.below(2000),
      key: this.chance(0.02) ? null : Buffer.from(`key-${this.below(this.#keys)}`),
      value: this.chance(0.2) ? null : Buffer.from(`value-${this.#values++}`.padEnd(this.below(80), '.')),
      headers: hasHeaders && this.chance(0.1) ? [{ key: 'h', value: this.chance(0.5) ? null : Buffer.from('v') }] : [],
    }));
  }
}
