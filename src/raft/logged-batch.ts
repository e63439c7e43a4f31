/** One batch of the metadata log taken apart: control records, which are the quorum's, or frames of metadata records. */
import { codec } from '../../protocol/codec.ts';
import { type BatchView, records } from '../../protocol/records/batch.ts';
import { controlType } from '../../protocol/records/control.ts';
import { kRaftVersionRecord } from '../../protocol/schema/records/kraft-version-record.ts';
import { snapshotHeaderRecord } from '../../protocol/schema/records/snapshot-header-record.ts';
import { votersRecord } from '../../protocol/schema/records/voters-record.ts';
import type { Decoded } from '../../protocol/schema/table.ts';
import { Reader } from '../../protocol/wire/reader.ts';

export type Voters = Decoded<typeof votersRecord>['voters'];

export type LoggedControl =
  | { readonly type: 'kraftVersion'; readonly kraftVersion: number }
  | { readonly type: 'kraftVoters'; readonly voters: Voters }
  | { readonly type: 'snapshotHeader'; readonly lastContainedLogTimestamp: number }
  | { readonly type: 'leaderChange' | 'snapshotFooter' | 'abort' | 'commit' | 'unknown' };

export interface LoggedBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly epoch: number;
  readonly timestamp: number;
  readonly controls: readonly LoggedControl[];
  /** Values of data records, in offset order from `baseOffset`. */
  readonly frames: readonly Buffer[];
}

export function readBatch(view: BatchView): LoggedBatch {
  const controls: LoggedControl[] = [];
  const frames: Buffer[] = [];
  for (const record of records(view)) {
    if (!view.isControl) {
      if (record.value === null) throw new Error(`the metadata record at offset ${record.offset} has no value`);
      frames.push(record.value);
      continue;
    }
    const type = controlType(record);
    const value = record.value ?? Buffer.alloc(0);
    if (type === 'kraftVersion') {
      controls.push({ type, kraftVersion: codec(kRaftVersionRecord, 0).decode(new Reader(value)).kRaftVersion });
    } else if (type === 'kraftVoters') {
      controls.push({ type, voters: codec(votersRecord, 0).decode(new Reader(value)).voters });
    } else if (type === 'snapshotHeader') {
      const { lastContainedLogTimestamp } = codec(snapshotHeaderRecord, 0).decode(new Reader(value));
      controls.push({ type, lastContainedLogTimestamp });
    } else {
      controls.push({ type });
    }
  }
  const { baseOffset, lastOffset, partitionLeaderEpoch, maxTimestamp } = view;
  return { baseOffset, lastOffset, epoch: partitionLeaderEpoch, timestamp: maxTimestamp, controls, frames };
}
