/**
 * Logs on their way out. The directory gets another name at once, so that a crash leaves nothing that looks like a log;
 * what is in it can be read by who is at it until it is removed, after `file.delete.delay.ms`.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { FileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import type { BackgroundTasks } from './background-tasks.ts';
import { departingDirectoryName, type TopicPartition } from './file-names.ts';
import { inParallel } from './in-parallel.ts';
import type { Log } from './log.ts';
import type { LogDirectory } from './log-directory.ts';
import type { HeldLog } from './log-opener.ts';

export interface DeparturesOptions {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tasks: BackgroundTasks;
  /** 32 hex digits. */
  readonly uniqueId: () => string;
}

export class Departures {
  readonly #options: DeparturesOptions;
  readonly #departing = new Map<Log, Timer>();

  constructor(options: DeparturesOptions) {
    this.#options = options;
  }

  /** Takes a log out, and removes it after a while. */
  async begin({ log, home }: HeldLog): Promise<void> {
    const { clock, fs, tasks } = this.#options;
    const directory = this.#nameFor(log.topicPartition, home, '-delete');
    await log.moveAway(directory);
    await home.forget(log.topicPartition);
    const timer = clock.after(log.config.fileDeleteDelayMs, () => {
      this.#departing.delete(log);
      tasks.start('remove a deleted log', async () => {
        await log.abandon();
        await fs.remove(directory);
      });
    });
    this.#departing.set(log, timer);
  }

  /** Sets a log aside that is none of this broker's, and answers where; only a person removes it. */
  async setAside({ log, home }: HeldLog): Promise<string> {
    const directory = this.#nameFor(log.topicPartition, home, '-stray');
    await log.moveAway(directory);
    await log.abandon();
    return directory;
  }

  /** Removes a directory that was not loaded as a log. */
  async remove(tp: TopicPartition, home: LogDirectory, directory: string): Promise<void> {
    const { fs, tasks } = this.#options;
    const departing = this.#nameFor(tp, home, '-delete');
    await fs.rename(directory, departing);
    tasks.start('remove a deleted log', () => fs.remove(departing));
  }

  /** What is not removed yet is removed by the next start. */
  async close(parallelism: number): Promise<void> {
    for (const timer of this.#departing.values()) timer.cancel();
    await inParallel([...this.#departing.keys()], parallelism, async (log) => {
      try {
        await log.closeMovedAway();
      } catch (err) {
        this.#options.logger.warn(
          { err, log: log.directory },
          'a deleted log could not be closed; it is removed later',
        );
      }
    });
  }

  #nameFor(tp: TopicPartition, home: LogDirectory, suffix: '-delete' | '-stray'): string {
    return `${home.path}/${departingDirectoryName(tp, this.#options.uniqueId(), suffix)}`;
  }
}
