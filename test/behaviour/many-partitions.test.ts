import { readdirSync, readlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import { buildBatch } from '../../protocol/records/builder.ts';
import * as api from '../support/apis.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

const PARTITIONS = 300;
const MOST_OPEN = 16;

/** The `.log` files below a directory that this process has open, where the system tells. */
function openLogs(directory: string): number {
  if (process.platform !== 'linux') return 0;
  const targets = readdirSync('/proc/self/fd').map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      // The descriptor of this listing.
      return '';
    }
  });
  // The metadata log is none of them.
  return targets.filter((path) => path.startsWith(`${directory}/many-`) && path.endsWith('.log')).length;
}

async function produceToAll(client: RawClient, round: number): Promise<void> {
  const partitionData = Array.from({ length: PARTITIONS }, (_, index) => ({
    index,
    records: buildBatch([{ timestamp: Date.now(), key: null, value: Buffer.from(`${round} of ${index}.`) }]),
  }));
  const { responses } = await client.request(api.produce, 9, {
    acks: -1,
    timeoutMs: 10_000,
    transactionalId: null,
    topicData: [{ name: 'many', partitionData }],
  });
  const answers = responses[0]!.partitionResponses.map(({ index, errorCode, baseOffset }) => [
    index,
    errorCode,
    baseOffset,
  ]);
  expect(answers.sort(([a], [b]) => a! - b!)).toEqual(Array.from({ length: PARTITIONS }, (_, i) => [i, 0, round]));
}

async function fetchAll(client: RawClient, rounds: number): Promise<void> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
    partition,
    fetchOffset: 0,
    partitionMaxBytes: 100_000,
  }));
  const { responses } = await client.request(api.fetch, 11, {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 100_000_000,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: 'many', partitions }],
    forgottenTopicsData: [],
    rackId: '',
  });
  for (const { partitionIndex, errorCode, records } of responses[0]!.partitions) {
    expect(errorCode).toBe(0);
    const text = String(records);
    for (let round = 0; round < rounds; round++) expect(text).toContain(`${round} of ${partitionIndex}.`);
  }
}

it('partitions in their hundreds are written and read with a few files open, before and after a restart', async () => {
  const samsa = await startTestBroker({ 'samsa.log.max.open.files': String(MOST_OPEN) });
  const client = await samsa.connect();
  const topic = { name: 'many', numPartitions: PARTITIONS, replicationFactor: 1 };
  await client.request(api.createTopics, 7, { topics: [topic] });
  for (let round = 0; round < 3; round++) {
    await produceToAll(client, round);
    expect(openLogs(samsa.directory)).toBeLessThanOrEqual(MOST_OPEN);
  }
  const again = await samsa.restart();
  expect(openLogs(again.directory)).toBe(0);
  const reader = await again.connect();
  await fetchAll(reader, 3);
  expect(openLogs(again.directory)).toBeLessThanOrEqual(MOST_OPEN);
  await produceToAll(reader, 3);
  await fetchAll(reader, 4);
});
