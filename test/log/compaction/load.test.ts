import { describe, expect, it } from 'vitest';
import { batches, records } from '../../../protocol/records/batch.ts';
import { buildBatch } from '../../../protocol/records/builder.ts';
import { defaultCleanerConfig } from '../../../src/log/compaction/log-cleaner.ts';
import type { Log } from '../../../src/log/log.ts';
import { defaultLogConfig } from '../../../src/log/log-config.ts';
import { LogManager } from '../../../src/log/log-manager.ts';
import { SimulatedClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts';
import { seededRandom } from '../../../src/platform/random.ts';
import { append, NOW, TOPIC_ID } from '../fixture.ts';

const SEEDS = 60;
const CRASHES = 5;
const KEYS = 8;

interface Run {
  /** Every value that was sent is another one. */
  sent: number;
  /** How many offsets have no record any more. */
  compacted: number;
  /** Key → the offset of the last value that was acknowledged, and the value. */
  readonly acknowledged: Map<string, { readonly offset: number; readonly value: string }>;
}

interface Bench {
  readonly fs: MemoryFileSystem;
  readonly clock: SimulatedClock;
  readonly random: () => number;
  readonly flushMessages: number;
}

/** Appends while the log is compacted again and again, until the machine stops at a random operation. */
async function loadUntilCrash({ fs, clock, random, flushMessages }: Bench, run: Run): Promise<void> {
  const logs = await LogManager.open({
    dirs: ['/data'],
    fs,
    clock,
    logger: silentLogger,
    cleaner: () => ({ ...defaultCleanerConfig, backoffMs: 1 }),
    configFor: () => ({
      ...defaultLogConfig,
      cleanupPolicy: new Set(['compact']),
      segmentBytes: 400,
      indexIntervalBytes: 100,
      minCleanableDirtyRatio: 0.2,
      fileDeleteDelayMs: 5,
      flushMessages,
    }),
  });
  const log = await logs.getOrCreate({ topic: 'orders', partition: 0 }, TOPIC_ID);
  await check(log, run);
  fs.powerOffAfter(1 + Math.floor(random() * 150));
  while (!fs.isPoweredOff) {
    const key = `k${Math.floor(random() * KEYS)}`;
    const value = `v${run.sent++}`;
    const record = { timestamp: NOW, key: Buffer.from(key), value: Buffer.from(value) };
    const batch = buildBatch([record, { ...record, key: Buffer.from('other') }]);
    const answer = append(log, batch).catch(() => undefined);
    await clock.advance(1);
    const info = await answer;
    if (info === undefined) continue;
    run.acknowledged.set(key, { offset: info.baseOffset, value });
    log.updateHighWatermark(log.logEndOffset);
  }
  fs.crash();
  await logs.close().catch(() => {});
}

/** Each key's last acknowledged value is there, unless a later one is; nothing is there twice or out of order. */
async function check(log: Log, run: Run): Promise<void> {
  const last = new Map<string, { offset: number; value: string }>();
  const values = new Set<string>();
  let at = log.logStartOffset;
  let previous = -1;
  for (;;) {
    const fetched = await log.read(at, { maxBytes: 300, minOneMessage: true, isolation: 'logEnd' });
    if (fetched.sizeInBytes === 0) break;
    for (const batch of batches(Buffer.concat(fetched.records))) {
      for (const { offset, key, value } of records(batch)) {
        if (offset < at) continue;
        expect(offset).toBeGreaterThan(previous);
        run.compacted += offset - previous - 1;
        previous = offset;
        if (String(key) === 'other') continue;
        expect(values).not.toContain(String(value));
        values.add(String(value));
        last.set(String(key), { offset, value: String(value) });
      }
      at = batch.nextOffset;
    }
  }
  for (const [key, { offset, value }] of run.acknowledged) {
    const found = last.get(key);
    expect(found, `${key}=${value} at ${offset}`).toBeDefined();
    if (found!.offset === offset) expect(found!.value).toBe(value);
    else expect(found!.offset).toBeGreaterThan(offset);
  }
}

describe('compaction under load loses no key’s last acknowledged value', () => {
  it.each([
    ['to kill -9', false, Number.MAX_SAFE_INTEGER],
    ['to a power cut with flush.messages=1', true, 1],
  ])('%s', { timeout: 60_000 }, async (_, tracksDurability, flushMessages) => {
    let compacted = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = seededRandom(seed);
      const clock = new SimulatedClock(NOW);
      const fs = new MemoryFileSystem({ tracksDurability, random, now: () => clock.now() });
      await fs.makeDirectory('/data');
      await fs.syncDirectory('/');
      const run: Run = { sent: 0, compacted: 0, acknowledged: new Map() };
      try {
        for (let crash = 0; crash < CRASHES; crash++) {
          await loadUntilCrash({ fs, clock, random: () => random.float(), flushMessages }, run);
        }
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      compacted += run.compacted;
    }
    expect(compacted).toBeGreaterThan(20 * SEEDS);
  });
});
