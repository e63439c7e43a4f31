/** kcat's format strings: what of a message is printed, and how. */
import type { ConsumedMessage } from '../../local-client/messages.ts';
import { UsageError } from './session.ts';

type Part = (message: ConsumedMessage) => Buffer;

const NULL = Buffer.from('NULL');
const EMPTY = Buffer.alloc(0);

/** kcat's tokens. `%S` and `%K` are −1 where there is nothing; `%R` is `%S` as a big-endian int32. */
const TOKENS: Readonly<Record<string, Part>> = {
  s: ({ value }) => value ?? NULL,
  S: ({ value }) => Buffer.from(String(value?.length ?? -1)),
  R: ({ value }) => int32(value?.length ?? -1),
  k: ({ key }) => key ?? EMPTY,
  K: ({ key }) => Buffer.from(String(key?.length ?? -1)),
  T: ({ timestamp }) => Buffer.from(String(timestamp)),
  h: ({ headers }) => Buffer.from(headers.map(({ key, value }) => `${key}=${value ?? 'NULL'}`).join(',')),
  t: ({ topic }) => Buffer.from(topic),
  p: ({ partition }) => Buffer.from(String(partition)),
  o: ({ offset }) => Buffer.from(String(offset)),
  '%': () => Buffer.from('%'),
};

/** Compiles a format; throws a `UsageError` for a token that there is not. */
export function messageFormat(format: string): (message: ConsumedMessage) => Buffer {
  const parts: Part[] = [];
  for (const piece of unescapeText(format).split(/(%.?)/s)) {
    if (piece === '') continue;
    if (!piece.startsWith('%')) {
      const text = Buffer.from(piece);
      parts.push(() => text);
      continue;
    }
    const part = TOKENS[piece.slice(1)];
    if (part === undefined) {
      throw new UsageError(`'${piece}' is no token of a format: there are %${Object.keys(TOKENS).join(' %')}`);
    }
    parts.push(part);
  }
  return (message) => Buffer.concat(parts.map((part) => part(message)));
}

/** `\n`, `\r`, `\t`, `\0`, `\xNN` and `\\` as what they stand for. */
export function unescapeText(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (whole, hex: string | undefined, char: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return { n: '\n', r: '\r', t: '\t', '0': '\0', '\\': '\\' }[char ?? ''] ?? whole;
  });
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
