import type { KafkaError } from '../../../protocol/errors.ts';

/** What an operation decided. */
export interface Decision<R, T> {
  /** Appended together with those of other operations, in order. */
  readonly records: readonly R[];
  /** The answer; given when the records, and all earlier ones, are committed. */
  readonly response: T;
  /** The records may be spread over several batches, of which a crash may leave the first ones alone. */
  readonly isDivisible?: boolean;
  /** Called with null when the records are committed, with the error when they are not; before the answer is given. */
  readonly onCompleted?: ((error: KafkaError | null) => void) | undefined;
}
