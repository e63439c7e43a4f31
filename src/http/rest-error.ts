/** Failures as Confluent's REST Proxy tells them, in both of its versions. */
import { type KafkaError, toKafkaError } from '../../protocol/errors.ts';
import { EncodeError } from '../../protocol/wire/decode-error.ts';

/** `errorCode` is an HTTP status, or one with two digits more. */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly errorCode: number;

  constructor(errorCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.errorCode = errorCode;
  }

  get status(): number {
    return this.errorCode > 999 ? Math.floor(this.errorCode / 100) : this.errorCode;
  }
}

/** What a version calls things. */
export interface RestCodes {
  /** A number that the protocol has no room for. */
  readonly impossibleNumber: number;
  readonly codeOf: (error: KafkaError) => number;
}

/** Any failure as an answer of the REST Proxy. */
export function toRestError(failure: unknown, { impossibleNumber, codeOf }: RestCodes): RestError {
  if (failure instanceof RestError) return failure;
  if (failure instanceof Error && 'statusCode' in failure && typeof failure.statusCode === 'number') {
    return new RestError(failure.statusCode, failure.message, { cause: failure });
  }
  if (failure instanceof EncodeError) return new RestError(impossibleNumber, failure.message, { cause: failure });
  const error = toKafkaError(failure);
  return new RestError(codeOf(error), error.message, { cause: error });
}
