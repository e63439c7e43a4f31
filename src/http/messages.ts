import type { ConsumedMessage } from '../local-client/messages.ts';
import { fromBytes, fromHeaders, type ValueFormat } from './json-values.ts';

/** A message that was read, as JSON shows it. */
export function toJsonMessage(message: ConsumedMessage, format: ValueFormat) {
  const { topic, partition, offset, timestamp, key, value, headers } = message;
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: fromBytes(key, format),
    value: fromBytes(value, format),
    headers: fromHeaders(headers, format),
  };
}
