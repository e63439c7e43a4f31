import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { startHttp } from './support.ts';
import { Client } from './websocket-client.ts';

const BINARY = 'samsa.binary.v1';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

async function withTopic() {
  const started = await startHttp();
  await started.call('POST', '/topics', { name: 't', partitions: 2 });
  return started;
}

describe('samsa.binary.v1', () => {
  test('is spoken with clients that ask for it, JSON with others', async () => {
    const { url } = await withTopic();
    expect((await Client.open(`${url}/topics/t/produce/ws`, BINARY)).socket.protocol).toBe(BINARY);
    expect((await Client.open(`${url}/topics/t/produce/ws`, 'samsa.json.v1')).socket.protocol).toBe('samsa.json.v1');
    expect((await Client.open(`${url}/topics/t/produce/ws`)).socket.protocol).toBe('');
  });

  // The frames are written out by hand from docs/http.md.
  test('writes records and is answered in their order', async () => {
    const { call, url } = await withTopic();
    const client = await Client.open(`${url}/topics/t/produce/ws`, BINARY);
    // id 7, partition 1, timestamp 1700000000000, key 0x00ff, value "a", header h: 0x01
    client.socket.send(
      hex('01 00000007 00000001 0000018bcfe56800 00000002 00ff 00000001 61 00000001 00000001 68 00000001 01'),
    );
    // id 8, any partition, any time, no key, no value, no headers
    client.socket.send(hex('01 00000008 ffffffff ffffffffffffffff ffffffff ffffffff 00000000'));
    // id 9 for a partition that is not there
    client.socket.send(hex('01 00000009 00000063 ffffffffffffffff ffffffff ffffffff 00000000'));
    const [first, second, third] = await client.next(3);
    expect(first).toEqual(hex('02 00000007 0000 00000001 0000000000000000 0000018bcfe56800'));
    expect(second.subarray(0, 7)).toEqual(hex('02 00000008 0000'));
    // UNKNOWN_TOPIC_OR_PARTITION is 3
    expect(third.subarray(0, 7)).toEqual(hex('02 00000009 0003'));
    const { messages } = (await call('GET', '/consume?topic=t&partition=1&format=base64')).body;
    expect(messages[0]).toEqual({
      ...{ topic: 't', partition: 1, offset: 0, timestamp: 1_700_000_000_000 },
      key: { base64: 'AP8=' },
      value: { base64: 'YQ==' },
      headers: { h: { base64: 'AQ==' } },
    });
  });

  test('delivers what was permitted, and takes acknowledgements', async () => {
    const { call, url } = await withTopic();
    const record = { partition: 1, timestamp: 1_700_000_000_000, key: { base64: 'AP8=' }, headers: { h: null } };
    await call('POST', '/produce', {
      topic: 't',
      records: [
        { ...record, value: 'a' },
        { ...record, value: null },
      ],
    });
    const client = await Client.open(`${url}/topics/t/consume/ws?offset=earliest&ack=true`, BINARY);
    client.socket.send(hex('10 00000002'));
    const head = '20 00000001 000000000000000';
    const [first, second] = await client.next(2);
    expect(first).toEqual(
      hex(`${head}0 0000018bcfe56800 0000 00000002 00ff 00000001 61 00000001 00000001 68 ffffffff`),
    );
    expect(second).toEqual(hex(`${head}1 0000018bcfe56800 0000 00000002 00ff ffffffff 00000001 00000001 68 ffffffff`));
    client.socket.send(hex('11 00000001 0000000000000000'));
    // Two partitions: 0 from 0 on, 1 from 1 on.
    expect((await client.next())[0]).toEqual(hex('21 00000002 00000000 0000000000000000 00000001 0000000000000001'));
    client.socket.send(hex('12 00000001 0000000000000001'));
    client.socket.send(hex('10 00000001'));
    expect((await client.next())[0]).toEqual(
      hex(`${head}1 0000018bcfe56800 0001 00000002 00ff ffffffff 00000001 00000001 68 ffffffff`),
    );
  });

  test('tells a member of a group its partitions', async () => {
    const { url } = await withTopic();
    const client = await Client.open(`${url}/topics/t/consume/ws?group=readers`, BINARY);
    expect((await client.next())[0]).toEqual(hex('22 00000002 00000000 0000000000000000 00000001 0000000000000000'));
  });

  test.each([
    ['of no type', hex('55')],
    ['empty', Buffer.alloc(0)],
    ['too short', hex('10 0000')],
    ['too long', hex('10 00000001 00')],
    ['text', '{"type":"permit","count":1}'],
    ['of an offset beyond 2^53', hex('11 00000000 7fffffffffffffff')],
  ])('a frame that is %s is told and ends the socket', async (_name, frame) => {
    const { url } = await withTopic();
    const client = await Client.open(`${url}/topics/t/consume/ws?ack=true`, BINARY);
    client.socket.send(frame);
    const [problem] = await client.next();
    // Status 400, INVALID_REQUEST is 42.
    expect(problem.subarray(0, 5)).toEqual(hex('7f 0190 002a'));
    expect((await once(client.socket, 'close'))[0]).toBe(1008);
  });

  test.each([
    ['with a length beyond its end', hex('01 00000001 ffffffff ffffffffffffffff 7fffffff')],
    [
      'with a header without a key',
      hex('01 00000001 ffffffff ffffffffffffffff ffffffff ffffffff 00000001 ffffffff ffffffff'),
    ],
    ['with more headers than it has', hex('01 00000001 ffffffff ffffffffffffffff ffffffff ffffffff 7fffffff')],
  ])('a record %s is refused alone', async (_name, frame) => {
    const { url } = await withTopic();
    const client = await Client.open(`${url}/topics/t/produce/ws`, BINARY);
    client.socket.send(frame);
    client.socket.send(hex('01 00000002 00000000 ffffffffffffffff ffffffff ffffffff 00000000'));
    const [bad, good] = await client.next(2);
    expect(bad.subarray(0, 7)).toEqual(hex('02 00000001 002a'));
    expect(good.subarray(0, 11)).toEqual(hex('02 00000002 0000 00000000'));
  });
});
