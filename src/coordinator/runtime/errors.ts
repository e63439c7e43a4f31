import { type ErrorName, KafkaError, toKafkaError } from '../../../protocol/errors.ts';

/** What a coordinator's client is told when the log refuses or does not commit its records. */
const APPEND_ERRORS: Partial<Record<ErrorName, ErrorName>> = {
  NETWORK_EXCEPTION: 'COORDINATOR_LOAD_IN_PROGRESS',
  UNKNOWN_TOPIC_OR_PARTITION: 'COORDINATOR_NOT_AVAILABLE',
  NOT_ENOUGH_REPLICAS: 'COORDINATOR_NOT_AVAILABLE',
  REQUEST_TIMED_OUT: 'COORDINATOR_NOT_AVAILABLE',
  NOT_LEADER_OR_FOLLOWER: 'NOT_COORDINATOR',
  KAFKA_STORAGE_ERROR: 'NOT_COORDINATOR',
  MESSAGE_TOO_LARGE: 'UNKNOWN_SERVER_ERROR',
  RECORD_LIST_TOO_LARGE: 'UNKNOWN_SERVER_ERROR',
  INVALID_FETCH_SIZE: 'UNKNOWN_SERVER_ERROR',
};

/** The failure of a coordinator's operation as the error that its client understands. */
export function toCoordinatorError(failure: unknown): ErrorName {
  const { error } = toKafkaError(failure);
  return APPEND_ERRORS[error] ?? error;
}

export function notCoordinator(what: string): KafkaError {
  return new KafkaError('NOT_COORDINATOR', `this broker does not coordinate ${what}`);
}
