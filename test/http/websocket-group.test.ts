import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { offsetFetchRequest, offsetFetchResponse } from '../../protocol/schema/09-offset-fetch.ts';
import { describeGroupsRequest, describeGroupsResponse } from '../../protocol/schema/15-describe-groups.ts';
import { startHttp, type TestHttp } from './support.ts';
import { Client } from './websocket-client.ts';

async function withMessages(partitions: number, count: number): Promise<TestHttp> {
  const started = await startHttp();
  await started.call('POST', '/topics', { name: 't', partitions });
  await write(started, partitions, 0, count);
  return started;
}

function write({ call }: TestHttp, partitions: number, from: number, count: number) {
  const records = Array.from({ length: count }, (_, i) => ({
    value: `${from + i}`,
    partition: (from + i) % partitions,
  }));
  return call('POST', '/produce', { topic: 't', records });
}

function member({ url }: TestHttp): Promise<Client> {
  return Client.open(`${url}/topics/t/consume/ws?group=readers&offset=earliest`);
}

/** What the coordinator has, by partition. */
async function committed({ broker }: TestHttp): Promise<Map<number, number>> {
  const client = broker.localClient();
  const { groups } = await client.request([offsetFetchRequest, offsetFetchResponse], 8, {
    groups: [{ groupId: 'readers', topics: null }],
  });
  await client.close();
  return new Map(
    groups[0]!.topics.flatMap(({ partitions }) =>
      partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset] as const),
    ),
  );
}

async function describeGroup({ broker }: TestHttp) {
  const client = broker.localClient();
  const { groups } = await client.request([describeGroupsRequest, describeGroupsResponse], 5, { groups: ['readers'] });
  await client.close();
  return groups[0]!;
}

const isMessage = ({ type }: { type: string }): boolean => type === 'message';

describe('a consumer of a group', () => {
  test('gets all partitions alone, and what it acknowledges is committed before it is told so', async () => {
    const http = await withMessages(2, 4);
    const client = await member(http);
    client.send({ type: 'permit', count: 100 });
    const [assigned, ...messages] = await client.next(5);
    expect(assigned).toEqual({ type: 'assigned', offset: '0:0,1:0' });
    expect(messages.map(({ value }) => value).sort()).toEqual(['0', '1', '2', '3']);
    expect(await committed(http)).toEqual(new Map());
    client.send({ type: 'ack', id: '1:0' }, { type: 'ack', id: '1:1' }, { type: 'ack', id: '0:0' });
    await client.until(({ type, offset }) => type === 'position' && offset === '0:1,1:2');
    expect(await committed(http)).toEqual(
      new Map([
        [0, 1],
        [1, 2],
      ]),
    );
    expect(await describeGroup(http)).toMatchObject({
      groupState: 'Stable',
      protocolType: 'consumer',
      protocolData: 'range',
      members: [{ clientId: 'http', clientHost: '/127.0.0.1' }],
    });
  });

  test('that comes later goes on where the group has come to', async () => {
    const http = await withMessages(1, 4);
    const first = await member(http);
    first.send({ type: 'permit', count: 100 });
    await first.next(5);
    first.send({ type: 'ack', id: '0:0' }, { type: 'ack', id: '0:1' });
    await first.until(({ type, offset }) => type === 'position' && offset === '0:2');
    first.socket.close();
    await once(first.socket, 'close');
    await vi.waitFor(async () => expect((await describeGroup(http)).groupState).toBe('Empty'));
    const second = await member(http);
    second.send({ type: 'permit', count: 100 });
    expect(await second.next(3)).toMatchObject([
      { type: 'assigned', offset: '0:2' },
      { type: 'message', id: '0:2', value: '2' },
      { type: 'message', id: '0:3', value: '3' },
    ]);
  });

  test('shares with another: rebalances are told, and each message that was acknowledged comes once', async () => {
    const http = await withMessages(4, 40);
    const first = await member(http);
    first.send({ type: 'permit', count: 1000 });
    const before = (await first.next(41)).filter(isMessage);
    first.send(...before.map(({ id }) => ({ type: 'ack', id })));
    const second = await member(http);
    second.send({ type: 'permit', count: 1000 });
    const told = await first.until(({ type }) => type === 'assigned');
    expect(told.find(({ type }) => type === 'revoked')).toEqual({ type: 'revoked', offset: '0:10,1:10,2:10,3:10' });
    // Which of them gets which, their ids decide.
    const halves = [told.at(-1).offset, (await second.next())[0].offset];
    expect([...halves].sort()).toEqual(['0:10,1:10', '2:10,3:10']);
    await write(http, 4, 40, 40);
    const [ofFirst, ofSecond] = await Promise.all([first.next(20), second.next(20)]);
    const lowestOf = (messages: { partition: number }[]): number =>
      Math.min(...messages.map(({ partition }) => partition));
    expect([lowestOf(ofFirst), lowestOf(ofSecond)]).toEqual(halves.map((half) => Number(half.split(':')[0])));
    const values = [...before, ...ofFirst, ...ofSecond].map(({ value }) => Number(value)).sort((a, b) => a - b);
    expect(values).toEqual(Array.from({ length: 80 }, (_, i) => i));
    // The other takes over when one is gone.
    second.socket.terminate();
    const after = await first.until(({ type }) => type === 'assigned');
    expect(after.at(-1).offset.split(',')).toHaveLength(4);
  }, 20_000);

  test('that acknowledges what was taken away from it is not sent away', async () => {
    const http = await withMessages(1, 1);
    const client = await member(http);
    client.send({ type: 'ack', id: '0:77' }, { type: 'permit', count: 1 });
    expect((await client.next(2))[1]).toMatchObject({ type: 'message', id: '0:0' });
  });

  test('leaves when the broker’s HTTP stops, so that nobody waits for it', async () => {
    const http = await withMessages(1, 1);
    const client = await member(http);
    await client.next();
    await http.http.stop();
    expect((await describeGroup(http)).members).toEqual([]);
  });

  test.each([
    ['partition=0', 'partition'],
    ['ack=false', 'ack=false'],
    ['offset=0:3', 'offset'],
  ])('%s goes not with a group', async (parameter, named) => {
    const http = await withMessages(1, 0);
    const client = new Client(`${http.url}/topics/t/consume/ws?group=readers&${parameter}`);
    const [told] = await client.next();
    expect(told.problem).toMatchObject({ error: 'INVALID_REQUEST' });
    expect(told.problem.detail).toMatch(new RegExp(`^${named} goes not with group`));
  });

  test('asks the authorizer for the group', async () => {
    const acls = { 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer' };
    const started = await startHttp({
      ...acls,
      'allow.everyone.if.no.acl.found': 'false',
      'super.users': 'User:admin',
    });
    const client = new Client(`${started.url}/topics/t/consume/ws?group=readers`);
    onTestFinished(() => client.socket.terminate());
    expect((await client.next())[0].problem.error).toMatch(/AUTHORIZATION_FAILED/);
  });
});
