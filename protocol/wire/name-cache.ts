import { readInt32 } from './integers.ts';

/** A power of two. */
const SLOTS = 256;
const LONGEST_NAME_BYTES = 64;
const UUID_BYTES = 16;

interface Name {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * Client ids, topic names and topic ids, which come again with every request: one string for each while it is here, whose
 * hash V8 has worked out already when a map is asked for it. A name takes the place of another with the same hash.
 */
export class NameCache {
  readonly #strings: (Name | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #uuids: (Name | undefined)[] = new Array(SLOTS).fill(undefined);

  /** `bytes[start, end)` as a string; `undefined` when that is too long to be a name. */
  utf8(bytes: Buffer, start: number, end: number): string | undefined {
    if (end - start > LONGEST_NAME_BYTES) return undefined;
    let hash = 0;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
    const slot = (hash ^ (hash >>> 8)) & (SLOTS - 1);
    const known = this.#strings[slot];
    if (known !== undefined && equals(known.bytes, bytes, start, end)) return known.text;
    const text = bytes.toString('utf8', start, end);
    this.#strings[slot] = { bytes: Uint8Array.prototype.slice.call(bytes, start, end), text };
    return text;
  }

  /** The uuid at `start`, as Kafka prints it. */
  uuid(bytes: Buffer, start: number): string {
    const end = start + UUID_BYTES;
    const slot = readInt32(bytes, end - 4) & (SLOTS - 1);
    const known = this.#uuids[slot];
    if (known !== undefined && equals(known.bytes, bytes, start, end)) return known.text;
    const text = bytes.toString('base64url', start, end);
    this.#uuids[slot] = { bytes: Uint8Array.prototype.slice.call(bytes, start, end), text };
    return text;
  }
}

function equals(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
