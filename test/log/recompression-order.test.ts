import { describe, expect, it } from 'vitest';
import { batches } from '../../protocol/records/batch.ts';
import type { BatchOptions } from '../../protocol/records/builder.ts';
import type { AppendInfo, Log, LogOptions } from '../../src/log/log.ts';
import type { LogConfig } from '../../src/log/log-config.ts';
import { type Executor, ExecutorError, type Job, type RunOptions } from '../../src/platform/executor.ts';
import { seededRandom } from '../../src/platform/random.ts';
import { append, batch, DIRECTORY, openLog, readAll } from './fixture.ts';

/** Holds every job until it is told to go on, in whatever order. */
class HeldExecutor implements Executor {
  readonly held: { readonly finish: () => void; readonly fail: (error: Error) => void }[] = [];

  run<Input, Output>(job: Job<Input, Output>, input: Input, { signal }: RunOptions = {}): Promise<Output> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      const finish = (): void => {
        try {
          const step = job.run(input).next();
          if (step.done === true) resolve(step.value);
        } catch (error) {
          reject(error);
        }
      };
      this.held.push({ finish, fail: reject });
    });
  }

  async close(): Promise<void> {}
}

async function bench(config: Partial<LogConfig> = {}, options: Partial<LogOptions> = {}) {
  const executor = new HeldExecutor();
  return { executor, ...(await openLog({ compressionType: 'gzip', ...config }, { executor, ...options })) };
}

const LARGE_BYTES = 40_000;

/** Of one record, above what is recompressed on the spot. */
function large(name: string, options: BatchOptions = {}): Buffer {
  return batch([name.padEnd(LARGE_BYTES, '.')], options);
}

function idempotent(name: string, baseSequence: number): Buffer {
  return large(name, { producerId: 5, producerEpoch: 0, baseSequence });
}

