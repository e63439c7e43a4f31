/** The embedded formats of the REST Proxy: what keys and values are in its JSON. */

import { jsonText } from '../json-values.ts';
import { RestError } from '../rest-error.ts';
import { RestCode } from './rest-error.ts';

export type Format = 'binary' | 'json';

/** Of answers that carry no records. */
export const V2_TYPE = 'application/vnd.kafka.v2+json';

const CONTENT_TYPE = /^application\/vnd\.kafka\.(?:([a-z]+)\.)?v[12]\+json$|^application\/(?:vnd\.kafka\+)?json$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The format that a Content-Type names; binary where it names none, as in the REST Proxy. */
export function formatOf(contentType: string | undefined): Format {
  const bare = (contentType ?? '').split(';')[0]!.trim().toLowerCase();
  const match = CONTENT_TYPE.exec(bare);
  if (match === null) throw new RestError(RestCode.UNSUPPORTED_MEDIA_TYPE, `HTTP 415 Unsupported Media Type: ${bare}`);
  return toFormat(match[1] ?? 'binary');
}

export function toFormat(name: string): Format {
  if (name === 'binary' || name === 'json') return name;
  throw new RestError(
    RestCode.UNSUPPORTED_MEDIA_TYPE,
    `format ${name} needs a schema registry, which this broker has none of: use binary or json`,
  );
}

export function contentTypeOf(format: Format): string {
  return `application/vnd.kafka.${format}.v2+json`;
}

export function encode(value: unknown, format: Format, what: string): Buffer | null {
  if (value === undefined || value === null) return null;
  if (format === 'json') return Buffer.from(jsonText(value, what));
  if (typeof value !== 'string' || !BASE64.test(value)) {
    throw new RestError(RestCode.UNPROCESSABLE, `${what} is not base64; in the format json it may be any JSON`);
  }
  return Buffer.from(value, 'base64');
}

export function decode(bytes: Buffer | null, format: Format, what: string): unknown {
  if (bytes === null) return null;
  if (format === 'binary') return bytes.toString('base64');
  try {
    return JSON.parse(bytes.toString());
  } catch (cause) {
    throw new RestError(RestCode.KAFKA_ERROR, `${what} is not JSON; read it with the format binary`, { cause });
  }
}
