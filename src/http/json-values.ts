/**
 * Bytes as JSON and back. A string is text; bytes that are not text are `{"base64": "…"}`; `{"json": …}` is the JSON
 * text of what is in it; null is null: no key, or a tombstone.
 */
import { isUtf8 } from 'node:buffer';
import { KafkaError } from '../../protocol/errors.ts';
import type { RecordHeader } from '../../protocol/records/record.ts';
import { type HeadersOf, headerEntries } from '../local-client/messages.ts';

export type JsonValue = string | { readonly base64: string } | { readonly json: unknown } | null;

/** What becomes of bytes: text where they are text, JSON where they are JSON, base64 always. */
export type ValueFormat = 'text' | 'json' | 'base64';

export type JsonHeaders = HeadersOf<JsonValue>;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
/** Half of a UTF-16 pair, which has no UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Throws INVALID_REQUEST for text that UTF-8 cannot hold, and for what is not base64. */
export function toBytes(value: JsonValue | undefined, what: string): Buffer | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return textBytes(value, what);
  if ('json' in value) return Buffer.from(jsonText(value.json, `${what}.json`));
  if (!BASE64.test(value.base64)) throw new KafkaError('INVALID_REQUEST', `${what}.base64 is not base64`);
  return Buffer.from(value.base64, 'base64');
}

/** Throws INVALID_REQUEST for what is nested deeper than can be written. */
export function jsonText(value: unknown, what: string): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new KafkaError('INVALID_REQUEST', `${what} is nested too deeply`, { cause });
  }
}

function textBytes(text: string, what: string): Buffer {
  if (LONE_SURROGATE.test(text)) {
    throw new KafkaError('INVALID_REQUEST', `${what} holds half of a surrogate pair, which is no text`);
  }
  return Buffer.from(text);
}

export function fromBytes(bytes: Buffer | null, format: ValueFormat): JsonValue {
  if (bytes === null) return null;
  if (format === 'base64' || !isUtf8(bytes)) return { base64: bytes.toString('base64') };
  const text = bytes.toString();
  if (format === 'text') return text;
  try {
    return { json: JSON.parse(text) };
  } catch {
    return text;
  }
}

export function toHeaders(headers: JsonHeaders | undefined, what: string): RecordHeader[] {
  return headerEntries(headers ?? []).map(([key, value]) => {
    textBytes(key, `${what} ${JSON.stringify(key)}`);
    return { key, value: toBytes(value, `${what}.${key}`) };
  });
}

export function fromHeaders(
  headers: readonly RecordHeader[],
  format: ValueFormat,
): Record<string, JsonValue | JsonValue[]> {
  const byKey = new Map<string, JsonValue | JsonValue[]>();
  for (const { key, value } of headers) {
    const shown = fromBytes(value, format);
    const earlier = byKey.get(key);
    if (earlier === undefined) byKey.set(key, shown);
    else if (Array.isArray(earlier)) earlier.push(shown);
    else byKey.set(key, [earlier, shown]);
  }
  // As own properties, whatever their names: `__proto__` is a key like any other.
  return Object.fromEntries(byKey);
}