/** Lets everything go on that can. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const names = async (log: Log) =>
  (await readAll(log)).map(([offset, value]) => `${offset}:${value.replace(/\.+$/, '')}`);
const offsets = (infos: readonly AppendInfo[]) => infos.map(({ baseOffset }) => baseOffset);
const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (failure) => failure.error ?? failure.message,
  );

describe('appends whose batches are made anew in a worker', () => {
  it('are written in the order in which they came, whichever is ready first, small ones among them', async () => {
    const { log, executor } = await bench();
    const infos = Promise.all(
      [large('a'), batch(['b']), large('c'), large('d'), batch(['e'])].map((each) => append(log, each)),
    );
    await turns();
    expect(executor.held.length).toBe(3);
    expect(log.logEndOffset).toBe(0);
    executor.held[2]!.finish();
    await turns();
    expect(log.logEndOffset).toBe(0);
    executor.held[0]!.finish();
    await turns();
    expect(log.logEndOffset).toBe(2);
    executor.held[1]!.finish();
    expect(offsets(await infos)).toEqual([0, 1, 2, 3, 4]);
    expect(await names(log)).toEqual(['0:a', '1:b', '2:c', '3:d', '4:e']);
    log.updateHighWatermark(5);
    const { records: stored } = await log.read(0, { maxBytes: 1e6, minOneMessage: true, isolation: 'logEnd' });
    expect([...batches(Buffer.concat(stored))].map(({ compression }) => compression)).toEqual(Array(5).fill('gzip'));
  });

  it('are refused alone when they fail, and take no offset', async () => {
    const { log, executor } = await bench({ maxMessageBytes: 1_000_000 });
    const broken = large('b', { compression: 'none' });
    broken.writeUInt8(broken[70]! ^ 1, 70);
    const [first, corrupt, third, fourth] = [large('a'), broken, large('c'), large('d')].map((each) =>
      append(log, each).then(
        ({ baseOffset }) => baseOffset,
        (failure) => failure.error,
      ),
    );
    executor.held[3]!.finish();
    executor.held[2]!.fail(new ExecutorError('WORKER_DIED', 'the worker thread died'));
    executor.held[1]!.finish();
    executor.held[0]!.finish();
    // What the header and the checksum say comes first, as without a worker.
    expect([await first, await corrupt, await third, await fourth]).toEqual([
      0,
      'CORRUPT_MESSAGE',
      'UNKNOWN_SERVER_ERROR',
      1,
    ]);
    expect(await names(log)).toEqual(['0:a', '1:d']);
  });

  it('are made on the spot when no worker takes them, or the topic’s settings have changed', async () => {
    const { log, executor } = await bench();
    const full = append(log, large('a'));
    executor.held[0]!.fail(new ExecutorError('EXECUTOR_FULL', 'too many'));
    expect(await full).toMatchObject({ baseOffset: 0 });
    const changed = append(log, large('b'));
    log.updateConfig({ ...log.config, compressionType: 'zstd' });
    executor.held[1]!.finish();
    expect(await changed).toMatchObject({ baseOffset: 1 });
    const { records: stored } = await log.read(0, { maxBytes: 1e6, minOneMessage: true, isolation: 'logEnd' });
    expect([...batches(Buffer.concat(stored))].map(({ compression }) => compression)).toEqual(['gzip', 'zstd']);
  });

  it('are known again by their sequences, and refused when one before them is missing', async () => {
    const { log, executor } = await bench();
    const sent = [
      append(log, idempotent('a', 0)),
      append(log, idempotent('a', 0)),
      append(log, idempotent('b', 1)),
      append(log, idempotent('c', 2)),
      append(log, idempotent('d', 3)),
    ];
    const outcomes = Promise.all(
      sent.map((each) =>
        each.then(
          ({ baseOffset, isDuplicate }) => `${baseOffset}${isDuplicate ? ' again' : ''}`,
          (failure) => failure.error,
        ),
      ),
    );
    // The third is lost, so the fourth must not be taken.
    executor.held[2]!.fail(new ExecutorError('WORKER_DIED', 'the worker thread died'));
    for (const at of [4, 3, 1, 0]) executor.held[at]!.finish();
    expect(await outcomes).toEqual([
      '0',
      '0 again',
      'UNKNOWN_SERVER_ERROR',
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
    ]);
    const again = [append(log, idempotent('b', 1)), append(log, idempotent('c', 2))];
    executor.held[6]!.finish();
    executor.held[5]!.finish();
    expect(offsets(await Promise.all(again))).toEqual([1, 2]);
    expect(await names(log)).toEqual(['0:a', '1:b', '2:c']);
  });

  it('keep their place before a truncation and a close that came later', async () => {
    const { log, executor, reopen } = await bench();
    const before = append(log, large('a'));
    const truncated = log.truncateTo(0);
    const after = append(log, large('b'));
    const closed = log.close();
    executor.held[1]!.finish();
    await turns();
    expect(log.isClosed).toBe(false);
    executor.held[0]!.finish();
    expect(await before).toMatchObject({ baseOffset: 0 });
    await truncated;
    expect(await after).toMatchObject({ baseOffset: 0 });
    await closed;
    expect(await errorOf(append(log, large('c')))).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(await names(await reopen({ wasCleanlyClosed: true }))).toEqual(['0:b']);
  });

  it('are refused when the log ends at once or its disk fails, without waiting for a worker', async () => {
    const ended = await bench();
    const waiting = errorOf(append(ended.log, large('a')));
    await turns();
    await ended.log.abandon();
    expect(await waiting).toBe('NOT_LEADER_OR_FOLLOWER');

    const offline = await bench();
    const lost = errorOf(append(offline.log, large('a')));
    await turns();
    offline.log.takeOffline();
    expect(await lost).toBe('KAFKA_STORAGE_ERROR');
  });

  it('leave what they leave without a worker, whatever happens among them', { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= 15; seed++) {
      const random = seededRandom(seed);
      const config = { compressionType: seed % 2 === 0 ? ('gzip' as const) : ('zstd' as const), segmentBytes: 60_000 };
      const there = await bench(config);
      const here = await openLog(config);
      const outcomes: [Promise<string>, Promise<string>][] = [];
      let sequence = 0;
      const both = (act: (log: Log) => Promise<unknown>): void => {
        const [one, other] = [there.log, here.log].map((log) =>
          act(log).then(JSON.stringify, (failure) => `${failure.error} ${failure.message}`),
        );
        outcomes.push([one!, other!]);
      };
      for (let step = 0; step < 60; step++) {
        const chance = random.float();
        if (chance < 0.08) {
          const offset = Math.floor(random.float() * 40);
          both((log) => log.truncateTo(offset));
        } else if (chance < 0.12) {
          both((log) => log.deleteOldSegments());
        } else {
          const sent = anyBatch(random.float, step, () => {
            const wrong = random.float() < 0.1 ? Math.floor(random.float() * 3) : 0;
            return sequence++ - wrong;
          });
          both((log) => append(log, Buffer.from(sent)));
        }
        while (there.executor.held.length > 0 && random.float() < 0.6) {
          there.executor.held.splice(Math.floor(random.float() * there.executor.held.length), 1)[0]!.finish();
        }
        if (random.float() < 0.3) await turns();
      }
      for (const { finish } of there.executor.held.splice(0)) finish();
      for (const [one, other] of outcomes) expect(await one, `seed ${seed}`).toBe(await other);
      await Promise.all([there.log.close(), here.log.close()]);
      const files = async (fs: typeof here.fs) => {
        const listed = (await fs.list(DIRECTORY)).map(({ name }) => name).sort();
        return Promise.all(
          listed.map(async (name) => `${name} ${(await fs.readFile(`${DIRECTORY}/${name}`)).toString('hex')}`),
        );
      };
      expect((await files(there.fs)).join('\n') === (await files(here.fs)).join('\n'), `files of seed ${seed}`).toBe(
        true,
      );
    }
  });
});

/** Large and small, in all codecs, of an idempotent producer or none, and now and then with a byte that is wrong. */
function anyBatch(float: () => number, step: number, nextSequence: () => number): Buffer {
  const compression = (['none', 'gzip', 'lz4'] as const)[Math.floor(float() * 3)]!;
  const values = Array.from(
    { length: 1 + Math.floor(float() * 3) },
    (_, at) =>
      `${step}-${at}-${Array.from({ length: Math.floor(float() * 3000) }, () => float().toString(36).slice(2, 8)).join('')}`,
  );
  const producer = float() < 0.5 ? { producerId: 9, producerEpoch: 0, baseSequence: nextSequence() } : {};
  const made = batch(values, { compression, ...producer });
  if (float() < 0.1) {
    const at = 21 + Math.floor(float() * (made.length - 21));
    made[at] = made[at]! ^ (1 << Math.floor(float() * 8));
  }
  return made;
}
