import { describe, expect, onTestFinished, test } from 'vitest';
import { clientConfig } from '../../src/client/client-config.ts';
import { Cluster } from '../../src/client/cluster.ts';
import { PartitionReader } from '../../src/client/partition-reader.ts';
import { Producer } from '../../src/client/producer.ts';
import { SystemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { startTestBroker } from '../support/test-broker.ts';

function clusterAt(port: number, properties: Record<string, string> = {}): Cluster {
  const all = new Map(Object.entries({ 'bootstrap.servers': `127.0.0.1:${port}`, ...properties }));
  const cluster = new Cluster(
    clientConfig(all, () => ''),
    { clock: new SystemClock(), random: systemRandom },
  );
  onTestFinished(() => cluster.close());
  return cluster;
}

async function readAll(cluster: Cluster, topic: string, count: number): Promise<string[]> {
  const reader = new PartitionReader(cluster);
  reader.assign([{ topic, partition: 0, offset: 0 }]);
  const values: string[] = [];
  while (values.length < count) {
    for (const { messages } of await reader.poll()) values.push(...messages.map(({ value }) => String(value)));
  }
  return values;
}

describe('client of a cluster', () => {
  test('what it sends while the broker goes away and comes back is written once, in its order', async () => {
    const started = await startTestBroker();
    const port = started.port;
    const cluster = clusterAt(port);
    const producer = new Producer(cluster);
    await producer.send('t', [{ value: '0' }]);
    await started.stop();
    const sent = (async () => {
      for (let i = 1; i <= 20; i++) await producer.send('t', [{ value: String(i) }]);
    })();
    await started.restart({ listeners: `PLAINTEXT://127.0.0.1:${port}` });
    await sent;
    expect(await readAll(cluster, 't', 21)).toEqual(Array.from({ length: 21 }, (_, i) => String(i)));
  });

  test('a batch that is too large for the topic is split, with sequences that fit', async () => {
    const { port } = await startTestBroker({ 'message.max.bytes': '2000' });
    const cluster = clusterAt(port);
    const producer = new Producer(cluster);
    const values = Array.from({ length: 40 }, (_, i) => `${i}${'x'.repeat(200)}`);
    const outcomes = await producer.send(
      't',
      values.map((value) => ({ value })),
    );
    expect(outcomes.map(({ offset }) => offset)).toEqual(values.map((_, i) => i));
    const [tooLarge] = await producer.send('t', [{ value: 'x'.repeat(3000) }]);
    expect(tooLarge!.error?.error).toBe('MESSAGE_TOO_LARGE');
    await producer.send('t', [{ value: 'after' }]);
    expect(await readAll(cluster, 't', 41)).toEqual([...values, 'after']);
  });

  test('an unknown topic is said at once, and made where that is wanted', async () => {
    const { port } = await startTestBroker();
    const cluster = clusterAt(port);
    await expect(cluster.topic('nothing')).rejects.toThrow('there is no topic nothing');
    expect((await cluster.topic('something', true)).partitions).toHaveLength(1);
  });

  test('a reader whose offset is gone says so, or goes to the start', async () => {
    const { port } = await startTestBroker();
    const cluster = clusterAt(port);
    await new Producer(cluster).send('t', [{ value: 'a' }]);
    const strict = new PartitionReader(cluster);
    strict.assign([{ topic: 't', partition: 0, offset: 99 }]);
    await expect(strict.poll()).rejects.toThrow('t-0 has no offset 99');
    const lenient = new PartitionReader(cluster, { offsetReset: 'earliest' });
    lenient.assign([{ topic: 't', partition: 0, offset: 99 }]);
    expect(await lenient.poll()).toEqual([]);
    expect((await lenient.poll())[0]!.messages.map(({ value }) => String(value))).toEqual(['a']);
  });

  test('a closed client rejects', async () => {
    const { port } = await startTestBroker();
    const cluster = clusterAt(port);
    await cluster.metadata([]);
    cluster.close();
    await expect(cluster.metadata([])).rejects.toThrow('the client is closed');
  });
});
