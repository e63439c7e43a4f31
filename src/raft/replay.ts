/** What is read of a metadata log and its snapshots to know what they say. */
import { type BatchView, batches } from '../../protocol/records/batch.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { type LoggedBatch, type LoggedControl, readBatch } from './logged-batch.ts';
import type { OffsetAndEpoch } from './messages.ts';
import type { RaftLog } from './raft-log.ts';
import type { SnapshotStore } from './snapshot-store.ts';

const READ_BYTES = 1024 * 1024;

/** The batches of [from, to), in order. */
export async function* readLog(log: RaftLog, from: number, to: number): AsyncGenerator<BatchView, void, undefined> {
  let offset = from;
  while (offset < to) {
    const { records } = await log.read(offset, { maxBytes: READ_BYTES, minOneMessage: true, isolation: 'logEnd' });
    const before = offset;
    for (const view of batches(records.length === 1 ? records[0]! : Buffer.concat(records))) {
      if (view.lastOffset < offset) continue;
      if (view.baseOffset >= to) return;
      yield view;
      offset = view.lastOffset + 1;
    }
    if (offset === before) throw new Error(`the metadata log holds no whole batch at offset ${offset}`);
  }
}

export async function readSnapshot(snapshots: SnapshotStore, id: OffsetAndEpoch): Promise<LoggedBatch[]> {
  const size = await snapshots.size(id);
  return parseCheckpoint(await snapshots.read(id, 0, size), `the snapshot at offset ${id.endOffset}`);
}

/** Those of its first batch, beside the header; the records stay unread. */
export async function readSnapshotControls(
  snapshots: SnapshotStore,
  id: OffsetAndEpoch,
): Promise<readonly LoggedControl[]> {
  const size = await snapshots.size(id);
  for (const view of batches(await snapshots.read(id, 0, Math.min(size, READ_BYTES)))) {
    return readBatch(view).controls;
  }
  throw new Error(`the snapshot at offset ${id.endOffset} of epoch ${id.epoch} is empty`);
}
