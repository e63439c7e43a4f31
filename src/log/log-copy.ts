/** Copies a log into another one, batch by batch, while it is written to. */
import type { Log } from './log.ts';

const READ_BYTES = 1024 ** 2;
/** A copy that lacks no more than this is near enough: the rest takes a moment. */
const NEAR_BYTES = 64 * 1024;

export interface LogCopyOptions {
  readonly from: Log;
  readonly to: Log;
  /** Waits until so many bytes more may be copied. */
  readonly throttle: (bytes: number) => Promise<void>;
  readonly signal: AbortSignal;
}

export class LogCopy {
  readonly #options: LogCopyOptions;
  #truncations: number;

  constructor(options: LogCopyOptions) {
    this.#options = options;
    this.#truncations = options.from.truncations;
  }

  /** Resolves when the copy is near the log's end, which moves on; rejects with the signal's reason, or as the logs do. */
  approach(): Promise<void> {
    return this.#copy(NEAR_BYTES);
  }

  /** Resolves when the copy has all of a log that nothing is appended to meanwhile. Not throttled. */
  finish(): Promise<void> {
    return this.#copy(0);
  }

  async #copy(nearBytes: number): Promise<void> {
    const { from, to, throttle, signal } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      await this.#align();
      if (to.logEndOffset >= from.logEndOffset) return;
      const { records, sizeInBytes } = await from.read(to.logEndOffset, {
        maxBytes: READ_BYTES,
        minOneMessage: true,
        isolation: 'logEnd',
      });
      if (sizeInBytes === 0) throw new Error(`${from.directory} gives nothing at offset ${to.logEndOffset}`);
      await to.appendAsFollower(Buffer.concat(records));
      if (nearBytes === 0) continue;
      await throttle(sizeInBytes);
      if (sizeInBytes <= nearBytes) return;
    }
  }

  /** The copy begins anew where the log was cut, or no longer has what comes next. */
  async #align(): Promise<void> {
    const { from, to } = this.#options;
    const isCut = this.#truncations !== from.truncations;
    if (!isCut && to.logEndOffset >= from.logStartOffset) return;
    this.#truncations = from.truncations;
    await to.truncateFullyAndStartAt(from.logStartOffset);
  }
}
