/**
 * What fuzz tests share: a seed, and how long to go on. In `npm test` each runs a short, fixed slice; with
 * `FUZZ_SECONDS` set (`npm run fuzz`: 60) each goes on for so long, from a seed of the clock. A failure names its seed:
 * `FUZZ_SEED=… npm run fuzz` runs it first.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { messageNamed } from '../../protocol/messages.ts';
import type { Message } from '../../protocol/schema/table.ts';
import { type Random, seededRandom } from '../../src/platform/random.ts';

const isLong = process.env.FUZZ_SECONDS !== undefined;
const longMs = Number(process.env.FUZZ_SECONDS ?? 0) * 1000;
const firstSeed = process.env.FUZZ_SEED === undefined ? defaultSeed() : Number(process.env.FUZZ_SEED);

/** For vitest: how long one test may take. */
export const timeoutMs = isLong ? longMs + 120_000 : 60_000;

function defaultSeed(): number {
  return isLong ? Date.now() >>> 0 : 1;
}

/** Calls `round` with a fresh randomness each time: `rounds` times, or as long as the long run lasts. */
export async function fuzz(rounds: number, round: (random: FuzzRandom) => void | Promise<void>): Promise<void> {
  const endMs = performance.now() + longMs;
  for (let index = 0; isLong ? performance.now() < endMs : index < rounds; index++) {
    const seed = firstSeed + index;
    try {
      await round(new FuzzRandom(seededRandom(seed)));
    } catch (cause) {
      throw new Error(`FUZZ_SEED=${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
}

const LENGTHS = [0, 1, -1, -2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, -0x80000000, 0x10000000, 100];

export class FuzzRandom {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** An integer from 0 up to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#random.float() * limit);
  }

  one<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  bytes(size: number): Buffer {
    return this.#random.bytes(size);
  }

  /** A copy of `bytes` with some damage: bits, bytes, lengths, cuts, insertions, parts said twice. */
  mutated(bytes: Buffer): Buffer {
    let damaged: Buffer = Buffer.from(bytes);
    for (let count = 1 + this.below(4); count > 0; count--) damaged = this.#damage(damaged);
    return damaged;
  }

  #damage(bytes: Buffer): Buffer {
    const at = this.below(bytes.length + 1);
    switch (this.below(8)) {
      case 0:
        if (at < bytes.length) bytes[at]! ^= 1 << this.below(8);
        return bytes;
      case 1:
        if (at < bytes.length) bytes[at] = this.below(256);
        return bytes;
      case 2:
        if (at + 4 <= bytes.length) bytes.writeInt32BE(this.one(LENGTHS), at);
        return bytes;
      case 3:
        if (at + 2 <= bytes.length) bytes.writeInt16BE(this.one([0, -1, -2, 0x7fff, -0x8000]), at);
        return bytes;
      case 4:
        return bytes.subarray(0, at);
      case 5:
        return Buffer.concat([bytes.subarray(0, at), this.bytes(this.below(9)), bytes.subarray(at)]);
      case 6:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + this.below(9))]);
      default:
        return Buffer.concat([bytes.subarray(0, at), this.one(VARINTS), bytes.subarray(at + 1)]);
    }
  }
}

/** 2^32 − 1, 2^31, 2^28, one too long, one that does not end, and an over-long zero. */
const VARINTS = ['ffffffff0f', '8080808008', '8080808001', 'ffffffff7f', 'ffffffffffff', '808000'].map((hex) =>
  Buffer.from(hex, 'hex'),
);

export interface Vector {
  readonly message: Message;
  readonly version: number;
  readonly bytes: Buffer;
}

/** Kafka's golden vectors. */
export function goldenVectors(): Vector[] {
  const file = new URL('../golden/messages.jsonl.gz', import.meta.url);
  const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
  return lines.map((line) => {
    const { name, version, hex }: { name: string; version: number; hex: string } = JSON.parse(line);
    return { message: messageNamed(name)!, version, bytes: Buffer.from(hex, 'hex') };
  });
}
