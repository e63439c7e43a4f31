/** Java's `String.hashCode`: over UTF-16 units, wrapping at 32 bits. */
export function javaStringHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

const INT_MIN = -(2 ** 31);

/** Kafka's `Utils.abs(hash) % partitions`; Java's smallest integer, which has no absolute value, counts as 0. */
export function partitionForKey(key: string, partitions: number): number {
  const hash = javaStringHash(key);
  return hash === INT_MIN ? 0 : Math.abs(hash) % partitions;
}
