import { describe, expect, it } from 'vitest';
import { buildBatch } from '../../protocol/records/builder.ts';
import { brokerHandlers } from '../../src/handlers/table.ts';
import { type Random, seededRandom } from '../../src/platform/random.ts';
import * as api from '../support/apis.ts';
import { encodeFrame, RawClient } from '../support/raw-client.ts';
import { startTestBroker, type TestBroker } from '../support/test-broker.ts';

/** Everything that is wrong with it must end in an answer or a closed connection; nothing may hang. */
async function send(samsa: TestBroker, bytes: Buffer, half = true): Promise<void> {
  const client = await RawClient.connect(samsa.port);
  client.sendBytes(bytes);
  // Half-closed: the broker has all that will ever come, and must let go of the connection by itself.
  if (half) client.socket.end();
  await client.closed;
}

function sized(frame: Buffer, size = frame.length): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeInt32BE(size);
  return Buffer.concat([prefix, frame]);
}

/** The broker answers, and still has what was acknowledged before. */
async function expectAlive(samsa: TestBroker, client: RawClient, endOffset: number): Promise<void> {
  const { topics } = await client.request(api.listOffsets, 7, {
    replicaId: -1,
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1 }] }],
  });
  expect(topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, offset: endOffset });
  const fresh = await samsa.connect();
  expect((await fresh.request(api.metadata, 12, { topics: [] })).brokers).toHaveLength(1);
}

async function withRecord() {
  const samsa = await startTestBroker({ 'socket.request.max.bytes': '1000000' });
  const client = await samsa.connect();
  await client.request(api.createTopics, 7, { topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }] });
  const { responses } = await client.request(api.produce, 9, produceBody());
  expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(0);
  return { samsa, client };
}

function produceBody() {
  const records = buildBatch([{ timestamp: 1, key: null, value: Buffer.from('kept') }]);
  return { acks: -1, timeoutMs: 1000, topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }] };
}

describe('hostile bytes', () => {
  it.each([
    ['a length of 2 GiB', sized(Buffer.from('00120000', 'hex'), 0x7fffffff)],
    ['a negative length', sized(Buffer.from('00120000', 'hex'), -1)],
    ['the most negative length', sized(Buffer.from('00120000', 'hex'), -(2 ** 31))],
    ['an empty frame', sized(Buffer.alloc(0))],
    ['a frame of one byte', sized(Buffer.alloc(1))],
    ['half a header', sized(Buffer.from('001200000000', 'hex'))],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['TLS', Buffer.from('16030100c8010000c40303', 'hex')],
    ['a client id beyond the frame', sized(Buffer.from('0012000000000001 7fff 61'.replaceAll(' ', ''), 'hex'))],
    ['an array of 2^31 − 1 topics', sized(Buffer.from('0003000100000001ffff7fffffff', 'hex'))],
    ['an array of −2 topics', sized(Buffer.from('0003000100000001fffffffffffe', 'hex'))],
  ])('%s harms nobody else', async (_what, bytes) => {
    const { samsa, client } = await withRecord();
    await send(samsa, bytes);
    await expectAlive(samsa, client, 1);
  });

  it('a wrong CRC is refused, and nothing of it is kept', async () => {
    const { samsa, client } = await withRecord();
    const body = produceBody();
    body.topicData[0]!.partitionData[0]!.records[30]! ^= 1;
    const { responses } = await client.request(api.produce, 9, body);
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(2);
    await expectAlive(samsa, client, 1);
  });

  it('frames of random bytes, random bodies and damaged requests never stop the broker', async () => {
    const { samsa, client } = await withRecord();
    const random = seededRandom(20261124);
    const good = encodeFrame(api.produce[0], 9, 1, produceBody());
    for (let round = 0; round < 300; round++) await send(samsa, hostileBytes(random, good));
    const { topics } = await client.request(api.listOffsets, 7, {
      replicaId: -1,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1 }] }],
    });
    // A damaged produce request may still be a good one: what is there must only be whole.
    await expectAlive(samsa, client, topics[0]!.partitions[0]!.offset);
  });
});

function hostileBytes(random: Random, good: Buffer): Buffer {
  const pick = (below: number): number => Math.floor(random.float() * below);
  switch (pick(3)) {
    case 0:
      return random.bytes(1 + pick(200));
    case 1: {
      // A header that is right, and a body that is anything.
      const { request } = brokerHandlers[pick(brokerHandlers.length)]!;
      const header = Buffer.alloc(10);
      header.writeInt16BE(request.apiKey!, 0);
      header.writeInt16BE(pick(12), 2);
      header.writeInt32BE(7, 4);
      header.writeInt16BE(-1, 8);
      return sized(Buffer.concat([header, random.bytes(pick(300))]));
    }
    default: {
      const damaged = Buffer.from(good);
      for (let i = 0; i <= pick(4); i++) damaged[pick(damaged.length)] = pick(256);
      return sized(damaged.subarray(0, 1 + pick(damaged.length)));
    }
  }
}
