import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeUuid } from '../../../protocol/wire/uuid-text.ts';

describe('a uuid’s text', () => {
  test('of any 16 bytes gives them back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (array) => {
        const uuid = Buffer.from(array);
        const written = Buffer.alloc(20, 0x55);
        expect(writeUuid(written, uuid.toString('base64url'), 2)).toBe(true);
        expect(written.toString('hex')).toBe(`5555${uuid.toString('hex')}5555`);
      }),
    );
  });

  test.each([
    ['too short', 'A'.repeat(21)],
    ['too long', 'A'.repeat(23)],
    ['padded', `${'A'.repeat(21)}=`],
    ['with a character of plain base64', `${'A'.repeat(21)}+`],
    ['with a character beyond ASCII', `${'A'.repeat(21)}é`],
    ['with a space', `${'A'.repeat(10)} ${'A'.repeat(11)}`],
  ])('that is %s is none', (_, text) => {
    expect(writeUuid(Buffer.alloc(16), text, 0)).toBe(false);
  });
});
