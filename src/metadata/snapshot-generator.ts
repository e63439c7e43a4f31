/**
 * Snapshots of the metadata: made when enough was written since the last one, or when it is old enough and something
 * changed; then the log need not reach back behind the oldest that is kept. Kafka's `SnapshotGenerator`, and what
 * `KafkaMetadataLog` cleans. An image never changes, so it is written out piece by piece while the node goes on.
 */
import { batches } from '../../protocol/records/batch.ts';
import type { KRaftControl } from '../../protocol/records/control.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { CheckpointBuilder } from '../raft/checkpoint.ts';
import type { KRaftNode } from '../raft/kraft-node.ts';
import { type LoggedBatch, readBatch } from '../raft/logged-batch.ts';
import type { OffsetAndEpoch } from '../raft/messages.ts';
import type { RaftLog } from '../raft/raft-log.ts';
import type { SnapshotStore } from '../raft/snapshot-store.ts';
import type { MetadataImage } from './image.ts';
import { imageRecords } from './image-records.ts';
import { PeriodicTasks } from './periodic-tasks.ts';

export interface SnapshotConfig {
  /** `metadata.log.max.record.bytes.between.snapshots` */
  readonly maxBytes: number;
  /** `metadata.log.max.snapshot.interval.ms`; 0 for never. */
  readonly maxIntervalMs: number;
  /** `metadata.max.retention.bytes`, of the log and its snapshots; −1 for no bound. */
  readonly retentionBytes: number;
  /** `metadata.max.retention.ms`; −1 for no bound. */
  readonly retentionMs: number;
}

/** Kafka's defaults. */
export const defaultSnapshotConfig: SnapshotConfig = {
  maxBytes: 20 * 1024 * 1024,
  maxIntervalMs: 3_600_000,
  retentionBytes: 100 * 1024 * 1024,
  retentionMs: 7 * 24 * 3_600_000,
};

/** How often old snapshots are looked for, as Kafka's `RaftMetadataLogCleanerManager` has it. */
const CLEAN_INTERVAL_MS = 60_000;
/** Records in one batch of a snapshot, as Kafka's writer has them. */
const BATCH_RECORDS = 1024;
const HEADER_BYTES = 64 * 1024;

export interface SnapshotGeneratorOptions {
  readonly raft: KRaftNode;
  readonly log: RaftLog;
  readonly snapshots: SnapshotStore;
  readonly config: SnapshotConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class SnapshotGenerator {
  readonly #options: SnapshotGeneratorOptions;
  #bytes = 0;
  #timestamp = 0;
  #image: MetadataImage | undefined;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #cleaning: Promise<void> | undefined;
  readonly #tasks: PeriodicTasks;
  #isClosed = false;

  constructor(options: SnapshotGeneratorOptions) {
    this.#options = options;
    this.#tasks = new PeriodicTasks(options.clock, options.logger);
    this.#tasks.every('cleanSnapshots', CLEAN_INTERVAL_MS, () => this.#clean());
  }

  /** A batch is committed: it counts towards the next snapshot. */
  replayed({ frames, timestamp }: LoggedBatch): void {
    for (const { length } of frames) this.#bytes += length;
    this.#timestamp = timestamp;
  }

  /** What was replayed before is in this image, which may be the one to write. */
  published(image: MetadataImage): void {
    if (this.#isClosed || this.#bytes === 0) return;
    this.#image = image;
    const { config, clock } = this.#options;
    if (this.#bytes >= config.maxBytes) this.#generate(`${this.#bytes} bytes of records since the last one`);
    else if (config.maxIntervalMs > 0) {
      this.#timer ??= clock.after(config.maxIntervalMs, () => this.#generate('the last one is old'));
    }
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#tasks.stop();
    this.#timer?.cancel();
    await this.#running;
    await this.#cleaning?.catch(() => {});
  }

  #generate(reason: string): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const image = this.#image;
    if (this.#running !== undefined || image === undefined) return;
    this.#image = undefined;
    this.#bytes = 0;
    this.#running = this.#write(image, this.#timestamp, reason)
      .catch((failure: unknown) => {
        // The log has it all still; the next snapshot comes with the next bytes.
        this.#options.logger.error({ err: failure }, 'a snapshot of the metadata could not be written');
      })
      .finally(() => {
        this.#running = undefined;
        // What was published meanwhile may be due by now.
        if (this.#image !== undefined) this.published(this.#image);
      });
  }

  async #write(image: MetadataImage, timestamp: number, reason: string): Promise<void> {
    const { raft, snapshots, clock, logger } = this.#options;
    const id: OffsetAndEpoch = { endOffset: image.offset + 1, epoch: image.epoch };
    if (snapshots.ids.some(({ endOffset }) => endOffset >= id.endOffset)) return;
    const startedMs = clock.monotonic();
    const { kraftVersion, voters } = raft.quorumAt(id.endOffset);
    const controls: KRaftControl[] =
      kraftVersion === 0
        ? []
        : [
            { type: 'kraftVersion', value: { version: 0, kRaftVersion: kraftVersion } },
            { type: 'kraftVoters', value: { version: 0, voters } },
          ];
    const builder = new CheckpointBuilder(clock.now());
    const partial = await snapshots.create(id);
    try {
      await partial.append(builder.header(timestamp, controls));
      let frames: Buffer[] = [];
      for (const frame of imageRecords(image)) {
        if (frames.push(frame) < BATCH_RECORDS) continue;
        await partial.append(builder.batch(frames));
        frames = [];
        if (this.#isClosed) {
          await partial.abandon();
          return;
        }
      }
      if (frames.length > 0) await partial.append(builder.batch(frames));
      await partial.append(builder.footer());
      await partial.freeze();
    } catch (failure) {
      await partial.abandon().catch(() => {});
      throw failure;
    }
    const tookMs = Math.round(clock.monotonic() - startedMs);
    logger.info({ ...id, sizeBytes: partial.size, tookMs, reason }, 'wrote a snapshot of the metadata');
    await this.#clean();
  }

  /** Lets the oldest snapshots go, and the log below the oldest that stays: never the last one. One pass at a time. */
  #clean(): Promise<void> {
    this.#cleaning ??= this.#cleanOnce().finally(() => {
      this.#cleaning = undefined;
    });
    return this.#cleaning;
  }

  async #cleanOnce(): Promise<void> {
    const { raft, log, snapshots, config, clock } = this.#options;
    for (;;) {
      const [oldest, next] = snapshots.ids;
      if (oldest === undefined || next === undefined) return;
      let sizeBytes = log.sizeInBytes;
      for (const id of snapshots.ids) sizeBytes += await snapshots.size(id);
      const isTooMuch = config.retentionBytes >= 0 && sizeBytes > config.retentionBytes;
      const ageMs = clock.now() - (await timestampOf(snapshots, oldest));
      if (!isTooMuch && !(config.retentionMs >= 0 && ageMs > config.retentionMs)) return;
      await raft.alone(async () => {
        await raft.trimBefore(next);
        await snapshots.remove(oldest);
      });
    }
  }
}

/** Of the last record in it. */
async function timestampOf(snapshots: SnapshotStore, id: OffsetAndEpoch): Promise<number> {
  for (const view of batches(await snapshots.read(id, 0, HEADER_BYTES))) {
    const [header] = readBatch(view).controls;
    if (header?.type === 'snapshotHeader') return header.lastContainedLogTimestamp;
    break;
  }
  throw new Error(`the snapshot at offset ${id.endOffset} of epoch ${id.epoch} has no header`);
}
