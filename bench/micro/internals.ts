/** What of the broker's inside the micro benches measure. */
export { BatchView, batches } from '../../protocol/records/batch.ts';
export { buildBatch } from '../../protocol/records/builder.ts';
export { newRing, RingReader, RingWriter } from '../../src/collections/shared-ring.ts';
export { TimerHeap } from '../../src/collections/timer-heap.ts';
export { cleanLog } from '../../src/log/compaction/cleaner.ts';
export { dirtyRange } from '../../src/log/compaction/dirty-range.ts';
export { NO_TOPIC_ID } from '../../src/log/file-names.ts';
export { jobErrors } from '../../src/log/jobs.ts';
export { Log } from '../../src/log/log.ts';
export { defaultLogConfig } from '../../src/log/log-config.ts';
export { recompress } from '../../src/log/recompress.ts';
export { recompressionJob } from '../../src/log/recompression.ts';
export { SystemClock } from '../../src/platform/clock.ts';
export { InlineExecutor } from '../../src/platform/executor.ts';
export { silentLogger } from '../../src/platform/logger.ts';
export { NodeFileSystem } from '../../src/platform/node-file-system.ts';
export { packageFile } from '../../src/platform/package-file.ts';
export { WorkerExecutor } from '../../src/platform/worker-executor.ts';
