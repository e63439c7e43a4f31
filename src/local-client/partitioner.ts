/** Where messages without a partition go, as the Java client sends them (`BuiltInPartitioner`, KIP-794). */
import type { Random } from '../platform/random.ts';

/** `batch.size`, the Java client's default: so many bytes go to one partition before the next is chosen. */
const STICKY_BYTES = 16_384;
/** Topics that are remembered; beyond it all of them choose anew. */
const MAX_TOPICS = 10_000;

/** Kafka's murmur2 of a key, as a signed 32-bit number (`Utils.murmur2`). */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  const m = 0x5bd1e995;
  let h = 0x9747b28c ^ length;
  const whole = length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let k = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const rest = length - whole;
  if (rest >= 3) h ^= data[whole + 2]! << 16;
  if (rest >= 2) h ^= data[whole + 1]! << 8;
  if (rest >= 1) h = Math.imul(h ^ data[whole]!, m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return h ^ (h >>> 15);
}

/** The partition of a message with a key. */
export function partitionForKey(key: Uint8Array, numPartitions: number): number {
  return (murmur2(key) & 0x7fffffff) % numPartitions;
}

/** The partitions of messages without a key: one until `STICKY_BYTES` went to it, then another by chance. */
export class StickyPartitions {
  readonly #random: Random;
  readonly #byTopic = new Map<string, { partition: number; bytes: number }>();

  constructor(random: Random) {
    this.#random = random;
  }

  next(topic: string, numPartitions: number, sizeBytes: number): number {
    let current = this.#byTopic.get(topic);
    if (current === undefined || current.bytes >= STICKY_BYTES || current.partition >= numPartitions) {
      if (this.#byTopic.size >= MAX_TOPICS) this.#byTopic.clear();
      current = { partition: Math.floor(this.#random.float() * numPartitions), bytes: 0 };
      this.#byTopic.set(topic, current);
    }
    current.bytes += sizeBytes;
    return current.partition;
  }
}
