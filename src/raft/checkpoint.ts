/**
 * Checkpoint files: batches framed as in the log, between a header and a footer control record. A snapshot of the
 * metadata log is one, `bootstrap.checkpoint` is one, and so is the `0-0` checkpoint that holds the first voters.
 */
import { join } from 'node:path';
import { batches } from '../../protocol/records/batch.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import { buildKRaftControlBatch, type KRaftControl } from '../../protocol/records/control.ts';
import type { FileSystem } from '../platform/file-system.ts';
import { type LoggedBatch, readBatch } from './logged-batch.ts';

/** What lies below the first record of a log. */
export const FIRST_CHECKPOINT = { endOffset: 0, epoch: 0 } as const;

/** `00000000000000000000-0000000000.checkpoint`: the offset behind the last one it holds, and that one's epoch. */
export function checkpointName(endOffset: number, epoch: number): string {
  return `${String(endOffset).padStart(20, '0')}-${String(epoch).padStart(10, '0')}.checkpoint`;
}

export interface CheckpointContent {
  /** Beside the header, in its batch. */
  readonly controls: readonly KRaftControl[];
  /** Frames of metadata records. */
  readonly records: readonly Buffer[];
  readonly lastContainedLogTimestamp: number;
  readonly now: number;
}

export function buildCheckpoint({ controls, records, lastContainedLogTimestamp, now }: CheckpointContent): Buffer {
  const parts: Buffer[] = [];
  let offset = 0;
  const at = () => ({ baseOffset: offset, timestamp: now, leaderEpoch: 0 });
  const header: KRaftControl = { type: 'snapshotHeader', value: { version: 0, lastContainedLogTimestamp } };
  parts.push(buildKRaftControlBatch([header, ...controls], at()));
  offset += 1 + controls.length;
  if (records.length > 0) {
    const newRecords = records.map((value) => ({ timestamp: now, key: null, value }));
    parts.push(buildBatch(newRecords, { baseOffset: offset, partitionLeaderEpoch: 0 }));
    offset += records.length;
  }
  parts.push(buildKRaftControlBatch([{ type: 'snapshotFooter', value: { version: 0 } }], at()));
  return Buffer.concat(parts);
}

/** The batches of a checkpoint; throws unless it is whole, from header to footer. */
export function parseCheckpoint(data: Buffer, path: string): LoggedBatch[] {
  const content: LoggedBatch[] = [];
  let size = 0;
  for (const view of batches(data)) {
    if (!view.isValid()) throw new Error(`${path} is damaged: the batch at byte ${size} has a wrong checksum`);
    size += view.sizeInBytes;
    content.push(readBatch(view));
  }
  const first = content[0]?.controls[0]?.type;
  const last = content.at(-1)?.controls.at(-1)?.type;
  if (size !== data.length || first !== 'snapshotHeader' || last !== 'snapshotFooter') {
    throw new Error(`${path} is not a whole checkpoint`);
  }
  return content;
}

/** Undefined when there is no such file. */
export function readCheckpoint(fs: FileSystem, directory: string, name: string): LoggedBatch[] | undefined {
  const path = join(directory, name);
  const data = fs.startup.readFile(path);
  return data === null ? undefined : parseCheckpoint(data, path);
}
