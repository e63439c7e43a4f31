/** Failures as RFC 9457 problems, with Kafka's error name. */
import type { FastifyError } from 'fastify';
import { type ErrorName, KafkaError, toKafkaError } from '../../protocol/errors.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export interface Problem {
  /** `urn:kafka:error:` and the error's name. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly error: ErrorName;
  readonly errorCode: number;
}

/** Where a Kafka error is not the client's or the server's fault in the way its number alone would say. */
const STATUS: Readonly<Partial<Record<ErrorName, number>>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 404,
  UNKNOWN_TOPIC_ID: 404,
  RESOURCE_NOT_FOUND: 404,
  TOPIC_ALREADY_EXISTS: 409,
  OFFSET_OUT_OF_RANGE: 416,
  MESSAGE_TOO_LARGE: 413,
  RECORD_LIST_TOO_LARGE: 413,
  TOPIC_AUTHORIZATION_FAILED: 403,
  CLUSTER_AUTHORIZATION_FAILED: 403,
  TOPIC_DELETION_DISABLED: 403,
  POLICY_VIOLATION: 403,
  INVALID_TOPIC_EXCEPTION: 400,
  INVALID_PARTITIONS: 400,
  INVALID_REPLICATION_FACTOR: 400,
  INVALID_REPLICA_ASSIGNMENT: 400,
  INVALID_CONFIG: 400,
  INVALID_REQUEST: 400,
  INVALID_RECORD: 400,
  INVALID_TIMESTAMP: 400,
  UNSUPPORTED_COMPRESSION_TYPE: 400,
  CORRUPT_MESSAGE: 500,
  REQUEST_TIMED_OUT: 504,
  THROTTLING_QUOTA_EXCEEDED: 429,
  UNKNOWN_SERVER_ERROR: 500,
  KAFKA_STORAGE_ERROR: 503,
  LEADER_NOT_AVAILABLE: 503,
  NOT_LEADER_OR_FOLLOWER: 503,
  NOT_CONTROLLER: 503,
  BROKER_NOT_AVAILABLE: 503,
  NOT_ENOUGH_REPLICAS: 503,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 503,
};

/** The errors of HTTP itself that have a Kafka name; the others are INVALID_REQUEST, or Kafka's for a broker's own. */
const NAME_OF_STATUS: Readonly<Record<number, ErrorName>> = {
  404: 'RESOURCE_NOT_FOUND',
  413: 'MESSAGE_TOO_LARGE',
  503: 'BROKER_NOT_AVAILABLE',
};

export function problemOf(failure: unknown): Problem {
  if (isHttpError(failure)) {
    const status = failure.statusCode;
    const error = NAME_OF_STATUS[status] ?? (status < 500 ? 'INVALID_REQUEST' : 'UNKNOWN_SERVER_ERROR');
    return problem(new KafkaError(error, failure.message), status);
  }
  const error = toKafkaError(failure);
  return problem(error, STATUS[error.error] ?? 500);
}

export function problem(error: KafkaError, status: number): Problem {
  return {
    type: `urn:kafka:error:${error.error}`,
    title: title(error.error),
    status,
    detail: error.message,
    error: error.error,
    errorCode: error.errorCode,
  };
}

/** UNKNOWN_TOPIC_OR_PARTITION is "Unknown topic or partition". */
function title(name: ErrorName): string {
  return name.charAt(0) + name.slice(1).toLowerCase().replaceAll('_', ' ');
}

function isHttpError(failure: unknown): failure is FastifyError & { statusCode: number } {
  return failure instanceof Error && 'statusCode' in failure && typeof failure.statusCode === 'number';
}
