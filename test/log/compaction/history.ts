/** Random histories of a compacted log, and what naive compaction leaves of them. */
import { buildBatch } from '../../../protocol/records/builder.ts';
import type { CompressionType } from '../../../protocol/records/compression.ts';
import type { Log } from '../../../src/log/log.ts';
import { append, marker, NOW } from '../fixture.ts';

export type Random = () => number;

interface Row {
  readonly offset: number;
  readonly key: string;
  readonly value: string | null;
}

interface Written {
  readonly rows: Row[];
  readonly producerId: number;
  isAborted: boolean;
  horizonMs: number | undefined;
}

const CODECS: readonly CompressionType[] = ['none', 'none', 'gzip', 'snappy', 'lz4', 'zstd'];
const KEYS = 12;
const PRODUCERS = 3;

/** Writes batches of keys, tombstones and transactions, and knows what a compaction must leave of them. */
export class History {
  #log: Log;
  readonly #random: Random;
  readonly #written: Written[] = [];
  readonly #sequences = new Map<number, number>();
  /** Producer → the batches of its open transaction. */
  readonly #open = new Map<number, Written[]>();
  #values = 0;

  constructor(log: Log, random: Random) {
    this.#log = log;
    this.#random = random;
  }

  async write(): Promise<void> {
    const producerId = this.#pick(PRODUCERS + 1);
    if (this.#open.has(producerId) && this.#random() < 0.4) await this.end(producerId);
    else await this.#append(producerId);
    this.#log.updateHighWatermark(this.#log.logEndOffset);
  }

  /** Ends all transactions. */
  async settle(): Promise<void> {
    for (const producerId of [...this.#open.keys()]) await this.end(producerId);
    this.#log.updateHighWatermark(this.#log.logEndOffset);
  }

  async end(producerId: number): Promise<void> {
    const isAborted = this.#random() < 0.5;
    await append(this.#log, marker(isAborted ? 'abort' : 'commit', producerId), 'coordinator');
    for (const written of this.#open.get(producerId)!) written.isAborted = isAborted;
    this.#open.delete(producerId);
  }

  async #append(producerId: number): Promise<void> {
    const baseOffset = this.#log.logEndOffset;
    const rows = Array.from({ length: 1 + this.#pick(5) }, (_, at): Row => {
      const value = this.#random() < 0.2 ? null : `v${this.#values++}`;
      return { offset: baseOffset + at, key: `k${this.#pick(KEYS)}`, value };
    });
    const written: Written = { rows, producerId, isAborted: false, horizonMs: undefined };
    const isIdempotent = producerId > 0;
    const isTransactional = isIdempotent && (this.#open.has(producerId) || this.#random() < 0.5);
    const baseSequence = this.#sequences.get(producerId) ?? 0;
    const batch = buildBatch(
      rows.map(({ key, value }, at) => ({
        timestamp: NOW + this.#pick(1000) - at,
        key: Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
      })),
      {
        compression: CODECS[this.#pick(CODECS.length)]!,
        ...(isIdempotent ? { producerId, producerEpoch: 0, baseSequence, isTransactional } : {}),
      },
    );
    if (isIdempotent) this.#sequences.set(producerId, baseSequence + rows.length);
    if (isTransactional) this.#open.set(producerId, [...(this.#open.get(producerId) ?? []), written]);
    this.#written.push(written);
    await append(this.#log, batch);
  }

  /**
   * A compaction of `[from, to)` with all that is before it, which wrote whole segments anew up to `rewrittenTo`: there
   * aborted records go, and tombstones get their horizon.
   */
  compacted(from: number, to: number, rewrittenTo: number, nowMs: number, deleteRetentionMs: number): void {
    const last = new Map<string, number>();
    for (const { rows, isAborted } of this.#written) {
      if (isAborted) continue;
      for (const { offset, key } of rows) if (offset >= from && offset < to) last.set(key, offset);
    }
    for (const written of this.#written) {
      const { rows, isAborted, horizonMs } = written;
      const stays = ({ offset, key, value }: Row): boolean => {
        if (isAborted) return false;
        if (offset >= to) return true;
        if (offset < (last.get(key) ?? -1)) return false;
        return value !== null || horizonMs === undefined || nowMs < horizonMs;
      };
      if (rows.every(({ offset }) => offset >= rewrittenTo)) continue;
      rows.splice(0, rows.length, ...rows.filter(stays));
      if (rows.some(({ value }) => value === null)) written.horizonMs ??= nowMs + deleteRetentionMs;
    }
  }

  /** What a consumer finds, `[offset, value]` as `readAll` has it; aborted records that no compaction met are still there. */
  rows(): [number, string][] {
    return this.#written.flatMap(({ rows }) => rows.map(({ offset, value }): [number, string] => [offset, `${value}`]));
  }

  /** What a consumer with read_committed gets, while no transaction is open. */
  committedRows(): [number, string][] {
    return this.#written.flatMap(({ rows, isAborted }) =>
      isAborted ? [] : rows.map(({ offset, value }): [number, string] => [offset, `${value}`]),
    );
  }

  /** Goes on with the log opened again. */
  on(log: Log): void {
    this.#log = log;
  }

  #pick(below: number): number {
    return Math.floor(this.#random() * below);
  }
}
