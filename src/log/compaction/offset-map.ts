/** Each key's last offset, in bounded memory: a hash of the key stands for it, as in Kafka's `SkimpyOffsetMap`. */
import { KeyHash } from './key-hash.ts';

/** 128 bits of hash and an offset: what Kafka counts with, too. */
const ENTRY_BYTES = 24;
const WORDS = 4;
const FIRST_CAPACITY = 1024;
/** Above this the table is made larger, as long as it may. */
const GROW_ABOVE = 0.75;
/** Slots moved to a larger table between two points where other work may go on; about 0.5 ms. */
const SLOTS_A_STEP = 4096;

interface Table {
  readonly capacity: number;
  readonly hashes: Uint32Array;
  /** The offset plus one; 0 in an empty slot. */
  readonly offsets: Float64Array;
}

export class OffsetMap {
  /** How many keys there is memory for. */
  readonly slots: number;
  /** Everything up to here is in the map; −1 when it is empty. */
  latestOffset = -1;
  readonly #hash = new KeyHash();
  #size = 0;
  #table: Table;

  /** @param maxBytes of the table at its largest; while it grows into it, half as much again */
  constructor(maxBytes: number) {
    this.slots = Math.floor(maxBytes / ENTRY_BYTES);
    this.#table = newTable(Math.min(FIRST_CAPACITY, this.slots));
  }

  /** How many keys are in it. */
  get size(): number {
    return this.#size;
  }

  /** Whether `makeRoom` is due before the next `put`. */
  get isTight(): boolean {
    const { capacity } = this.#table;
    return this.#size + 1 > capacity * GROW_ABOVE && capacity < this.slots;
  }

  /** Moves to a larger table, with points where other work may go on. */
  *makeRoom(): Generator<undefined, void> {
    const { hashes, offsets, capacity } = this.#table;
    const larger = newTable(Math.min(capacity * 2, this.slots));
    for (let slot = 0; slot < capacity; slot++) {
      if (slot % SLOTS_A_STEP === 0) yield;
      if (offsets[slot] === 0) continue;
      const words = hashes.subarray(slot * WORDS, (slot + 1) * WORDS);
      const to = find(larger, words);
      larger.hashes.set(words, to * WORDS);
      larger.offsets[to] = offsets[slot]!;
    }
    this.#table = larger;
  }

  put(key: Buffer, offset: number): void {
    if (this.#size >= this.slots) throw new RangeError(`an offset map of ${this.slots} slots is full`);
    const words = this.#hash.of(key);
    const { hashes, offsets } = this.#table;
    const slot = find(this.#table, words);
    if (offsets[slot] === 0) {
      hashes.set(words, slot * WORDS);
      this.#size++;
    }
    offsets[slot] = offset + 1;
    this.latestOffset = offset;
  }

  /** The key's last offset; −1 for a key that is not in it. */
  get(key: Buffer): number {
    return this.#table.offsets[find(this.#table, this.#hash.of(key))]! - 1;
  }
}

/** The slot with the hash, or the empty one where it belongs. One is always empty: see `newTable`. */
function find({ capacity, hashes, offsets }: Table, words: Uint32Array): number {
  let slot = words[0]! % capacity;
  while (offsets[slot] !== 0 && !isAt(hashes, slot * WORDS, words)) slot = slot + 1 === capacity ? 0 : slot + 1;
  return slot;
}

function isAt(hashes: Uint32Array, at: number, words: Uint32Array): boolean {
  for (let word = 0; word < WORDS; word++) if (hashes[at + word] !== words[word]) return false;
  return true;
}

/** One more than can be filled, so that every search ends. */
function newTable(slots: number): Table {
  const capacity = slots + 1;
  return { capacity, hashes: new Uint32Array(capacity * WORDS), offsets: new Float64Array(capacity) };
}
