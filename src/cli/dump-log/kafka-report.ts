/** What Kafka's tool says on its standard error at the end: offsets and timestamps that do not agree. */
import { resolve } from 'node:path';

type Pairs = Map<string, string>;

/** Of one file; a compacted log has millions. */
const MOST_PAIRS = 100_000;

export class KafkaReport {
  readonly #indexMismatches = new Map<string, Pairs>();
  readonly #timeMismatches = new Map<string, [string, string][]>();
  readonly #outOfOrder = new Map<string, [string, string][]>();
  readonly #notFound = new Map<string, [string, string][]>();
  readonly #gaps = new Map<string, Pairs>();

  indexMismatch(path: string, indexOffset: string, logOffset: string): void {
    put(this.#indexMismatches, path, indexOffset, logOffset);
  }

  timeMismatch(path: string, indexTimestamp: string, logTimestamp: string): void {
    push(this.#timeMismatches, path, [indexTimestamp, logTimestamp]);
  }

  outOfOrder(path: string, timestamp: string, before: string): void {
    push(this.#outOfOrder, path, [timestamp, before]);
  }

  notFound(path: string, indexOffset: string, logOffset: string): void {
    push(this.#notFound, path, [indexOffset, logOffset]);
  }

  gap(path: string, offset: string, next: string): void {
    put(this.#gaps, path, offset, next);
  }

  /** In Kafka's order; of several files the first named comes first. */
  *lines(): Generator<string> {
    for (const [path, pairs] of this.#indexMismatches) {
      yield `Mismatches in :${path}`;
      const descending = [...pairs].sort(([a], [b]) => Number(BigInt(b) - BigInt(a)));
      for (const [index, log] of descending) yield `  Index offset: ${index}, log offset: ${log}`;
    }
    for (const [path, pairs] of this.#timeMismatches) {
      yield `Found timestamp mismatch in :${path}`;
      for (const [index, log] of pairs) yield `  Index timestamp: ${index}, log timestamp: ${log}`;
    }
    for (const [path, pairs] of this.#outOfOrder) {
      yield `Found out of order timestamp in :${path}`;
      for (const [index, before] of pairs) {
        yield `  Index timestamp: ${index}, Previously indexed timestamp: ${before}`;
      }
    }
    for (const [path, pairs] of this.#notFound) {
      yield `The following indexed offsets are not found in :${path}`;
      for (const [index, log] of pairs) yield `Indexed offset: ${index}, found log offset: ${log}`;
    }
    for (const [path, pairs] of this.#gaps) {
      yield `Non-consecutive offsets in ${path}`;
      const ascending = [...pairs].sort(([a], [b]) => Number(BigInt(a) - BigInt(b)));
      for (const [offset, next] of ascending) yield `  ${offset} is followed by ${next}`;
    }
  }
}

function put(files: Map<string, Pairs>, path: string, key: string, value: string): void {
  const pairs = entryOf(files, path, () => new Map<string, string>());
  if (pairs.size < MOST_PAIRS) pairs.set(key, value);
}

function push(files: Map<string, [string, string][]>, path: string, pair: [string, string]): void {
  const pairs = entryOf(files, path, () => []);
  if (pairs.length < MOST_PAIRS) pairs.push(pair);
}

function entryOf<T>(files: Map<string, T>, path: string, make: () => T): T {
  const absolute = resolve(path);
  let found = files.get(absolute);
  if (found === undefined) {
    found = make();
    files.set(absolute, found);
  }
  return found;
}
