/** Records as JSON writes them, and the messages that they stand for. */
import type { Message } from '../local-client/messages.ts';
import { type JsonHeaders, type JsonValue, toBytes, toHeaders } from './json-values.ts';

export interface JsonRecord {
  readonly key?: JsonValue;
  readonly value?: JsonValue;
  readonly headers?: JsonHeaders;
  readonly partition?: number;
  readonly timestamp?: number;
}

/** Throws INVALID_REQUEST for what is no text and no base64; `place` is the record's among several. */
export function toMessage({ key, value, headers, partition, timestamp }: JsonRecord, place?: number): Message {
  const of = place === undefined ? '' : ` of record ${place}`;
  return {
    key: toBytes(key, `key${of}`),
    value: toBytes(value, `value${of}`),
    headers: toHeaders(headers, `headers${of}`),
    partition,
    timestamp,
  };
}
