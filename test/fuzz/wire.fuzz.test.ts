/** `samsa wire` answers every line, whatever stands in it. */
import { Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { wire } from '../../src/cli/wire.ts';
import { type FuzzRandom, fuzz, goldenVectors, timeoutMs } from './support.ts';

const vectors = goldenVectors();

function line(random: FuzzRandom): Buffer {
  const { message, version, bytes } = random.one(vectors);
  const hex = random.mutated(bytes).toString('hex');
  const text = Buffer.from(JSON.stringify({ name: message.name, version, hex }));
  const whole = random.below(4) === 0 ? random.mutated(text) : text;
  return Buffer.from(whole.filter((byte) => byte !== 0x0a));
}

test(
  'damaged lines are answered one by one',
  () =>
    fuzz(60, async (random) => {
      const lines = Array.from({ length: 50 }, () => line(random));
      const parts: Buffer[] = [];
      const output = new Writable({
        write(chunk: Buffer, _, done) {
          parts.push(chunk);
          done();
        },
      });
      const input = Readable.from([Buffer.concat(lines.flatMap((text) => [text, Buffer.from('\n')]))]);
      await wire(input, output, { frame: random.below(2) === 0 });
      const answers = Buffer.concat(parts).toString().split('\n').slice(0, -1);
      expect(answers).toHaveLength(lines.length);
      for (const answer of answers) {
        const members: object = JSON.parse(answer);
        expect('error' in members || 'hex' in members).toBe(true);
      }
    }),
  timeoutMs,
);
