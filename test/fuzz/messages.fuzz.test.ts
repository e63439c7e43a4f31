/** Whatever bytes a decoder is given, it gives a value or a `DecodeError`, in time and memory like the bytes' number. */
import { expect, test } from 'vitest';
import { codec } from '../../protocol/codec.ts';
import { DecodeError } from '../../protocol/wire/decode-error.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import { Writer } from '../../protocol/wire/writer.ts';
import { fuzz, goldenVectors, timeoutMs, type Vector } from './support.ts';

const vectors = goldenVectors();
/** Far above what any of these takes; a loop over an announced length would take minutes. */
const SLOW_MS = 1_000;

/** The value, or null for bytes that are refused; any other error is the test's. */
function decode(vector: Vector): object | null {
  const startMs = performance.now();
  const value = decodeOrNull(vector);
  const tookMs = performance.now() - startMs;
  const { message, version, bytes } = vector;
  if (tookMs > SLOW_MS) throw new Error(`${message.name} ${version} took ${tookMs} ms: ${bytes.toString('hex')}`);
  return value;
}

function decodeOrNull({ message, version, bytes }: Vector): object | null {
  try {
    return codec(message, version, { exact: true }).decode(new Reader(bytes));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return null;
  }
}

function encode({ message, version }: Vector, value: object): Buffer {
  const writer = new Writer();
  codec(message, version, { exact: true }).encode(value, writer);
  return writer.toBuffer();
}

test(
  'random bytes',
  () =>
    fuzz(3_000, (random) => {
      decode({ ...random.one(vectors), bytes: random.bytes(random.below(200)) });
    }),
  timeoutMs,
);

test(
  'damaged messages; what decodes still, encodes to bytes that decode to the same again',
  () =>
    fuzz(20_000, (random) => {
      const vector = random.one(vectors);
      const value = decode({ ...vector, bytes: random.mutated(vector.bytes) });
      if (value === null) return;
      const bytes = encode(vector, value);
      const again = decode({ ...vector, bytes });
      expect(again).not.toBeNull();
      expect(encode(vector, again!).equals(bytes)).toBe(true);
    }),
  timeoutMs,
);

test.each([
  ['2 GiB', '7fffffff'],
  ['a negative number', '80000000'],
  ['minus two', 'fffffffe'],
  ['2^32 − 1 as a varint', 'ffffffff0f'],
  ['2^28 as a varint', '8080808001'],
])('%s in place of every byte of every version', (_, hex) => {
  const planted = Buffer.from(hex, 'hex');
  const seen = new Set<string>();
  const allocatedBefore = process.memoryUsage().arrayBuffers;
  for (const vector of vectors) {
    const name = `${vector.message.name} ${vector.version}`;
    if (seen.has(name)) continue;
    seen.add(name);
    for (let at = 0; at < Math.min(vector.bytes.length, 120); at++) {
      const bytes = Buffer.concat([vector.bytes.subarray(0, at), planted, vector.bytes.subarray(at + planted.length)]);
      decode({ ...vector, bytes });
    }
  }
  expect(process.memoryUsage().arrayBuffers - allocatedBefore).toBeLessThan(64 * 1024 * 1024);
});
