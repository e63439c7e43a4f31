import { expect, test } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { localCluster } from '../../src/client/local-cluster.ts';
import { PartitionReader } from '../../src/client/partition-reader.ts';
import type { LocalClient } from '../../src/local-client/local-client.ts';
import { SystemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { startTestBroker } from '../support/test-broker.ts';

test('what a partition gave is not lost when another one in the same answer has an error', async () => {
  const { broker } = await startTestBroker({ 'num.partitions': '2' });
  const client = broker.localClient({ clientId: 't', clientHost: '127.0.0.1', clientPort: 1 });
  await client.produce('t', [
    { partition: 0, value: 'a' },
    { partition: 1, value: 'b' },
  ]);
  let refusals = 1;
  // Partition 1 has just moved to another leader.
  const moved = {
    async request(api: readonly [{ readonly name: string }, unknown], ...rest: unknown[]) {
      const answer = await Reflect.apply(client.request, client, [api, ...rest]);
      if (api[0].name === 'FetchRequest' && refusals-- > 0) {
        for (const each of answer.responses.flatMap(
          (topic: { partitions: { partitionIndex: number }[] }) => topic.partitions,
        )) {
          if (each.partitionIndex === 1)
            Object.assign(each, { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, records: null });
        }
      }
      return answer;
    },
  } as unknown as LocalClient;
  const reader = new PartitionReader(localCluster(moved, { clock: new SystemClock(), random: systemRandom }));
  reader.assign([
    { topic: 't', partition: 0, offset: 0 },
    { topic: 't', partition: 1, offset: 0 },
  ]);
  const read: string[] = [];
  for (let polls = 0; polls < 4 && read.length < 2; polls++) {
    for (const { messages } of await reader.poll()) read.push(...messages.map(({ value }) => String(value)));
  }
  expect(read.sort()).toEqual(['a', 'b']);
  await client.close();
});

test('no more is read at once than is wanted, but always a batch', async () => {
  const { broker } = await startTestBroker();
  const client = broker.localClient({ clientId: 't', clientHost: '127.0.0.1', clientPort: 1 });
  for (const value of ['a', 'b', 'c']) await client.produce('t', [{ value: value.repeat(1000) }]);
  const ports = { clock: new SystemClock(), random: systemRandom };
  const reader = new PartitionReader(localCluster(client, ports), { maxBytes: 1500 });
  reader.assign([{ topic: 't', partition: 0, offset: 0 }]);
  expect((await reader.poll()).flatMap(({ messages }) => messages).map(({ offset }) => offset)).toEqual([0]);
  expect((await reader.poll()).flatMap(({ messages }) => messages).map(({ offset }) => offset)).toEqual([1]);
  await client.close();
});
