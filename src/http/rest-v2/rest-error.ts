/** Errors as Confluent's REST Proxy tells them: an HTTP status, a code of five digits that begins with it, a sentence. */
import { isRetriable, type KafkaError, toKafkaError } from '../../../protocol/errors.ts';
import { EncodeError } from '../../../protocol/wire/decode-error.ts';

/** The codes of the REST Proxy's API reference, v2. */
export const RestCode = {
  TOPIC_NOT_FOUND: 40_401,
  PARTITION_NOT_FOUND: 40_402,
  CONSUMER_INSTANCE_NOT_FOUND: 40_403,
  CONSUMER_FORMAT_MISMATCH: 40_601,
  CONSUMER_ALREADY_EXISTS: 40_902,
  ILLEGAL_STATE: 40_903,
  UNPROCESSABLE: 422,
  INVALID_CONSUMER_CONFIG: 42_204,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TOO_MANY_INSTANCES: 42_901,
  KAFKA_ERROR: 50_002,
  KAFKA_RETRIABLE_ERROR: 50_003,
} as const;

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

/** Any failure as an answer of the REST Proxy. */
export function restError(failure: unknown): RestError {
  if (failure instanceof RestError) return failure;
  if (failure instanceof Error && 'statusCode' in failure && typeof failure.statusCode === 'number') {
    return new RestError(failure.statusCode, failure.message, { cause: failure });
  }
  // A number that the protocol has no room for.
  if (failure instanceof EncodeError) {
    return new RestError(RestCode.UNPROCESSABLE, failure.message, { cause: failure });
  }
  const error = toKafkaError(failure);
  return new RestError(codeOf(error), error.message, { cause: error });
}

function codeOf(error: KafkaError): number {
  switch (error.error) {
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'UNKNOWN_TOPIC_ID':
      return RestCode.TOPIC_NOT_FOUND;
    case 'TOPIC_AUTHORIZATION_FAILED':
    case 'GROUP_AUTHORIZATION_FAILED':
    case 'CLUSTER_AUTHORIZATION_FAILED':
      return 40_301;
    case 'INVALID_TOPIC_EXCEPTION':
    case 'INVALID_GROUP_ID':
    case 'INVALID_REQUEST':
      return RestCode.UNPROCESSABLE;
    // No room for more at the moment, or the broker stops.
    case 'BROKER_NOT_AVAILABLE':
      return 503;
    default:
      return isRetriable(error.error) ? RestCode.KAFKA_RETRIABLE_ERROR : RestCode.KAFKA_ERROR;
  }
}
