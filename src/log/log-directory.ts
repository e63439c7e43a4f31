/**
 * One of `log.dirs`: the checkpoints that speak of all logs in it, the marker of a clean stop, and which directories in
 * it are logs.
 */
import { type FileSystem, replacedBy } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import { formatOffsets, type OffsetEntry, parseOffsets } from './checkpoint-file.ts';
import { logDirectoryName, parseDirectoryName, type TopicPartition } from './file-names.ts';

const RECOVERY_POINTS = 'recovery-point-offset-checkpoint';
const HIGH_WATERMARKS = 'replication-offset-checkpoint';
const LOG_STARTS = 'log-start-offset-checkpoint';
const CLEANER_OFFSETS = 'cleaner-offset-checkpoint';
const CHECKPOINTS = [RECOVERY_POINTS, HIGH_WATERMARKS, LOG_STARTS, CLEANER_OFFSETS] as const;
type CheckpointName = (typeof CHECKPOINTS)[number];
const CLEAN_SHUTDOWN = '.kafka_cleanshutdown';
/** Files of the dir itself, which are replaced whole. */
const REPLACED: ReadonlySet<string | undefined> = new Set([...CHECKPOINTS, CLEAN_SHUTDOWN, 'meta.properties']);
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
  /** What each checkpoint says, or will when its write is done, by the names of the logs' directories. */
  readonly #checkpoints = new Map<CheckpointName, ReadonlyMap<string, OffsetEntry>>();
  /** The last write of each checkpoint; the next one waits for it. */
  readonly #writes = new Map<CheckpointName, Promise<void>>();
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
    return this.#offset(RECOVERY_POINTS, tp) ?? 0;
  }

  highWatermark(tp: TopicPartition): number | undefined {
    return this.#offset(HIGH_WATERMARKS, tp);
  }

  logStart(tp: TopicPartition): number {
    return this.#offset(LOG_STARTS, tp) ?? 0;
  }

  /** How far the log was compacted; `undefined` when it never was. */
  cleanerOffset(tp: TopicPartition): number | undefined {
    return this.#offset(CLEANER_OFFSETS, tp);
  }

  #offset(checkpoint: CheckpointName, tp: TopicPartition): number | undefined {
    return this.#checkpoints.get(checkpoint)?.get(logDirectoryName(tp))?.offset;
  }

  /** Writes down how far the log was compacted. */
  setCleanerOffset({ topic, partition }: TopicPartition, offset: number): Promise<void> {
    const name = logDirectoryName({ topic, partition });
    const entry = { topic, partition, offset };
    return this.#write(CLEANER_OFFSETS, (written) => [...new Map(written).set(name, entry).values()]);
  }

  /**
   * Forgets a log that is gone, in the files too: another of its name begins anew, and after a crash the old one's log
   * start or recovery point would cut it off or speak for it.
   */
  async forget(tp: TopicPartition): Promise<void> {
    const name = logDirectoryName(tp);
    for (const checkpoint of CHECKPOINTS) {
      if (this.isOffline || this.#checkpoints.get(checkpoint)?.has(name) !== true) continue;
      await this.#write(checkpoint, (written) =>
        [...written].flatMap(([each, entry]) => (each === name ? [] : [entry])),
      );
    }
  }

  /**
   * Reads checkpoints and marker, and takes the marker away: from here on a crash is a crash. Returns the logs found and
   * the directories whose deletion a stop interrupted.
   */
  async open(): Promise<{ logs: TopicPartition[]; leftovers: string[] }> {
    await this.#fs.makeDirectory(this.path);
    const entries = this.#fs.startup.list(this.path);
    for (const checkpoint of CHECKPOINTS) this.#checkpoints.set(checkpoint, this.#readOffsets(checkpoint));
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
      if (!isDirectory) {
        // Left by a crash.
        if (REPLACED.has(replacedBy(name))) await this.#fs.remove(`${this.path}/${name}`);
        continue;
      }
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
    return { logs, leftovers };
  }

  /** @param entries of all logs in the directory, when the write begins; so for the other two */
  writeHighWatermarks(entries: () => readonly OffsetEntry[]): Promise<void> {
    return this.#write(HIGH_WATERMARKS, entries);
  }

  writeRecoveryPoints(entries: () => readonly OffsetEntry[]): Promise<void> {
    return this.#write(RECOVERY_POINTS, entries);
  }

  writeLogStarts(entries: () => readonly OffsetEntry[]): Promise<void> {
    return this.#write(LOG_STARTS, entries);
  }

  /**
   * Before anything is written to a log that was truncated to below its checkpointed recovery point, which would speak for
   * it. One write does for all logs that were truncated by then.
   */
  async lowerRecoveryPoint(tp: TopicPartition, offset: number, entries: () => readonly OffsetEntry[]): Promise<void> {
    await this.#writes.get(RECOVERY_POINTS);
    if (this.recoveryPoint(tp) > offset) await this.writeRecoveryPoints(entries);
  }

  /** Says that everything was written: the next start scans nothing. */
  async markCleanlyClosed(brokerEpoch: number): Promise<void> {
    await this.#fs.replaceFile(`${this.path}/${CLEAN_SHUTDOWN}`, JSON.stringify({ version: 0, brokerEpoch }));
  }

  /** One write of a file after the other, each of what holds when it begins. */
  #write(
    checkpoint: CheckpointName,
    entries: (written: ReadonlyMap<string, OffsetEntry>) => readonly OffsetEntry[],
  ): Promise<void> {
    const write = async (): Promise<void> => {
      const current = byName(entries(this.#checkpoints.get(checkpoint) ?? new Map()));
      this.#checkpoints.set(checkpoint, current);
      const text = formatOffsets([...current.values()]);
      if (this.#lastWritten.get(checkpoint) === text) return;
      this.#lastWritten.delete(checkpoint);
      await this.#fs.replaceFile(`${this.path}/${checkpoint}`, text);
      this.#lastWritten.set(checkpoint, text);
    };
    const written = (this.#writes.get(checkpoint) ?? Promise.resolve()).then(write);
    this.#writes.set(
      checkpoint,
      written.catch(() => {}),
    );
    return written;
  }

  /** A checkpoint that does not read costs time, or shows records that were deleted; it never costs records. */
  #readOffsets(checkpoint: CheckpointName): ReadonlyMap<string, OffsetEntry> {
    const path = `${this.path}/${checkpoint}`;
    const bytes = this.#fs.startup.readFile(path);
    if (bytes === null) return new Map();
    try {
      return byName(parseOffsets(bytes.toString(), path));
    } catch (error) {
      this.#logger.warn({ err: error }, 'a checkpoint does not read; its offsets count as 0');
      return new Map();
    }
  }
}

function byName(entries: readonly OffsetEntry[]): ReadonlyMap<string, OffsetEntry> {
  return new Map(entries.map((entry) => [logDirectoryName(entry), entry]));
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
