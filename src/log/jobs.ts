/** What of the log runs in worker threads, and how its errors come back. */
import { type ErrorName, KafkaError } from '../../protocol/errors.ts';
import type { ErrorCodec } from '../platform/worker-messages.ts';
import { compactionJob } from './compaction/compaction-job.ts';
import { InvalidRecordError, type RecordError } from './invalid-record-error.ts';
import { recompressionJob } from './recompression.ts';

export const jobs = [compactionJob, recompressionJob] as const;

interface ErrorMessage {
  readonly message: string;
  readonly stack: string;
  /** Of a `KafkaError`; `null` for any other. */
  readonly error: ErrorName | null;
  /** Of an `InvalidRecordError`; `null` for any other. */
  readonly recordErrors: readonly RecordError[] | null;
}

/** A `KafkaError` keeps its code, an `InvalidRecordError` its records; any other its words alone. */
export const jobErrors: ErrorCodec<ErrorMessage> = {
  encode(thrown) {
    const { message, stack = '' } = thrown instanceof Error ? thrown : new Error(String(thrown));
    return {
      message,
      stack,
      error: thrown instanceof KafkaError ? thrown.error : null,
      recordErrors: thrown instanceof InvalidRecordError ? thrown.recordErrors : null,
    };
  },
  decode({ message, stack, error, recordErrors }) {
    let failure: Error;
    if (recordErrors !== null) {
      const name = error === 'INVALID_TIMESTAMP' ? error : 'INVALID_RECORD';
      failure = new InvalidRecordError(name, recordErrors);
    } else failure = error === null ? new Error(message) : new KafkaError(error, message);
    // Where it happened, in the worker.
    failure.stack = stack;
    return failure;
  },
};
