import { type ErrorName, KafkaError } from '../../protocol/errors.ts';

/** Which record of a batch was refused, and why; what a Produce response carries (KIP-467). */
export interface RecordError {
  readonly batchIndex: number;
  readonly message: string;
}

/** A batch refused for some of its records. */
export class InvalidRecordError extends KafkaError {
  readonly recordErrors: readonly RecordError[];

  constructor(error: Extract<ErrorName, 'INVALID_RECORD' | 'INVALID_TIMESTAMP'>, recordErrors: readonly RecordError[]) {
    super(error, summary(error, recordErrors));
    this.recordErrors = recordErrors;
  }
}

function summary(error: ErrorName, recordErrors: readonly RecordError[]): string {
  if (error === 'INVALID_TIMESTAMP') return 'One or more records have been rejected due to invalid timestamp';
  const shown = recordErrors.slice(0, 3).map(({ batchIndex, message }) => `record ${batchIndex}: ${message}`);
  return `${recordErrors.length} records have been rejected; the first: ${shown.join('; ')}`;
}
