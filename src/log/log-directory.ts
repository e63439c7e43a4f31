/**
 * One of `log.dirs`: the checkpoints that speak of all logs in it, the marker of a clean stop, and which directories in
 * it are logs.
 */
import type { FileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import { formatOffsets, type OffsetEntry, parseOffsets } from './checkpoint-file.ts';
import { logDirectoryName, parseDirectoryName, type TopicPartition } from './file-names.ts';

const RECOVERY_POINTS = 'recovery-point-offset-checkpoint';
const HIGH_WATERMARKS = 'replication-offset-checkpoint';
const LOG_STARTS = 'log-start-offset-checkpoint';
const CLEANER_OFFSETS = 'cleaner-offset-checkpoint';
const CLEAN_SHUTDOWN = '.kafka_cleanshutdown';
/** The metadata log is not the log manager's. */
const METADATA_TOPIC = '__cluster_metadata';

/** A copy of a log that was on its way into the dir. */
export interface FutureDirectory {
  readonly topicPartition: TopicPartition;
  readonly directory: string;
}

export class LogDirectory {
  readonly path: string;
  readonly id: string | undefined;
  readonly #fs: FileSystem;
  readonly #logger: Logger;
  readonly #lastWritten = new Map<string, string>();
  #wasCleanlyClosed = false;
  #previousBrokerEpoch = -1;
  #recoveryPoints = new Map<string, number>();
  #highWatermarks = new Map<string, number>();
  #logStarts = new Map<string, number>();
  readonly #cleanerOffsets = new Map<string, OffsetEntry>();
  /** The last write of each checkpoint; the next one waits for it. */
  readonly #writes = new Map<string, Promise<void>>();
  /** Found by `open`. */
  readonly futures: FutureDirectory[] = [];
  isOffline = false;
  logCount = 0;

  /** @param id of its `meta.properties` */
  constructor(path: string, id: string | undefined, fs: FileSystem, logger: Logger) {
    this.path = path;
    this.id = id;
    this.#fs = fs;
    this.#logger = logger;
  }

  get wasCleanlyClosed(): boolean {
    return this.#wasCleanlyClosed;
  }

  /** Of the broker that stopped cleanly; −1 when none did. */
  get previousBrokerEpoch(): number {
    return this.#previousBrokerEpoch;
  }

  recoveryPoint(tp: TopicPartition): number {
    return this.#recoveryPoints.get(logDirectoryName(tp)) ?? 0;
  }

  highWatermark(tp: TopicPartition): number | undefined {
    return this.#highWatermarks.get(logDirectoryName(tp));
  }

  logStart(tp: TopicPartition): number {
    return this.#logStarts.get(logDirectoryName(tp)) ?? 0;
  }

  /** How far the log was compacted; `undefined` when it never was. */
  cleanerOffset(tp: TopicPartition): number | undefined {
    return this.#cleanerOffsets.get(logDirectoryName(tp))?.offset;
  }

  /** Writes down how far the log was compacted. */
  setCleanerOffset({ topic, partition }: TopicPartition, offset: number): Promise<void> {
    this.#cleanerOffsets.set(logDirectoryName({ topic, partition }), { topic, partition, offset });
    return this.#write(CLEANER_OFFSETS, () => [...this.#cleanerOffsets.values()]);
  }

  /** Forgets a log that is gone: another of its name begins anew. */
  async forget(tp: TopicPartition): Promise<void> {
    const name = logDirectoryName(tp);
    for (const offsets of [this.#recoveryPoints, this.#highWatermarks, this.#logStarts]) offsets.delete(name);
    if (this.#cleanerOffsets.delete(name) && !this.isOffline) {
      await this.#write(CLEANER_OFFSETS, () => [...this.#cleanerOffsets.values()]);
    }
  }

  /**
   * Reads checkpoints and marker, and takes the marker away: from here on a crash is a crash. Returns the logs found and
   * the directories whose deletion a stop interrupted.
   */
  async open(): Promise<{ logs: TopicPartition[]; leftovers: string[] }> {
    await this.#fs.makeDirectory(this.path);
    const entries = this.#fs.startup.list(this.path);
    this.#recoveryPoints = this.#readOffsets(RECOVERY_POINTS);
    this.#highWatermarks = this.#readOffsets(HIGH_WATERMARKS);
    this.#logStarts = this.#readOffsets(LOG_STARTS);
    const cleanerOffsets = this.#readOffsets(CLEANER_OFFSETS);
    const marker = this.#fs.startup.readFile(`${this.path}/${CLEAN_SHUTDOWN}`);
    if (marker !== null) {
      this.#wasCleanlyClosed = true;
      this.#previousBrokerEpoch = parseMarker(marker.toString());
      await this.#fs.remove(`${this.path}/${CLEAN_SHUTDOWN}`);
      await this.#fs.syncDirectory(this.path);
    }
    const logs: TopicPartition[] = [];
    const leftovers: string[] = [];
    for (const { name, isDirectory } of entries) {
      if (!isDirectory) continue;
      const parsed = parseDirectoryName(name);
      if (parsed === undefined) {
        this.#logger.warn({ directory: `${this.path}/${name}` }, 'a directory that is no log is left alone');
      } else if (parsed.kind === 'log') {
        if (parsed.topicPartition.topic !== METADATA_TOPIC) logs.push(parsed.topicPartition);
      } else if (parsed.kind === 'delete') {
        leftovers.push(`${this.path}/${name}`);
      } else if (parsed.kind === 'stray') {
        this.#logger.warn({ directory: `${this.path}/${name}` }, 'a log of no partition here was set aside; delete it');
      } else {
        this.futures.push({ topicPartition: parsed.topicPartition, directory: `${this.path}/${name}` });
      }
    }
    for (const tp of logs) {
      const offset = cleanerOffsets.get(logDirectoryName(tp));
      if (offset !== undefined) this.#cleanerOffsets.set(logDirectoryName(tp), { ...tp, offset });
    }
    return { logs, leftovers };
  }

  async writeHighWatermarks(entries: readonly OffsetEntry[]): Promise<void> {
    await this.#write(HIGH_WATERMARKS, () => entries);
  }

  async writeRecoveryPoints(entries: readonly OffsetEntry[]): Promise<void> {
    await this.#writeRecoveryPoints(() => entries);
  }

  /**
   * Before anything is written to a log that was truncated to below its checkpointed recovery point, which would speak for
   * it. One write does for all logs that were truncated by then.
   * @param entries of all logs in the directory, when the write begins
   */
  async lowerRecoveryPoint(tp: TopicPartition, offset: number, entries: () => readonly OffsetEntry[]): Promise<void> {
    await this.#writes.get(RECOVERY_POINTS);
    if (this.recoveryPoint(tp) > offset) await this.#writeRecoveryPoints(entries);
  }

  #writeRecoveryPoints(entries: () => readonly OffsetEntry[]): Promise<void> {
    return this.#write(RECOVERY_POINTS, () => {
      const written = entries();
      this.#recoveryPoints = new Map(written.map((entry) => [logDirectoryName(entry), entry.offset]));
      return written;
    });
  }

  async writeLogStarts(entries: readonly OffsetEntry[]): Promise<void> {
    await this.#write(LOG_STARTS, () => entries);
  }

  /** Says that everything was written: the next start scans nothing. */
  async markCleanlyClosed(brokerEpoch: number): Promise<void> {
    await this.#fs.replaceFile(`${this.path}/${CLEAN_SHUTDOWN}`, JSON.stringify({ version: 0, brokerEpoch }));
  }

  /** One write of a file after the other, each of what holds when it begins. */
  #write(file: string, entries: () => readonly OffsetEntry[]): Promise<void> {
    const write = async (): Promise<void> => {
      const text = formatOffsets(entries());
      if (this.#lastWritten.get(file) === text) return;
      this.#lastWritten.delete(file);
      await this.#fs.replaceFile(`${this.path}/${file}`, text);
      this.#lastWritten.set(file, text);
    };
    const written = (this.#writes.get(file) ?? Promise.resolve()).then(write);
    this.#writes.set(
      file,
      written.catch(() => {}),
    );
    return written;
  }

  /** A checkpoint that does not read costs time, or shows records that were deleted; it never costs records. */
  #readOffsets(file: string): Map<string, number> {
    const path = `${this.path}/${file}`;
    const bytes = this.#fs.startup.readFile(path);
    if (bytes === null) return new Map();
    try {
      return new Map(parseOffsets(bytes.toString(), path).map((entry) => [logDirectoryName(entry), entry.offset]));
    } catch (error) {
      this.#logger.warn({ err: error }, 'a checkpoint does not read; its offsets count as 0');
      return new Map();
    }
  }
}

/** The marker of Kafka 3.7 and later is JSON with the broker's epoch; before, an empty file. */
function parseMarker(text: string): number {
  try {
    const value: unknown = JSON.parse(text);
    if (
      typeof value === 'object' &&
      value !== null &&
      'brokerEpoch' in value &&
      typeof value.brokerEpoch === 'number'
    ) {
      return value.brokerEpoch;
    }
  } catch {
    // Not JSON: an older marker, which says only that it is there.
  }
  return -1;
}
