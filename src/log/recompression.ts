/**
 * Recompression ahead of an append's turn, so that the event loop does not stand still for it. The append waits in its
 * log's queue at its place; what is checked, and in which order, is as without it: at its turn the batches are taken from
 * here instead of made on the spot.
 */
import { KafkaError } from '../../protocol/errors.ts';
import { allBatches } from '../../protocol/records/batch.ts';
import { type Executor, ExecutorError, type Job } from '../platform/executor.ts';
import type { LogConfig } from './log-config.ts';
import { needsRecompression, type RecompressionConfig, recompress } from './recompress.ts';

export interface RecompressionInput {
  readonly records: Uint8Array;
  readonly config: RecompressionConfig;
  /** Of the partition, for messages. */
  readonly name: string;
}

export const recompressionJob: Job<RecompressionInput, Uint8Array> = {
  name: 'recompression',
  // biome-ignore lint/correctness/useYield: one batch is recompressed in one go.
  *run({ records, config, name }) {
    const buffer = bufferOf(records);
    return recompress(buffer, allBatches(buffer), config, name);
  },
};

/**
 * Below this the event loop is held for 0.2 ms at the most, and a worker's answer comes 0.1 ms later; docs/adr has the
 * measurement. A compressed batch grows first.
 */
const SMALLEST_BYTES = 4096;
const SMALLEST_COMPRESSED_BYTES = 1024;

export interface RecompressionOptions {
  readonly executor: Executor;
  /** Aborted when the log takes nothing more. */
  readonly signal: () => AbortSignal;
  /** Of the partition, for messages. */
  readonly name: string;
}

export class Recompression {
  /** Resolves when the outcome is there, whatever it is. */
  readonly done: Promise<void>;
  readonly #config: RecompressionConfig;
  #records: Buffer | undefined;
  #failure: KafkaError | undefined;

  /** `undefined` when the batches stay as they are, or are made anew on the spot: they are small, or no batches. */
  static begin(records: Buffer, config: LogConfig, options: RecompressionOptions): Recompression | undefined {
    return isLong(records, config) ? new Recompression(records, config, options) : undefined;
  }

  private constructor(records: Buffer, config: LogConfig, { executor, signal: getSignal, name }: RecompressionOptions) {
    const { compressionType, compressionLevels, maxMessageBytes } = config;
    this.#config = { compressionType, compressionLevels, maxMessageBytes };
    const copy = Buffer.allocUnsafeSlow(records.length);
    records.copy(copy);
    const signal = getSignal();
    const input = { records: copy, config: this.#config, name };
    this.done = executor.run(recompressionJob, input, { signal, transfer: [copy.buffer] }).then(
      (made) => {
        this.#records = bufferOf(made);
      },
      (error) => {
        if (!signal.aborted) this.#failure = failureOf(error, name);
      },
    );
  }

  /**
   * What `recompress` would return or throw; `undefined` when that has still to be done: the topic's settings are others
   * now, or no worker took the job.
   */
  outcome(config: LogConfig): Buffer | undefined {
    const { compressionType, compressionLevels, maxMessageBytes } = this.#config;
    const isCurrent =
      config.compressionType === compressionType &&
      config.compressionLevels === compressionLevels &&
      config.maxMessageBytes === maxMessageBytes;
    if (!isCurrent) return undefined;
    if (this.#failure !== undefined) throw this.#failure;
    return this.#records;
  }
}

function isLong(records: Buffer, config: LogConfig): boolean {
  if (records.length < SMALLEST_COMPRESSED_BYTES) return false;
  try {
    const found = allBatches(records);
    const isCompressed = found.some(({ compression }) => compression !== 'none');
    if (!isCompressed && records.length < SMALLEST_BYTES) return false;
    return needsRecompression(found, config);
  } catch {
    // The append's own checks will say what is wrong with it.
    return false;
  }
}

/** `undefined` where the job may as well be done elsewhere. */
function failureOf(error: unknown, name: string): KafkaError | undefined {
  if (error instanceof KafkaError) return error;
  if (error instanceof ExecutorError && error.code !== 'WORKER_DIED') return undefined;
  // What ended a worker would end the broker.
  const message = `a batch for ${name} cannot be recompressed: ${error instanceof Error ? error.message : error}`;
  return new KafkaError('UNKNOWN_SERVER_ERROR', message, { cause: error });
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
