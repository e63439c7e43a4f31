import { batches, records } from '../../protocol/records/batch.ts';
import { type BatchOptions, buildBatch } from '../../protocol/records/builder.ts';
import { buildEndTxnMarker } from '../../protocol/records/control.ts';
import { type AppendOrigin, type Isolation, Log, type LogOptions } from '../../src/log/log.ts';
import { defaultLogConfig, type LogConfig } from '../../src/log/log-config.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';
import type { FileSystem } from '../../src/platform/file-system.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';

export const TOPIC_ID = '7FPpPkkETgKu4FkSwtEJ3g';
export const DIRECTORY = '/data/orders-0';
export const NOW = 1_700_000_000_000;

export interface Bench {
  readonly fs: MemoryFileSystem;
  readonly clock: SimulatedClock;
  readonly log: Log;
  /** Opens the same directory again. */
  reopen(options?: Partial<LogOptions>): Promise<Log>;
}

/** A log on a file system in memory. */
export async function openLog(
  config: Partial<LogConfig> = {},
  options: Partial<LogOptions> & { fs?: FileSystem } = {},
): Promise<Bench> {
  const clock = new SimulatedClock(NOW);
  const fs = options.fs instanceof MemoryFileSystem ? options.fs : new MemoryFileSystem({ now: () => clock.now() });
  await fs.makeDirectory(DIRECTORY);
  const open = (more: Partial<LogOptions> = {}): Promise<Log> =>
    Log.open({
      directory: DIRECTORY,
      topicPartition: { topic: 'orders', partition: 0 },
      topicId: TOPIC_ID,
      config: { ...defaultLogConfig, ...config },
      clock,
      logger: silentLogger,
      ...options,
      fs,
      ...more,
    });
  return { fs, clock, log: await open(), reopen: open };
}

/** A client's batch of records with these values (and keys alike), a millisecond apart. */
export function batch(values: readonly string[], options: BatchOptions & { timestamp?: number } = {}): Buffer {
  const { timestamp = NOW } = options;
  return buildBatch(
    values.map((value, index) => ({
      timestamp: timestamp + index,
      key: Buffer.from(value),
      value: Buffer.from(value),
    })),
    options,
  );
}

/** Appends as the leader of epoch 0. */
export function append(log: Log, records: Buffer, origin: AppendOrigin = 'client', leaderEpoch = 0) {
  return log.appendAsLeader(records, { leaderEpoch, origin });
}

/** An idempotent producer's batch. */
export function produced(producerId: number, baseSequence: number, values: readonly string[], more: BatchOptions = {}) {
  return batch(values, { producerId, producerEpoch: 0, baseSequence, ...more });
}

/** Ends the producer's transaction. */
export function marker(type: 'commit' | 'abort', producerId: number, coordinatorEpoch = 0, producerEpoch = 0): Buffer {
  return buildEndTxnMarker({ type, coordinatorEpoch, producerId, producerEpoch, timestamp: NOW });
}

/** Every record from `from` on: its offset and value. Reads as a consumer does, piece by piece. */
export async function readAll(
  log: Log,
  from = log.logStartOffset,
  isolation: Isolation = 'logEnd',
  maxBytes = 1024 ** 2,
): Promise<[number, string][]> {
  const found: [number, string][] = [];
  let at = from;
  for (;;) {
    const fetched = await log.read(at, { maxBytes, minOneMessage: true, isolation });
    if (fetched.sizeInBytes === 0) return found;
    for (const each of batches(Buffer.concat(fetched.records))) {
      for (const record of records(each)) {
        if (record.offset >= at && !each.isControl) found.push([record.offset, String(record.value)]);
      }
      at = each.nextOffset;
    }
  }
}

/** Values `prefix0`, `prefix1` … */
export function values(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
