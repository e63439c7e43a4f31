import { type BatchView, batches, records } from '../../../protocol/records/batch.ts';
import { type CleanerOptions, type CleanResult, cleanLog } from '../../../src/log/compaction/cleaner.ts';
import { dirtyRange } from '../../../src/log/compaction/dirty-range.ts';
import type { Log } from '../../../src/log/log.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { InlineExecutor } from '../../../src/platform/executor.ts';

/** Compacts what of the log may be compacted, however dirty it is. */
export async function compact(
  log: Log,
  clock: Clock,
  { from, ...options }: Partial<CleanerOptions> & { readonly from?: number } = {},
): Promise<CleanResult> {
  const dirty = await dirtyRange(log.compactable, from, clock.now());
  return cleanLog(log.compactable, dirty, {
    clock,
    executor: new InlineExecutor({ clock }),
    mapBytes: 1024 ** 2,
    mapLoadFactor: 0.9,
    ioBytes: 256 * 1024,
    throttle: async () => {},
    checkStopped: () => {},
    ...options,
  });
}

/** Every batch of the log, as stored. */
export async function storedBatches(log: Log): Promise<BatchView[]> {
  const found: BatchView[] = [];
  let at = log.logStartOffset;
  for (;;) {
    const fetched = await log.read(at, { maxBytes: 1024 ** 2, minOneMessage: true, isolation: 'logEnd' });
    if (fetched.sizeInBytes === 0) return found;
    for (const each of batches(Buffer.concat(fetched.records))) {
      found.push(each);
      at = each.nextOffset;
    }
  }
}

/** A line for each batch: offsets, kind, and the records in it as `offset:key=value`. */
export async function dump(log: Log): Promise<string[]> {
  return (await storedBatches(log)).map((batch) => {
    const { baseOffset, lastOffset, producerId, isControl, deleteHorizonMs } = batch;
    const texts = [...records(batch)].map(({ offset, key, value }) =>
      isControl ? `${offset}:marker` : `${offset}:${key}=${value}`,
    );
    const producer = producerId < 0 ? '' : ` by ${producerId}`;
    const horizon = deleteHorizonMs === null ? '' : ` until ${deleteHorizonMs}`;
    return `${baseOffset}-${lastOffset}${producer}${horizon} [${texts.join(' ')}]`;
  });
}
