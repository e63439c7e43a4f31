/** The codes of the REST Proxy's errors, v2. */
import { isRetriable, type KafkaError } from '../../../protocol/errors.ts';
import { type RestError, toRestError } from '../rest-error.ts';

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

/** Any failure as an answer of v2. */
export function restError(failure: unknown): RestError {
  return toRestError(failure, { impossibleNumber: RestCode.UNPROCESSABLE, codeOf });
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
