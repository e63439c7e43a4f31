import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MetadataImage } from '../../src/metadata/image.ts';
import { decodeRecord } from '../../src/metadata/records.ts';
import { defaultSnapshotConfig } from '../../src/metadata/snapshot-generator.ts';
import { parseCheckpoint } from '../../src/raft/checkpoint.ts';
import { openRaftLog } from '../../src/raft/open-raft-log.ts';
import { TestNode } from './test-node.ts';

const topic = (name: string, numPartitions = 2) => ({
  name,
  numPartitions,
  replicationFactor: 1,
  assignments: [],
  configs: [{ name: 'retention.ms', value: '1000' }],
});

/** All that an image says, without where it was made. */
function content({ offset: _offset, epoch: _epoch, controllerId: _id, configs: _configs, ...fields }: MetadataImage) {
  return fields;
}

describe('snapshots of the metadata', () => {
  let test: TestNode;
  beforeEach(() => {
    test = new TestNode();
  });
  afterEach(() => test.remove());

  const eager = { ...defaultSnapshotConfig, maxBytes: 1 };
  const checkpoints = () =>
    readdirSync(join(test.logDir, '__cluster_metadata-0')).filter((name) => name.includes('.checkpoint'));
  const written = () => checkpoints().filter((name) => !name.startsWith('00000000000000000000-'));

  it('hold all that the image holds, and a start from them and the rest of the log gives the same', async () => {
    await test.startBroker({ openLog: openRaftLog, snapshotConfig: eager });
    const { controller } = test.node;
    await controller.createTopics({ topics: [topic('a'), topic('b', 3)], validateOnly: false });
    await controller.deleteTopics([{ name: 'a' }]);
    await controller.allocateProducerIds(1, test.node.brokerEpoch);
    await test.stopBroker();
    expect(written().length).toBeGreaterThan(0);
    const before = content(test.node.image());
    await test.start({ openLog: openRaftLog });
    // The new life's controller registered anew.
    expect(content(test.node.image())).toEqual({ ...before, controllers: test.node.image().controllers });
    await test.node.close();
  });

  it('begin with features, of which metadata.version is first, and name the voters beside the header', async () => {
    await test.startBroker({ openLog: openRaftLog, snapshotConfig: eager });
    await test.node.controller.createTopics({ topics: [topic('a')], validateOnly: false });
    const end = test.node.image().offset + 1;
    await vi.waitFor(() => expect(Number(written().at(-1)?.slice(0, 20))).toBe(end));
    await test.stopBroker();
    const path = join(test.logDir, '__cluster_metadata-0', written().at(-1)!);
    const batches = parseCheckpoint(readFileSync(path), path);
    expect(batches[0]!.controls.map(({ type }) => type)).toEqual(['snapshotHeader', 'kraftVersion', 'kraftVoters']);
    const records = batches.flatMap(({ frames }) => frames.map(decodeRecord));
    expect(records[0]).toMatchObject({
      type: 'FeatureLevelRecord',
      value: { name: 'metadata.version', featureLevel: 30 },
    });
    const types = records.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1]);
    expect(types).toEqual([
      'FeatureLevelRecord',
      'RegisterBrokerRecord',
      'RegisterControllerRecord',
      'TopicRecord',
      'PartitionRecord',
      'ConfigRecord',
    ]);
  });

  it('are made when the last one is old and something changed, not before', async () => {
    const hourly = { ...defaultSnapshotConfig, maxIntervalMs: 3_600_000 };
    await test.startBroker({ openLog: openRaftLog, snapshotConfig: hourly });
    await test.clock.advance(3_599_000);
    expect(written()).toEqual([]);
    await test.clock.advance(2_000);
    await test.stopBroker();
    expect(written()).toHaveLength(1);
  });

  it('let the oldest go, with the log beneath, when they take too much', async () => {
    const tight = { ...eager, retentionBytes: 0 };
    await test.startBroker({ openLog: openRaftLog, snapshotConfig: tight });
    for (let i = 0; i < 10; i++) {
      const before = written();
      await test.node.controller.createTopics({ topics: [topic(`t${i}`)], validateOnly: false });
      await vi.waitFor(() => expect(written()).not.toEqual(before));
    }
    await test.stopBroker();
    expect(checkpoints()).toHaveLength(1);
    expect(written()).toHaveLength(1);
    await test.start({ openLog: openRaftLog });
    expect(test.node.image().topicsByName.size).toBe(10);
    await test.node.close();
  });

  it('go once they are older than metadata.max.retention.ms, without a new one being written', async () => {
    await test.startBroker({ openLog: openRaftLog, snapshotConfig: eager });
    await test.node.controller.createTopics({ topics: [topic('a')], validateOnly: false });
    await vi.waitFor(() => expect(written().length).toBeGreaterThan(0));
    await test.stopBroker();
    const before = checkpoints();
    expect(before.length).toBeGreaterThan(1);
    const snapshotConfig = { ...defaultSnapshotConfig, maxIntervalMs: 0, retentionMs: 600_000 };
    await test.start({ openLog: openRaftLog, snapshotConfig });
    await test.clock.advance(540_000);
    expect(checkpoints()).toEqual(before);
    // Each look ends on the disk, and the next one is due a minute after it.
    await vi.waitFor(
      async () => {
        await test.clock.advance(60_000);
        expect(checkpoints()).toEqual(before.slice(-1));
      },
      { timeout: 10_000 },
    );
    await test.node.close();
    await test.start({ openLog: openRaftLog });
    expect([...test.node.image().topicsByName.keys()]).toEqual(['a']);
    await test.node.close();
  });

  it('that a crash left half written are removed, and one that is damaged is refused', async () => {
    await test.startBroker({ openLog: openRaftLog, snapshotConfig: eager });
    await test.node.controller.createTopics({ topics: [topic('a')], validateOnly: false });
    await test.stopBroker();
    const directory = join(test.logDir, '__cluster_metadata-0');
    writeFileSync(join(directory, '00000000000000009999-0000000001-12345.checkpoint.part'), 'half');
    await test.start({ openLog: openRaftLog });
    expect(checkpoints().filter((name) => name.endsWith('.part'))).toEqual([]);
    await test.node.close();
    const path = join(directory, written().at(-1)!);
    writeFileSync(path, readFileSync(path).subarray(0, -1));
    await expect(test.start({ openLog: openRaftLog })).rejects.toThrow('is not a whole checkpoint');
  });
});
