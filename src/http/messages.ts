import type { ConsumedMessage } from '../local-client/messages.ts';
import type { ProduceOutcome } from '../local-client/produce.ts';
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

/** What became of a record, as JSON shows it: an offset, or an error in its place. */
export function toJsonOutcome({ partition, offset, timestamp, error }: ProduceOutcome) {
  if (error === null) return { partition, offset, timestamp };
  return { partition, error: error.error, errorCode: error.errorCode, detail: error.message };
}
