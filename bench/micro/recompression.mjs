/**
 * `node bench/micro/recompression.mjs`: a batch made anew in another codec, on the event loop and by a worker thread: how
 * long the event loop is held by each, and after what time the batch is there. The size from which a worker is asked
 * (`log/recompression.ts`) comes from here.
 */
import { internals, median } from './internals.mjs';

const ROUNDS = 60;
const SIZES = [4, 8, 16, 32, 64, 128, 256, 1000].map((kib) => kib * 1024);
const CODECS = [
  ['none', 'lz4'],
  ['none', 'snappy'],
  ['none', 'zstd'],
  ['none', 'gzip'],
  ['gzip', 'zstd'],
  ['zstd', 'uncompressed'],
];

const samsa = await internals();
const executor = new samsa.WorkerExecutor({
  file: samsa.packageFile('dist/samsa-worker.js'),
  errors: samsa.jobErrors,
  threads: 1,
});
console.log('codecs            plain KiB  batch KiB   on the loop, µs   by a worker: loop held, µs   there after, µs');
for (const [from, compressionType] of CODECS) {
  for (const bytes of SIZES) {
    const records = batchOf(bytes, from);
    const config = { compressionType, compressionLevels: { gzip: -1, zstd: 3 }, maxMessageBytes: 1e9 };
    const here = [];
    const held = [];
    const there = [];
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      samsa.recompress(records, [...samsa.batches(records)], config, 'bench-0');
      here.push(performance.now() - start);
      const asked = performance.now();
      const copy = Buffer.allocUnsafeSlow(records.length);
      records.copy(copy);
      const done = executor.run(
        samsa.recompressionJob,
        { records: copy, config, name: 'bench-0' },
        { transfer: [copy.buffer] },
      );
      held.push(performance.now() - asked);
      await done;
      there.push(performance.now() - asked);
    }
    const us = (found) => (median(found) * 1000).toFixed(0);
    const name = `${from} → ${compressionType}`;
    console.log(
      `${name.padEnd(20)} ${`${bytes / 1024}`.padStart(5)} ${(records.length / 1024).toFixed(1).padStart(10)} ${us(here).padStart(17)} ${us(held).padStart(26)} ${us(there).padStart(19)}`,
    );
  }
}
await executor.close();

/** Of records that compress to about a third, as JSON does. */
function batchOf(bytes, compression) {
  const rows = [];
  for (let size = 0, n = 0; size < bytes; n++) {
    const value = Buffer.from(
      JSON.stringify({ id: n, user: `user-${(n * 7919) % 1000}`, amount: (n * 31) % 977, note: (n * 48271) % 65537 }),
    );
    rows.push({ timestamp: 1_700_000_000_000 + n, key: Buffer.from(`${n}`), value });
    size += value.length + 12;
  }
  return samsa.buildBatch(rows, { compression });
}
