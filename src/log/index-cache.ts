/** The indexes of sealed segments that were used last, bounded in bytes over all logs; those of active ones stay with them. */
import type { OffsetIndex } from './offset-index.ts';
import type { TimeIndex } from './time-index.ts';

export interface SegmentIndexes {
  readonly offsets: OffsetIndex;
  readonly times: TimeIndex;
}

/** What an entry costs beside its bytes. */
const OVERHEAD_BYTES = 512;

export class IndexCache {
  readonly #maxBytes: number;
  #usedBytes = 0;
  readonly #entries = new Map<object, { readonly indexes: SegmentIndexes; readonly sizeInBytes: number }>();

  constructor(maxBytes = 16 * 1024 ** 2) {
    this.#maxBytes = maxBytes;
  }

  get(segment: object): SegmentIndexes | undefined {
    const entry = this.#entries.get(segment);
    if (entry === undefined) return undefined;
    this.#entries.delete(segment);
    this.#entries.set(segment, entry);
    return entry.indexes;
  }

  set(segment: object, indexes: SegmentIndexes): void {
    this.delete(segment);
    const sizeInBytes = indexes.offsets.bytes.length + indexes.times.bytes.length + OVERHEAD_BYTES;
    this.#entries.set(segment, { indexes, sizeInBytes });
    this.#usedBytes += sizeInBytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#usedBytes <= this.#maxBytes || oldest === segment) break;
      this.delete(oldest);
    }
  }

  delete(segment: object): void {
    const entry = this.#entries.get(segment);
    if (entry === undefined) return;
    this.#entries.delete(segment);
    this.#usedBytes -= entry.sizeInBytes;
  }
}
