import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { batches, records } from '../../protocol/records/batch.ts';
import { parseOffsets } from '../../src/log/checkpoint-file.ts';
import * as api from '../support/apis.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

const SEGMENT_BYTES = 1024 ** 2;
const METADATA = 'where I was '.repeat(340);
const COMMITS = Math.ceil((1.5 * SEGMENT_BYTES) / METADATA.length);

async function commit(client: RawClient, group: string, committedOffset: number): Promise<void> {
  const { topics } = await client.request(api.offsetCommit, 8, {
    groupId: group,
    topics: [
      { name: 'orders', partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: `${METADATA}` }] },
    ],
  });
  expect(topics[0]?.partitions[0]?.errorCode).toBe(0);
}

async function committed(client: RawClient, group: string): Promise<number | undefined> {
  await client.request(api.findCoordinator, 4, { keyType: 0, coordinatorKeys: [group] });
  const { groups } = await client.request(api.offsetFetch, 8, {
    groups: [{ groupId: group, topics: [{ name: 'orders', partitionIndexes: [0] }] }],
  });
  return groups[0]?.topics[0]?.partitions[0]?.committedOffset;
}

/** How far `__consumer_offsets` was compacted. */
async function compactedTo(directory: string): Promise<number> {
  const path = join(directory, 'cleaner-offset-checkpoint');
  const text = await readFile(path, 'utf8').catch(() => '0\n0\n');
  return parseOffsets(text, path).find(({ topic }) => topic === '__consumer_offsets')?.offset ?? 0;
}

it('the offsets topic is compacted, and every group’s last offset outlives it', { timeout: 30_000 }, async () => {
  const samsa = await startTestBroker({
    'offsets.topic.num.partitions': '1',
    'offsets.topic.segment.bytes': String(SEGMENT_BYTES),
    'log.cleaner.backoff.ms': '10',
  });
  const client = await samsa.connect();
  await client.request(api.createTopics, 7, { topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }] });
  await client.request(api.findCoordinator, 4, { keyType: 0, coordinatorKeys: ['early', 'busy'] });
  await commit(client, 'early', 7);
  for (let offset = 0; offset < COMMITS; offset++) await commit(client, 'busy', offset);
  let busy = COMMITS;
  while ((await compactedTo(samsa.directory)) === 0) await commit(client, 'busy', busy++);
  const dirtyFrom = await compactedTo(samsa.directory);
  expect(dirtyFrom).toBeGreaterThan(COMMITS / 2);

  const restarted = await samsa.restart();
  const again = await restarted.connect();
  expect(await committed(again, 'early')).toBe(7);
  expect(await committed(again, 'busy')).toBe(busy - 1);
  const { responses } = await again.request(api.fetch, 12, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: SEGMENT_BYTES,
    topics: [
      {
        topic: '__consumer_offsets',
        partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: SEGMENT_BYTES }],
      },
    ],
  });
  const left = [...batches(responses[0]!.partitions[0]!.records!)].flatMap((batch) => [...records(batch)]);
  // What is left of the compacted part: the early group's commit, and the busy one's last.
  expect(left.filter(({ offset }) => offset < dirtyFrom).map(({ offset }) => offset)).toEqual([0, dirtyFrom - 1]);
});
