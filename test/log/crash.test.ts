import { describe, expect, it } from 'vitest';
import { defaultLogConfig } from '../../src/log/log-config.ts';
import { LogManager } from '../../src/log/log-manager.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';
import { seededRandom } from '../../src/platform/random.ts';
import { append, NOW, produced, readAll, TOPIC_ID } from './fixture.ts';

const TP = { topic: 'orders', partition: 0 };
const CRASHES = 6;

interface Run {
  /** What was acknowledged, by offset. */
  readonly acknowledged: Map<number, string>;
  /** How much of it was flushed before the crash. */
  flushedTo: number;
  next: number;
}

/** Loads a log until the machine loses power at a random operation; rolls, flushes, checkpoints and truncations go on. */
async function load(
  fs: MemoryFileSystem,
  clock: SimulatedClock,
  random: () => number,
  run: Run,
  flushMessages: number,
) {
  const logs = await LogManager.open({
    dirs: ['/data'],
    fs,
    clock,
    logger: silentLogger,
    configFor: () => ({ ...defaultLogConfig, segmentBytes: 700, indexIntervalBytes: 100, flushMessages }),
  });
  const log = await logs.getOrCreate(TP, TOPIC_ID);
  await check(log, run);
  // What the crash took is gone for the client, too; it begins anew as another producer.
  for (const offset of run.acknowledged.keys()) if (offset >= log.logEndOffset) run.acknowledged.delete(offset);
  run.flushedTo = log.recoveryPoint;
  const producerId = run.next++;
  fs.powerOffAfter(1 + Math.floor(random() * 60));
  for (let sequence = 0; !fs.isPoweredOff; ) {
    const value = `${producerId}.${sequence}`;
    const appends = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, at) => ({
      value: `${value}+${at}`,
      answer: append(log, produced(producerId, sequence++, [`${value}+${at}`])),
    }));
    for (const { value: acknowledged, answer } of appends) {
      const info = await answer.catch(() => undefined);
      if (info !== undefined) run.acknowledged.set(info.baseOffset, acknowledged);
    }
    if (random() < 0.2) await log.flush().catch(() => {});
    if (random() < 0.2) await logs.checkpointOffsets().catch(() => {});
    if (!log.isClosed) run.flushedTo = Math.max(run.flushedTo, log.recoveryPoint);
  }
  // The process is gone before the disk comes back.
  fs.powerOffAfter(0);
  await logs.close().catch(() => {});
  fs.crash();
}

/** What is read is a prefix of what was acknowledged (more may have been written), with all that was flushed. */
async function check(log: Awaited<ReturnType<LogManager['getOrCreate']>>, run: Run): Promise<void> {
  expect(log.logEndOffset).toBeGreaterThanOrEqual(run.flushedTo);
  const found = await readAll(log);
  expect(found.map(([offset]) => offset)).toEqual(Array.from({ length: log.logEndOffset }, (_, offset) => offset));
  expect(new Set(found.map(([, value]) => value)).size).toBe(found.length);
  for (const [offset, value] of found) {
    if (run.acknowledged.has(offset)) expect(value).toBe(run.acknowledged.get(offset));
  }
}

describe('after', () => {
  it.each([
    ['a power cut a prefix stays, with everything before the last flush', true, Number.MAX_SAFE_INTEGER],
    ['a power cut with flush.messages=1 nothing acknowledged is lost', true, 1],
    ['kill -9 nothing acknowledged is lost', false, Number.MAX_SAFE_INTEGER],
  ])('%s', { timeout: 60_000 }, async (_, tracksDurability, flushMessages) => {
    const keepsAll = flushMessages === 1 || !tracksDurability;
    for (let seed = 1; seed <= 100; seed++) {
      const random = seededRandom(seed);
      const clock = new SimulatedClock(NOW);
      const fs = new MemoryFileSystem({ tracksDurability, random, now: () => clock.now() });
      await fs.makeDirectory('/data');
      await fs.syncDirectory('/');
      const run: Run = { acknowledged: new Map(), flushedTo: 0, next: 1 };
      try {
        for (let crash = 0; crash < CRASHES; crash++) {
          await load(fs, clock, () => random.float(), run, flushMessages);
          if (keepsAll) run.flushedTo = Math.max(run.flushedTo, ...[...run.acknowledged.keys()].map((at) => at + 1));
        }
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
});
