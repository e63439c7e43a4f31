import { expect, it } from 'vitest';
import { batches, records } from '../../../protocol/records/batch.ts';
import type { Log } from '../../../src/log/log.ts';
import { seededRandom } from '../../../src/platform/random.ts';
import { openLog, readAll } from '../fixture.ts';
import { compact } from './fixture.ts';
import { History } from './history.ts';

const RETENTION_MS = 5000;
const SEEDS = 30;

/** What a consumer with read_committed delivers. */
async function readCommitted(log: Log): Promise<[number, string][]> {
  const found: [number, string][] = [];
  let at = log.logStartOffset;
  for (;;) {
    const fetched = await log.read(at, { maxBytes: 300, minOneMessage: true, isolation: 'lastStable' });
    if (fetched.sizeInBytes === 0) return found;
    const aborted = [...fetched.abortedTransactions!].sort((a, b) => a.firstOffset - b.firstOffset);
    const skipped = new Set<number>();
    for (const batch of batches(Buffer.concat(fetched.records))) {
      while (aborted.length > 0 && aborted[0]!.firstOffset <= batch.lastOffset)
        skipped.add(aborted.shift()!.producerId);
      if (batch.isControl) skipped.delete(batch.producerId);
      else if (!(batch.isTransactional && skipped.has(batch.producerId))) {
        for (const { offset, value } of records(batch)) if (offset >= at) found.push([offset, `${value}`]);
      }
      at = batch.nextOffset;
    }
  }
}

it('leaves what naive compaction leaves, after every pass and every restart', { timeout: 60_000 }, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = seededRandom(seed);
    const next = (): number => random.float();
    const bench = await openLog({
      cleanupPolicy: new Set(['compact']),
      segmentBytes: 600 + Math.floor(next() * 1500),
      indexIntervalBytes: 200,
      deleteRetentionMs: RETENTION_MS,
      fileDeleteDelayMs: 1000,
    });
    let { log } = bench;
    const history = new History(log, next);
    let checkpoint = 0;
    try {
      for (let round = 0; round < 6; round++) {
        for (let write = 0; write < 40; write++) await history.write();
        await history.settle();
        await bench.clock.advance(Math.floor(next() * RETENTION_MS));
        // As little memory as for three keys, or enough for all.
        const mapBytes = 24 * (4 + Math.floor(next() * 20));
        const nowMs = bench.clock.now();
        const from = checkpoint;
        const dirtyEnd = log.compactable.activeOffset;
        if (dirtyEnd > from) {
          const bases = log.compactable.segments(0, dirtyEnd + 1).map(({ baseOffset }) => baseOffset);
          ({ endOffset: checkpoint } = await compact(log, bench.clock, { from, mapBytes }));
          expect(checkpoint).toBeGreaterThan(from);
          history.compacted(from, checkpoint, bases.find((base) => base >= checkpoint)!, nowMs, RETENTION_MS);
        }
        expect(await readAll(log, 0, 'logEnd', 200)).toEqual(history.rows());
        const committed = await readCommitted(log);
        const { logEndOffset } = log;
        if (next() < 0.5) {
          const wasCleanlyClosed = next() < 0.5;
          await (wasCleanlyClosed ? log.close() : log.abandon());
          log = await bench.reopen({ wasCleanlyClosed });
          log.updateHighWatermark(log.logEndOffset);
          history.on(log);
        }
        expect(log.logEndOffset).toBe(logEndOffset);
        expect(await readAll(log, 0, 'logEnd', 200)).toEqual(history.rows());
        expect(await readCommitted(log)).toEqual(committed);
        expect(committed).toEqual(history.committedRows());
      }
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
