import { randomBytes } from 'node:crypto';

/** Randomness as a port, so that a simulation can repeat itself from a seed. */
export interface Random {
  /** `size` random bytes. */
  bytes(size: number): Buffer;
  /** A float in [0, 1). */
  float(): number;
}

export const systemRandom: Random = {
  bytes: (size) => randomBytes(size),
  float: () => Math.random(),
};

/** The same sequence for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  return {
    bytes: (size) => Buffer.from(Array.from({ length: size }, () => next() & 0xff)),
    float: () => next() / 2 ** 32,
  };
}

/** A random uuid as Kafka prints it (22 base64url characters); never starts with '-' and never the reserved all-zero. */
export function randomUuid(random: Random): string {
  for (;;) {
    const bytes = random.bytes(16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const text = bytes.toString('base64url');
    if (!text.startsWith('-')) return text;
  }
}
