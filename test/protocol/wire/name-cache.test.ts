import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NameCache } from '../../../protocol/wire/name-cache.ts';

describe('a cache of names', () => {
  test('gives what the bytes say, however many names there are', () => {
    const names = new NameCache();
    const words = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 10 }));
    fc.assert(
      fc.property(fc.array(words, { maxLength: 50 }), (all) => {
        for (const word of [...all, ...all]) {
          const bytes = Buffer.from(`<${word}>`);
          const expected = bytes.toString('utf8', 1, bytes.length - 1);
          expect(names.utf8(bytes, 1, bytes.length - 1)).toBe(expected);
        }
      }),
    );
  });

  test('gives uuids as Kafka prints them', () => {
    const names = new NameCache();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (array) => {
        const bytes = Buffer.from([0, ...array]);
        for (let i = 0; i < 2; i++) expect(names.uuid(bytes, 1)).toBe(bytes.toString('base64url', 1));
      }),
    );
  });

  test('keeps nothing of the bytes it was shown', () => {
    const names = new NameCache();
    const bytes = Buffer.from('orders');
    expect(names.utf8(bytes, 0, 6)).toBe('orders');
    bytes.write('events');
    expect(names.utf8(bytes, 0, 6)).toBe('events');
    expect(names.utf8(Buffer.from('orders'), 0, 6)).toBe('orders');
  });

  test('leaves what is too long for a name to others', () => {
    const names = new NameCache();
    expect(names.utf8(Buffer.alloc(65, 'a'), 0, 65)).toBeUndefined();
    expect(names.utf8(Buffer.alloc(65, 'a'), 0, 64)).toBe('a'.repeat(64));
  });
});
