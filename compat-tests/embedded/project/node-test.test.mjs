/** The embedded broker under node:test, as an ES module, with its worker threads. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { startBroker } from 'samsa';

const broker = await startBroker();
beforeEach(() => broker.reset());
after(() => broker.close());

test('what is produced is there', async () => {
  const { offset } = await broker.produce('t', { key: 'k', value: 'v', headers: { h: ['1', '2'] } });
  assert.equal(offset, 0);
  const [record] = await broker.records('t');
  assert.deepEqual(
    record.headers.map(({ key, value }) => [key, String(value)]),
    [
      ['h', '1'],
      ['h', '2'],
    ],
  );
});

test('nothing of the last test is there', async () => {
  assert.deepEqual(await broker.topics(), []);
});

test('compaction runs in a worker thread of the package', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'samsa-worker-'));
  const configs = { 'log.cleaner.backoff.ms': 50 };
  const onDisk = await startBroker({ storage: { directory }, configs });
  try {
    await onDisk.createTopic('t', {
      configs: { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01', 'segment.ms': '1000' },
    });
    for (let i = 0; i < 50; i++) await onDisk.produce('t', { key: 'same', value: String(i) });
    // The segment is rolled by the next record after its time.
    await onDisk.clock.advance(2_000);
    await onDisk.produce('t', { key: 'other', value: 'last' });
    await onDisk.waitFor(async () => (await onDisk.records('t')).length === 2, { timeoutMs: 20_000 });
    assert.deepEqual(
      (await onDisk.records('t')).map(({ offset, value }) => [offset, String(value)]),
      [
        [49, '49'],
        [50, 'last'],
      ],
    );
    assert.ok(process.report.getReport().workers.length > 0, 'no worker thread runs');
  } finally {
    await onDisk.close();
    await rm(directory, { recursive: true, force: true });
  }
});
