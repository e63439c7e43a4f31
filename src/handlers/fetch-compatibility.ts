import { batches } from '../../protocol/records/batch.ts';

/** Whether stored batches hold one that a client from before zstd (KIP-110) could not read. */
export function hasZstdBatch(records: readonly Buffer[]): boolean {
  for (const part of records) for (const batch of batches(part)) if (batch.compression === 'zstd') return true;
  return false;
}
