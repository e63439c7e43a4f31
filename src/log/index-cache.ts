/**
 * The indexes of sealed segments that were used last, over all logs; those of active ones stay with them. Bounded by
 * what they take of the heap, and mapped ones by their number and their bytes: the kernel counts maps
 * (`vm.max_map_count`, 65,530 by default) and pages that were touched count as resident.
 */
import type { SealedFile } from '../platform/file-system.ts';
import type { OffsetIndex } from './offset-index.ts';
import type { TimeIndex } from './time-index.ts';

export interface SegmentIndexes {
  readonly offsets: OffsetIndex;
  readonly times: TimeIndex;
}

export interface IndexCacheLimits {
  readonly heapBytes: number;
  readonly mappedBytes: number;
  /** Segments; each has two files. */
  readonly segments: number;
}

const DEFAULT_LIMITS: IndexCacheLimits = { heapBytes: 16 * 1024 ** 2, mappedBytes: 1024 ** 3, segments: 4096 };
/** What an entry costs beside its bytes. */
const OVERHEAD_BYTES = 512;
const NO_FILES: readonly SealedFile[] = [];

interface Entry {
  readonly indexes: SegmentIndexes;
  readonly files: readonly SealedFile[];
  readonly heapBytes: number;
  readonly mappedBytes: number;
}

export class IndexCache {
  readonly #limits: IndexCacheLimits;
  #heapBytes = 0;
  #mappedBytes = 0;
  readonly #entries = new Map<object, Entry>();

  constructor(limits: Partial<IndexCacheLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  get size(): number {
    return this.#entries.size;
  }

  /** For use before anything is awaited: their files may be closed after. */
  get(segment: object): SegmentIndexes | undefined {
    const entry = this.#entries.get(segment);
    if (entry === undefined) return undefined;
    this.#entries.delete(segment);
    this.#entries.set(segment, entry);
    return entry.indexes;
  }

  /** @param files what the indexes' bytes are of, to be closed when they leave */
  set(segment: object, indexes: SegmentIndexes, files = NO_FILES): void {
    this.delete(segment);
    let heapBytes = OVERHEAD_BYTES;
    let mappedBytes = 0;
    if (files.length === 0) heapBytes += indexes.offsets.bytes.length + indexes.times.bytes.length;
    for (const { bytes, isMapped } of files) {
      if (isMapped) mappedBytes += bytes.length;
      else heapBytes += bytes.length;
    }
    this.#entries.set(segment, { indexes, files, heapBytes, mappedBytes });
    this.#heapBytes += heapBytes;
    this.#mappedBytes += mappedBytes;
    for (const oldest of this.#entries.keys()) {
      if (!this.#isFull() || oldest === segment) break;
      this.delete(oldest);
    }
  }

  delete(segment: object): void {
    const entry = this.#entries.get(segment);
    if (entry === undefined) return;
    this.#entries.delete(segment);
    this.#heapBytes -= entry.heapBytes;
    this.#mappedBytes -= entry.mappedBytes;
    if (entry.files.length === 0) return;
    entry.indexes.offsets.detach();
    entry.indexes.times.detach();
    for (const file of entry.files) file.close();
  }

  #isFull(): boolean {
    const { heapBytes, mappedBytes, segments } = this.#limits;
    return this.#heapBytes > heapBytes || this.#mappedBytes > mappedBytes || this.#entries.size > segments;
  }
}
