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
  const builder = new CheckpointBuilder(now);
  const parts = [builder.header(lastContainedLogTimestamp, controls)];
  if (records.length > 0) parts.push(builder.batch(records));
  return Buffer.concat([...parts, builder.footer()]);
}

/** The batches of a checkpoint, one after the other: its header, records, its footer. */
export class CheckpointBuilder {
  readonly #now: number;
  #offset = 0;

  constructor(now: number) {
    this.#now = now;
  }

  header(lastContainedLogTimestamp: number, controls: readonly KRaftControl[]): Buffer {
    return this.#controls([{ type: 'snapshotHeader', value: { version: 0, lastContainedLogTimestamp } }, ...controls]);
  }

  /** Frames of metadata records, at least one. */
  batch(frames: readonly Buffer[]): Buffer {
    const newRecords = frames.map((value) => ({ timestamp: this.#now, key: null, value }));
    const batch = buildBatch(newRecords, { baseOffset: this.#offset, partitionLeaderEpoch: 0 });
    this.#offset += frames.length;
    return batch;
  }

  footer(): Buffer {
    return this.#controls([{ type: 'snapshotFooter', value: { version: 0 } }]);
  }

  #controls(controls: readonly KRaftControl[]): Buffer {
    const batch = buildKRaftControlBatch(controls, { baseOffset: this.#offset, timestamp: this.#now, leaderEpoch: 0 });
    this.#offset += controls.length;
    return batch;
  }
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
