import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigResource } from '../../src/metadata/image.ts';
import { parseCheckpoint } from '../../src/raft/checkpoint.ts';
import { golden } from './golden.ts';
import { TestNode } from './test-node.ts';

interface Expected {
  readonly clusterId: string;
  readonly features: Record<string, number>;
  readonly topics: Record<string, { id: string; configs: Record<string, string>; partitions: number }>;
}

const expected: Expected = JSON.parse(golden('expected.json').toString());
const FIRST = '00000000000000000000-0000000000.checkpoint';

describe('a data directory that Apache Kafka wrote', () => {
  let test: TestNode;
  beforeEach(() => {
    test = new TestNode();
    const metadata = join(test.logDir, '__cluster_metadata-0');
    mkdirSync(metadata, { recursive: true });
    for (const name of ['meta.properties', 'bootstrap.checkpoint'])
      writeFileSync(join(test.logDir, name), golden(name));
    for (const name of ['quorum-state', FIRST]) writeFileSync(join(metadata, name), golden(name));
    writeFileSync(join(test.logDir, '.kafka_cleanshutdown'), '{"version":0,"brokerEpoch":14}');
    test.disk.bytes = golden('00000000000000000000.log');
  });
  afterEach(() => test.remove());

  it('gives its topics, ids, configs and features', async () => {
    const node = await test.start();
    const image = node.image();
    expect(node.clusterId).toBe(expected.clusterId);
    expect(Object.fromEntries(image.features)).toEqual(expected.features);
    const internal = ['__consumer_offsets', '__transaction_state'];
    expect([...image.topicsByName.keys()].sort()).toEqual([...Object.keys(expected.topics), ...internal].sort());
    for (const [name, topic] of Object.entries(expected.topics)) {
      const found = image.topicsByName.get(name);
      expect(found?.id).toBe(topic.id);
      expect(image.topicsById.get(topic.id)).toBe(found);
      expect([...(found?.partitions.keys() ?? [])]).toEqual(Array.from({ length: topic.partitions }, (_, i) => i));
      expect(Object.fromEntries(image.configs(ConfigResource.TOPIC, name))).toEqual(topic.configs);
    }
    expect(image.nextProducerId).toBe(1000);
    expect(image.configs(ConfigResource.BROKER, '').get('log.cleaner.threads')).toBe('2');
  });

  it('stands where the controlled shutdown left it: no leader, one leader epoch further', async () => {
    const image = (await test.start()).image();
    for (const topic of image.topicsById.values()) {
      for (const partition of topic.partitions.values()) {
        expect(partition).toMatchObject({ leader: -1, leaderEpoch: 1, partitionEpoch: 1, isr: [], elr: [1] });
        expect(partition).toMatchObject({ replicas: [1], directories: ['Q1UIpZscRr62diCh2hCYZw'], lastKnownElr: [1] });
      }
    }
    expect(image.brokers.get(1)).toMatchObject({ epoch: 14, fenced: true, inControlledShutdown: true });
  });

  it('gives its SCRAM credential and its quota', async () => {
    const image = (await test.start()).image();
    expect([...image.scramCredentials.values()]).toMatchObject([{ user: 'alice', mechanism: 1, iterations: 4096 }]);
    expect([...image.clientQuotas.values()]).toEqual([
      { entity: new Map([['user', 'alice']]), values: new Map([['producer_byte_rate', 1048576]]) },
    ]);
  });

  it('is led on with the next epochs', async () => {
    const node = await test.startBroker();
    expect(node.controllerEpoch).toBe(2);
    // 182 to 184 begin the epoch, with the voters, whose port is another one; 185 registers the controller.
    expect(node.brokerEpoch).toBe(186);
    const partition = node.image().topicsByName.get('plain')?.partitions.get(0);
    expect(partition).toMatchObject({
      leader: 1,
      leaderEpoch: 2,
      partitionEpoch: 2,
      isr: [1],
      elr: [],
      lastKnownElr: [],
    });
    expect(partition?.leaderRecoveryState).toBe(0);
    const state = readFileSync(join(test.logDir, '__cluster_metadata-0', 'quorum-state'), 'utf8');
    expect(state).toBe(golden('quorum-state').toString().replace('"leaderEpoch":1', '"leaderEpoch":2'));
  });

  it('has its leaders recover when the last end was not clean', async () => {
    await test.fs.remove(join(test.logDir, '.kafka_cleanshutdown'));
    const node = await test.startBroker();
    const partition = node.image().topicsByName.get('plain')?.partitions.get(0);
    expect(partition).toMatchObject({ leader: 1, leaderEpoch: 2, partitionEpoch: 3, leaderRecoveryState: 1 });
  });
});

describe('an empty directory', () => {
  let test: TestNode;
  beforeEach(() => {
    test = new TestNode();
  });
  afterEach(() => test.remove());

  const values = (name: string, data: Buffer) =>
    parseCheckpoint(data, name).map(({ controls, frames, baseOffset, epoch }) => ({
      types: controls.map(({ type }) => type),
      frames: frames.map((frame) => frame.toString('hex')),
      baseOffset,
      epoch,
    }));

  it("is formatted with the checkpoints of Kafka's own formatting", async () => {
    await test.start();
    const bootstrap = readFileSync(join(test.logDir, 'bootstrap.checkpoint'));
    expect(values('bootstrap', bootstrap)).toEqual(values('bootstrap', golden('bootstrap.checkpoint')));
    expect(bootstrap.length).toBe(golden('bootstrap.checkpoint').length);
    const voters = readFileSync(join(test.logDir, '__cluster_metadata-0', FIRST));
    expect(values('voters', voters)).toEqual(values('voters', golden(FIRST)));
    expect(voters.length).toBe(golden(FIRST).length);
    const names = (data: Buffer) =>
      data
        .toString()
        .split('\n')
        .map((line) => line.replace(/^#\w.*|(?<==).*/, ''));
    expect(names(readFileSync(join(test.logDir, 'meta.properties')))).toEqual(names(golden('meta.properties')));
  });
});
