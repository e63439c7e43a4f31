/** The JSON sub-protocol, which a client that names none speaks: one object a frame. */
import { Ajv } from 'ajv';
import { KafkaError } from '../../../protocol/errors.ts';
import { type JsonRecord, toMessage } from '../json-records.ts';
import type { ValueFormat } from '../json-values.ts';
import { toJsonMessage, toJsonOutcome } from '../messages.ts';
import { formatOffsets, parseOffsets } from '../offset-vector.ts';
import { recordProperties } from '../schemas.ts';
import type { Wire } from './wire.ts';

const MAX_PERMITS = 1_000_000;

type JsonConsumerFrame =
  | { readonly type: 'permit'; readonly count: number }
  | { readonly type: 'ack' | 'nack'; readonly id: string };

const readRecord = frameReader<JsonRecord & { readonly id?: string | number }>({
  type: 'object',
  properties: { id: { type: ['string', 'integer'] }, ...recordProperties },
  additionalProperties: false,
});

const readConsumer = frameReader<JsonConsumerFrame>({
  type: 'object',
  oneOf: [
    {
      properties: { type: { const: 'permit' }, count: { type: 'integer', minimum: 1, maximum: MAX_PERMITS } },
      required: ['type', 'count'],
      additionalProperties: false,
    },
    {
      properties: { type: { enum: ['ack', 'nack'] }, id: { type: 'string', maxLength: 40 } },
      required: ['type', 'id'],
      additionalProperties: false,
    },
  ],
});

/** @param format what becomes of values */
export function jsonWire(format: ValueFormat = 'text'): Wire {
  return {
    readRecord(data, isBinary) {
      let id: string | number | undefined;
      try {
        const { id: given, ...record } = readRecord(data, isBinary);
        id = given;
        return { id, message: toMessage(record) };
      } catch (failure) {
        if (!(failure instanceof KafkaError)) throw failure;
        return { id, message: failure };
      }
    },
    readConsumer(data, isBinary) {
      const frame = readConsumer(data, isBinary);
      if (frame.type === 'permit') return frame;
      const [[partition, offset] = [-1, -1]] = parseOffsets(frame.id);
      return { type: frame.type, partition, offset };
    },
    written: (id, outcome) => JSON.stringify({ ...named(id), ...toJsonOutcome(outcome) }),
    refused: (id, problem) => JSON.stringify({ ...named(id), problem }),
    message: ({ message, redelivery }) =>
      JSON.stringify({
        type: 'message',
        id: `${message.partition}:${message.offset}`,
        ...(redelivery === 0 ? {} : { redelivery }),
        ...toJsonMessage(message, format),
      }),
    position: (offsets) => JSON.stringify({ type: 'position', offset: formatOffsets(offsets) }),
    assigned: (offsets) => JSON.stringify({ type: 'assigned', offset: formatOffsets(offsets) }),
    revoked: (offsets) => JSON.stringify({ type: 'revoked', offset: formatOffsets(offsets) }),
    problem: (problem) => JSON.stringify({ type: 'problem', problem }),
  };
}

function named(id: string | number | undefined): { readonly id?: string | number } {
  return id === undefined ? {} : { id };
}

/** What reads one frame of that shape. It throws INVALID_REQUEST for anything else. */
function frameReader<T>(schema: object): (data: Buffer, isBinary: boolean) => T {
  const ajv = new Ajv({ strict: false });
  const isValid = ajv.compile<T>(schema);
  return (data, isBinary) => {
    if (isBinary) throw new KafkaError('INVALID_REQUEST', 'a frame is JSON text, not binary');
    let frame: unknown;
    try {
      frame = JSON.parse(data.toString());
    } catch (cause) {
      throw new KafkaError('INVALID_REQUEST', 'a frame is not JSON', { cause });
    }
    if (!isValid(frame)) throw new KafkaError('INVALID_REQUEST', `a frame ${ajv.errorsText(isValid.errors)}`);
    return frame;
  };
}
