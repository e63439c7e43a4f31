/**
 * `node bench/micro/compaction.mjs [MB]`: one log compacted in a worker thread and on the event loop, in turn: MB/s of
 * what is read, and how long the event loop was held. `--folder DIR` says where (/dev/shm).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { internals } from './internals.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { folder: { type: 'string', default: '/dev/shm' }, codec: { type: 'string', default: 'none' } },
});
const megabytes = Number(positionals[0] ?? 300);
const RECORDS_A_BATCH = 150;
const VALUE_BYTES = 90;
/** Each key comes about four times. */
const KEYS_A_MB = 2100;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');
const samsa = await internals();
const clock = new samsa.SystemClock();
const executors = {
  worker: new samsa.WorkerExecutor({ file: samsa.packageFile('dist/samsa-worker.js'), errors: samsa.jobErrors }),
  'event loop': new samsa.InlineExecutor({ clock }),
};
for (const [name, executor] of [...Object.entries(executors), ...Object.entries(executors)]) {
  const folder = mkdtempSync(join(values.folder, 'samsa-compaction-'));
  try {
    const log = await filled(folder);
    const dirty = await samsa.dirtyRange(log.compactable, undefined, clock.now());
    // What the filling left behind is none of the compaction's.
    gc();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const utilization = performance.eventLoopUtilization();
    const before = process.cpuUsage();
    delay.enable();
    const startMs = performance.now();
    const { readBytes, writtenBytes } = await samsa.cleanLog(log.compactable, dirty, {
      clock,
      executor,
      mapBytes: 128 * 1024 ** 2,
      mapLoadFactor: 0.9,
      ioBytes: 256 * 1024,
      throttle: async () => {},
      checkStopped: () => {},
    });
    const seconds = (performance.now() - startMs) / 1000;
    delay.disable();
    const busy = performance.eventLoopUtilization(utilization).utilization;
    const cpu = process.cpuUsage(before);
    const ms = (ns) => (ns / 1e6).toFixed(1);
    console.log(
      `${name.padEnd(10)} ${(readBytes / 1e6).toFixed(0)} MB read, ${(writtenBytes / 1e6).toFixed(0)} MB kept, ` +
        `${seconds.toFixed(2)} s, ${(readBytes / 1e6 / seconds).toFixed(1)} MB/s; event loop delay p50 ${ms(delay.percentile(50))} ` +
        `p99 ${ms(delay.percentile(99))} max ${ms(delay.max)} ms, busy ${(busy * 100).toFixed(0)} %; CPU ${((cpu.user + cpu.system) / 1e6).toFixed(2)} s`,
    );
    await log.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
await executors.worker.close();

/** A log of the size, in segments of 64 MiB. */
async function filled(directory) {
  const log = await samsa.Log.open({
    directory,
    topicPartition: { topic: 'bench', partition: 0 },
    topicId: samsa.NO_TOPIC_ID,
    config: {
      ...samsa.defaultLogConfig,
      cleanupPolicy: new Set(['compact']),
      segmentBytes: 64 * 1024 ** 2,
      fileDeleteDelayMs: 0,
    },
    fs: new samsa.NodeFileSystem(),
    clock,
    logger: samsa.silentLogger,
  });
  const keys = KEYS_A_MB * megabytes;
  let key = 1;
  while (log.logEndOffset * 118 < megabytes * 1e6) {
    const appended = [];
    for (let batch = 0; batch < 50; batch++) {
      const rows = Array.from({ length: RECORDS_A_BATCH }, () => {
        key = (key * 48271) % 2147483647;
        return {
          timestamp: 1_700_000_000_000,
          key: Buffer.from(`key-${key % keys}`),
          value: Buffer.alloc(VALUE_BYTES, key),
        };
      });
      const records = samsa.buildBatch(rows, { compression: values.codec });
      appended.push(log.appendAsLeader(records, { leaderEpoch: 0, origin: 'client' }));
    }
    await Promise.all(appended);
  }
  log.updateHighWatermark(log.logEndOffset);
  return log;
}
