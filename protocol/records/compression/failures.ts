import { KafkaError } from '../../errors.ts';

/** Bytes that are not what the codec writes. */
export function corrupt(codec: string, what: string, cause?: unknown): KafkaError {
  return new KafkaError('INVALID_RECORD', `the ${codec} data ${what}`, cause === undefined ? undefined : { cause });
}

export function tooLarge(codec: string, maxBytes: number): KafkaError {
  return new KafkaError('MESSAGE_TOO_LARGE', `the ${codec} data decompresses to more than ${maxBytes} bytes`);
}
