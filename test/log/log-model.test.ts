import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildBatch } from '../../protocol/records/builder.ts';
import type { Log } from '../../src/log/log.ts';
import { defaultLogConfig } from '../../src/log/log-config.ts';
import { append, type Bench, NOW, openLog, readAll } from './fixture.ts';

/** A log as a list of batches, with nothing clever about it. */
class Model {
  batches: { base: number; values: string[]; times: number[]; epoch: number }[] = [];
  start = 0;
  end = 0;
  highWatermark = 0;

  append(values: string[], times: number[], epoch: number): number {
    const base = this.end;
    this.batches.push({ base, values, times, epoch });
    this.end += values.length;
    return base;
  }

  truncate(offset: number): void {
    this.batches = this.batches.filter(({ base, values }) => base + values.length <= offset);
    this.end = Math.min(this.end, offset);
    this.start = Math.min(this.start, offset);
    this.highWatermark = Math.min(this.highWatermark, this.end);
  }

  records(): { offset: number; value: string; time: number }[] {
    const all = this.batches.flatMap(({ base, values, times }) =>
      values.map((value, at) => ({ offset: base + at, value, time: times[at]! })),
    );
    return all.filter(({ offset }) => offset >= this.start);
  }

  /** What a reader of whole batches gets that may not see `bound`. */
  below(bound: number, from: number): [number, string][] {
    const whole = this.batches.filter(({ base, values }) => base + values.length <= bound);
    const end = whole.length === 0 ? 0 : whole.at(-1)!.base + whole.at(-1)!.values.length;
    return this.records()
      .filter(({ offset }) => offset >= from && offset < end)
      .map(({ offset, value }) => [offset, value]);
  }
}

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      times: fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('highWatermark' as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('truncate' as const), at: fc.double({ min: 0.5, max: 1, noNaN: true }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('start' as const), at: fc.double({ min: 0, max: 0.5, noNaN: true }) }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ kind: 'epoch' as const }, { kind: 'delete' as const }, { kind: 'flush' as const }),
  },
  { weight: 2, arbitrary: fc.constantFrom({ kind: 'close' as const }, { kind: 'crash' as const }) },
);

/** Compares everything that a reader can see. */
async function compare(log: Log, model: Model, probe: number): Promise<void> {
  expect([log.logStartOffset, log.logEndOffset, log.highWatermark]).toEqual([
    model.start,
    model.end,
    model.highWatermark,
  ]);
  for (const maxBytes of [1, 200, 100_000]) {
    expect(await readAll(log, model.start, 'logEnd', maxBytes)).toEqual(model.below(model.end, model.start));
  }
  const from = model.start + Math.floor(probe * (model.end - model.start));
  expect(await readAll(log, from, 'highWatermark')).toEqual(model.below(model.highWatermark, from));
  const time = NOW + Math.round(probe * 110 - 55);
  const found = model.records().find((record) => record.time >= time);
  expect((await log.offsetForTimestamp(time))?.offset).toBe(found?.offset);
}

describe('a log', () => {
  it('does what a list of batches does, whatever happens to it', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0, 150, 4096),
        async (steps, probe, indexIntervalBytes) => {
          const config = { segmentBytes: 600, indexIntervalBytes, retentionMs: -1 };
          const bench: Bench = await openLog(config, { config: { ...defaultLogConfig, ...config } });
          let { log } = bench;
          const model = new Model();
          let epoch = 0;
          let count = 0;
          for (const each of steps) {
            if (each.kind === 'append') {
              const values = each.times.map(() => `value-${count++}`);
              const times = each.times.map((time) => NOW + time);
              const records = values.map((value, at) => ({
                timestamp: times[at]!,
                key: null,
                value: Buffer.from(value),
              }));
              const info = await append(log, buildBatch(records), 'client', epoch);
              expect(info.baseOffset).toBe(model.append(values, times, epoch));
            } else if (each.kind === 'highWatermark') {
              model.highWatermark = Math.max(model.start, Math.floor(model.end * each.at));
              log.updateHighWatermark(model.highWatermark);
            } else if (each.kind === 'truncate') {
              const offset = Math.floor(model.end * each.at);
              await log.truncateTo(offset);
              model.truncate(offset);
            } else if (each.kind === 'start') {
              const offset = Math.floor(model.highWatermark * each.at);
              log.incrementLogStartOffset(offset);
              model.start = Math.max(model.start, offset);
            } else if (each.kind === 'epoch') {
              epoch++;
            } else if (each.kind === 'delete') {
              await log.deleteOldSegments();
            } else if (each.kind === 'flush') {
              await log.flush();
            } else {
              if (each.kind === 'close') await log.close();
              else await log.abandon();
              const { recoveryPoint } = log;
              const wasCleanlyClosed = each.kind === 'close';
              // A truncation in the middle of a batch is in no file; a restart ends the log at the last whole batch.
              const last = model.batches.at(-1);
              log = await bench.reopen({ wasCleanlyClosed, recoveryPoint, logStartOffset: model.start });
              const end = last === undefined ? 0 : last.base + last.values.length;
              if (end !== model.end) model.truncate(Math.max(end, model.start));
              model.end = Math.max(end, model.start);
              model.highWatermark = Math.max(Math.min(model.highWatermark, model.end), model.start);
              log.updateHighWatermark(model.highWatermark);
            }
          }
          await compare(log, model, probe);
        },
      ),
      { numRuns: 150 },
    );
  });
});
