/** Values as Kafka's tool, a Java program, writes them. */
import { type JsonWith, type ScalarToJson, scalarToJson, toJsonWith } from '../../../protocol/json.ts';
import type { Message } from '../../../protocol/schema/table.ts';
import { readInt64 } from '../../../protocol/wire/integers.ts';

/** A number that goes into JSON text as it is. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type JavaJson = JsonWith<NumberText>;

/** Kafka's JsonConverter writes int64 and uint32 as numbers, all 64 bits of them. */
const javaScalar: ScalarToJson<NumberText> = (kind, value) => {
  switch (kind) {
    case 'int64':
    case 'int64bits':
    case 'uint32':
      return new NumberText(String(value));
    case 'float64':
      return Number.isFinite(value) ? new NumberText(javaDouble(Number(value))) : String(value);
    default:
      return scalarToJson(kind, value);
  }
};

/** A value that an exact codec decoded, in the form of Kafka's JsonConverter. */
export function javaJson(
  message: Message,
  version: number,
  value: Readonly<Record<string, unknown>>,
): { [name: string]: JavaJson } {
  return toJsonWith(message, version, value, javaScalar);
}

/** As Jackson prints it: no spaces, hex digits of escapes in upper case. */
export function javaJsonText(json: JavaJson): string {
  if (json instanceof NumberText) return json.text;
  if (Array.isArray(json)) return `[${json.map(javaJsonText).join(',')}]`;
  if (typeof json === 'string') return quoted(json);
  if (json === null || typeof json !== 'object') return String(json);
  return `{${Object.entries(json)
    .map(([name, member]) => `${quoted(name)}:${javaJsonText(member)}`)
    .join(',')}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(/\\(?:u00([0-9a-f]{2})|.)/g, (sequence, hex: string | undefined) =>
    hex === undefined ? sequence : `\\u00${hex.toUpperCase()}`,
  );
}

/** `Double.toString`: 1024.0, 1.0E7. */
export function javaDouble(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [mantissa = '', exponent] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

/**
 * `new String(bytes, UTF_8)`: as `toString`, but that a surrogate in three bytes, which no text has, is one replacement
 * character and not one for each byte. 0xED always begins a character.
 */
export function javaString(bytes: Buffer): string {
  if (!bytes.includes(0xed)) return bytes.toString('utf8');
  const marked = bytes.toString('latin1').replace(/\xed[\xa0-\xbf][\x80-\xbf]?/g, '\xff');
  return Buffer.from(marked, 'latin1').toString('utf8');
}

/** The int64 at `at`, exact. */
export function int64Text(buffer: Buffer, at: number): string {
  const near = readInt64(buffer, at);
  return Number.isSafeInteger(near) ? String(near) : String(buffer.readBigInt64BE(at));
}

/** `OptionalLong.toString`. */
export function optionalLong(text: string | undefined): string {
  return text === undefined ? 'OptionalLong.empty' : `OptionalLong[${text}]`;
}
