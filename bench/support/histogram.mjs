/**
 * Latencies in whole microseconds, counted in buckets whose width is 1/64 of their value: percentiles to 1.6 %, from
 * several processes added up, at a few nanoseconds a record.
 */
const SUB_BUCKET_BITS = 6;
const SUB_BUCKETS = 1 << SUB_BUCKET_BITS;
/** Values from 2^31 µs (36 minutes) on are counted as that. */
const LARGEST = 2 ** 31 - 1;

export class Histogram {
  #counts = new Float64Array((31 - SUB_BUCKET_BITS + 1) * SUB_BUCKETS);
  #total = 0;

  get total() {
    return this.#total;
  }

  /** `milliseconds` as `performance.now()` subtracts them. */
  record(milliseconds) {
    const value = Math.min(LARGEST, milliseconds * 1000) | 0;
    const shift = Math.max(0, 31 - SUB_BUCKET_BITS - Math.clz32(value));
    this.#counts[shift * SUB_BUCKETS + (value >> shift)]++;
    this.#total++;
  }

  /** Milliseconds that `fraction` of the records do not exceed; null without records. */
  percentile(fraction) {
    if (this.#total === 0) return null;
    let left = Math.ceil(this.#total * fraction);
    const index = this.#counts.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    const shift = Math.max(0, (index >> SUB_BUCKET_BITS) - 1);
    const start = (index - shift * SUB_BUCKETS) * 2 ** shift;
    return (start + (2 ** shift - 1) / 2) / 1000;
  }

  reset() {
    this.#counts.fill(0);
    this.#total = 0;
  }

  /** For another process: `[bucket, count]` of the buckets in use. */
  toJSON() {
    return [...this.#counts.entries()].filter(([, count]) => count > 0);
  }

  /** Adds what another's `toJSON` gave. */
  add(entries) {
    for (const [bucket, count] of entries) {
      this.#counts[bucket] += count;
      this.#total += count;
    }
    return this;
  }
}
