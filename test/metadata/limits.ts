/**
 * The metadata of 100,000 partitions against what is promised of it: what the image takes in memory, how long a start
 * from a snapshot takes, and one more topic. Run by `npm run test:metadata-limits`, which fails when one is missed.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MetadataNode, type MetadataNodeOptions } from '../../src/metadata/metadata-node.ts';
import { defaultSnapshotConfig } from '../../src/metadata/snapshot-generator.ts';
import { SystemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { NodeFileSystem } from '../../src/platform/node-file-system.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { broker, config } from './test-node.ts';

const TOPICS = 1000;
const PARTITIONS = 100;
const LIMITS = { 'image, MB': 250, 'start from a snapshot, ms': 3000, 'one topic created, median ms': 20 } as const;

const directory = mkdtempSync(join(tmpdir(), 'samsa-metadata-limits-'));
const clock = new SystemClock();
const options: MetadataNodeOptions = {
  nodeId: 1,
  logDirs: [directory],
  metadataLogDir: directory,
  config,
  fs: new NodeFileSystem(),
  clock,
  random: systemRandom,
  logger: silentLogger,
  snapshotConfig: { ...defaultSnapshotConfig, maxBytes: 1024 * 1024 },
  onFatal: (failure) => {
    throw failure;
  },
};
const topic = (name: string, numPartitions: number) => ({
  name,
  numPartitions,
  replicationFactor: 1,
  assignments: [],
  configs: [],
});

function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function snapshots(): string[] {
  return readdirSync(join(directory, '__cluster_metadata-0')).filter((name) =>
    /^0{10}.*[1-9].*\.checkpoint$/.test(name),
  );
}

try {
  const first = await MetadataNode.start(options);
  await first.registerAndUnfence(broker);
  for (let at = 0; at < TOPICS; at += 50) {
    const topics = Array.from({ length: 50 }, (_, i) => topic(`topic-${at + i}`, PARTITIONS));
    const created = await first.controller.createTopics({ topics, validateOnly: false });
    const failed = created.find(({ error }) => error !== null);
    if (failed !== undefined) throw failed.error;
  }
  const tookMs: number[] = [];
  for (let i = 0; i < 21; i++) {
    const startedMs = clock.monotonic();
    await first.controller.createTopics({ topics: [topic(`one-${i}`, 1)], validateOnly: false });
    tookMs.push(clock.monotonic() - startedMs);
  }
  await first.close();
  if (snapshots().length === 0) throw new Error('no snapshot was written');

  const beforeMb = heapMb();
  const startedMs = clock.monotonic();
  const second = await MetadataNode.start(options);
  const startMs = clock.monotonic() - startedMs;
  const imageMb = heapMb() - beforeMb;
  if (second.image().topicsByName.size !== TOPICS + 21) throw new Error('topics are missing');
  await second.close();

  const found = {
    'image, MB': imageMb,
    'start from a snapshot, ms': startMs,
    'one topic created, median ms': tookMs.sort((a, b) => a - b)[10]!,
  };
  for (const [what, limit] of Object.entries(LIMITS)) {
    const value = found[what as keyof typeof LIMITS];
    const isMet = value <= limit;
    console.log(`${isMet ? 'ok  ' : 'MISS'} ${what}: ${value.toFixed(1)} (at most ${limit})`);
    if (!isMet) process.exitCode = 1;
  }
} finally {
  rmSync(directory, { recursive: true });
}
