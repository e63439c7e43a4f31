/** Uuids in the form in which Kafka prints them: 22 characters of base64url. */

export const UUID_BYTES = 16;
const TEXT_CHARACTERS = 22;
const NONE = 0xff;

/** The six bits of each character. */
const sextets = new Uint8Array(128).fill(NONE);
for (const [bits, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].entries()) {
  sextets[character.charCodeAt(0)] = bits;
}

/** Writes the uuid's bytes; false for a text that is none. A call into Node for it costs five times as much. */
export function writeUuid(bytes: Uint8Array, text: string, start: number): boolean {
  if (text.length !== TEXT_CHARACTERS) return false;
  let at = start;
  let bits = 0;
  let count = 0;
  let found = 0;
  for (let i = 0; i < TEXT_CHARACTERS; i++) {
    const sextet = sextets[text.charCodeAt(i)] ?? NONE;
    found |= sextet;
    bits = (bits << 6) | sextet;
    count += 6;
    if (count >= 8 && at < start + UUID_BYTES) {
      count -= 8;
      bytes[at++] = bits >> count;
    }
  }
  return (found & 0x80) === 0;
}
