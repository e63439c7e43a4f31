import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { batches } from '../../protocol/records/batch.ts';
import { type BatchOptions, buildBatch, buildLegacy } from '../../protocol/records/builder.ts';
import * as api from '../support/apis.ts';
import { encodeFrame, type RawClient } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

const NOW = Date.now();

function batch(values: readonly string[], options: BatchOptions = {}): Buffer {
  return buildBatch(
    values.map((value, i) => ({ timestamp: NOW + i, key: null, value: Buffer.from(value) })),
    options,
  );
}

async function withTopic(configs: Record<string, string> = {}, settings: Record<string, string> = {}) {
  const samsa = await startTestBroker(settings);
  const client = await samsa.connect();
  const created = await client.request(api.createTopics, 7, {
    topics: [
      {
        name: 'orders',
        numPartitions: 1,
        replicationFactor: 1,
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
    timeoutMs: 5000,
  });
  expect(created.topics[0]?.errorCode).toBe(ErrorCode.NONE);
  return { samsa, client, topicId: created.topics[0]!.topicId };
}

async function produce(client: RawClient, records: Buffer, version = 9, acks = -1) {
  const { responses } = await client.request(api.produce, version, {
    acks,
    timeoutMs: 5000,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
  });
  return responses[0]!.partitionResponses[0]!;
}

describe('produce', () => {
  it('a topic is usable when CreateTopics returns', async () => {
    const { client } = await withTopic();
    expect(await produce(client, batch(['a', 'b']))).toMatchObject({ errorCode: 0, baseOffset: 0, logStartOffset: 0 });
    expect(await produce(client, batch(['c']))).toMatchObject({ errorCode: 0, baseOffset: 2 });
  });

  it.each([0, 1, 2])('version %i is advertised for librdkafka and answered UNSUPPORTED_VERSION', async (version) => {
    const { client } = await withTopic();
    const table = [
      { ...api.produce[0], versions: '0-13' },
      { ...api.produce[1], versions: '0-13' },
    ] as const;
    const { responses } = await client.request(table, version, {
      acks: 1,
      timeoutMs: 5000,
      topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batch(['a']) }] }],
    });
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION);
  });

  it('by topic id, and an old id of a topic made anew is UNKNOWN_TOPIC_ID', async () => {
    const { client, topicId } = await withTopic();
    const byId = async (id: string) => {
      const { responses } = await client.request(api.produce, 13, {
        acks: -1,
        timeoutMs: 5000,
        topicData: [{ topicId: id, partitionData: [{ index: 0, records: batch(['a']) }] }],
      });
      return responses[0]?.partitionResponses[0]?.errorCode;
    };
    expect(await byId(topicId)).toBe(ErrorCode.NONE);
    await client.request(api.deleteTopics, 6, { topics: [{ name: 'orders' }], timeoutMs: 5000 });
    expect(await byId(topicId)).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
    await client.request(api.createTopics, 7, { topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }] });
    expect(await byId(topicId)).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
  });

  it('refuses keyless records on a compacted topic, and says which', async () => {
    const { client } = await withTopic({ 'cleanup.policy': 'compact' });
    const answer = await produce(client, batch(['a', 'b']));
    expect(answer.errorCode).toBe(ErrorCode.INVALID_RECORD);
    expect(answer.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([0, 1]);
  });

  it('enforces max.message.bytes', async () => {
    const { client } = await withTopic({ 'max.message.bytes': '200' });
    expect((await produce(client, batch(['x'.repeat(300)]))).errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE);
    expect((await produce(client, batch(['x']))).errorCode).toBe(ErrorCode.NONE);
  });

  it('refuses zstd below version 7', async () => {
    const { client } = await withTopic();
    const zstd = batch(['a'], { compression: 'zstd' });
    expect((await produce(client, zstd, 6)).errorCode).toBe(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
    expect((await produce(client, zstd, 7)).errorCode).toBe(ErrorCode.NONE);
  });

  it('to the broker’s own topics is refused', async () => {
    const { client } = await withTopic();
    await client.request(api.findCoordinator, 4, { keyType: 0, coordinatorKeys: ['g'] });
    const { responses } = await client.request(api.produce, 9, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name: '__consumer_offsets', partitionData: [{ index: 0, records: batch(['forged'], {}) }] }],
    });
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
  });

  it('refuses acks that are not −1, 0 or 1', async () => {
    const { client } = await withTopic();
    expect((await produce(client, batch(['a']), 9, 2)).errorCode).toBe(ErrorCode.INVALID_REQUIRED_ACKS);
  });

  it('answers nothing under acks=0, and keeps the connection', async () => {
    const { client } = await withTopic();
    const frame = encodeFrame(api.produce[0], 9, 1, {
      acks: 0,
      timeoutMs: 5000,
      topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batch(['a', 'b']) }] }],
    });
    const size = Buffer.alloc(4);
    size.writeInt32BE(frame.length);
    client.sendBytes(Buffer.concat([size, frame]));
    // The first answer on this connection is the second request's.
    expect(await produce(client, batch(['c']))).toMatchObject({ errorCode: 0, baseOffset: 2 });
  });

  it('closes the connection on an error under acks=0', async () => {
    const { samsa, client } = await withTopic({ 'max.message.bytes': '200' });
    const refused = produce(client, batch(['x'.repeat(300)]), 9, 0);
    await expect(refused).rejects.toThrow('connection closed');
    expect((await produce(await samsa.connect(), batch(['x']))).baseOffset).toBe(0);
  });

  it.each([
    ['a control batch', () => batch(['a'], { isControl: true }), ErrorCode.INVALID_RECORD],
    [
      'magic 1',
      () => buildLegacy([{ timestamp: NOW, key: null, value: Buffer.from('a') }], { magic: 1 }),
      ErrorCode.INVALID_RECORD,
    ],
    ['two batches', () => Buffer.concat([batch(['a']), batch(['b'])]), ErrorCode.INVALID_RECORD],
    ['no batch', () => Buffer.alloc(0), ErrorCode.INVALID_RECORD],
    ['a wrong CRC', () => withByte(batch(['a']), -1, 0xff), ErrorCode.CORRUPT_MESSAGE],
    ['a length beyond its bytes', () => withByte(batch(['a']), 11, 0xff), ErrorCode.INVALID_RECORD],
    [
      'a count that disagrees with its offsets',
      () => batch(['a', 'b'], { lastOffsetDelta: 5 }),
      ErrorCode.INVALID_RECORD,
    ],
  ])('refuses %s', async (_what, make, errorCode) => {
    const { client } = await withTopic();
    expect((await produce(client, make())).errorCode).toBe(errorCode);
    expect((await produce(client, batch(['good']))).baseOffset).toBe(0);
  });
});

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = bytes[index] === value ? value ^ 1 : value;
  return bytes;
}

describe('an idempotent producer', () => {
  it('is answered a repeated batch with its first offset, and out of order refused', async () => {
    const { client } = await withTopic();
    const { producerId, producerEpoch } = await client.request(api.initProducerId, 4, { transactionalId: null });
    expect(producerEpoch).toBe(0);
    const send = (baseSequence: number, values: string[], epoch = 0) =>
      produce(client, batch(values, { producerId, producerEpoch: epoch, baseSequence }));
    expect(await send(0, ['a', 'b'])).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await send(2, ['c'])).toMatchObject({ errorCode: 0, baseOffset: 2 });
    expect(await send(0, ['a', 'b'])).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect((await send(7, ['z'])).errorCode).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(await send(0, ['d'], 1)).toMatchObject({ errorCode: 0, baseOffset: 3 });
    expect((await send(3, ['e'], 0)).errorCode).toBe(ErrorCode.INVALID_PRODUCER_EPOCH);
  });

  it('gets an id of its own each time', async () => {
    const samsa = await startTestBroker();
    const client = await samsa.connect();
    const ids = new Set<number>();
    for (let i = 0; i < 5; i++)
      ids.add((await client.request(api.initProducerId, 4, { transactionalId: null })).producerId);
    expect(ids.size).toBe(5);
  });

  it('is known after a restart', async () => {
    const { samsa, client } = await withTopic();
    const { producerId } = await client.request(api.initProducerId, 4, { transactionalId: null });
    const first = () => batch(['a', 'b'], { producerId, producerEpoch: 0, baseSequence: 0 });
    expect((await produce(client, first())).baseOffset).toBe(0);
    const again = await (await samsa.restart()).connect();
    expect((await produce(again, first())).baseOffset).toBe(0);
    expect((await produce(again, batch(['c'], { producerId, producerEpoch: 0, baseSequence: 2 }))).baseOffset).toBe(2);
  });
});

describe('records on their way through', () => {
  it('are stamped with offsets and the leader epoch, and otherwise left alone', async () => {
    const { client, topicId } = await withTopic();
    const sent = batch(['a', 'b', 'c'], { compression: 'gzip' });
    await produce(client, batch(['first']));
    await produce(client, Buffer.from(sent));
    const { responses } = await client.request(api.fetch, 13, {
      maxWaitMs: 0,
      minBytes: 1,
      sessionEpoch: -1,
      topics: [{ topicId, partitions: [{ partition: 0, fetchOffset: 1, partitionMaxBytes: 1 << 20 }] }],
    });
    const [view] = [...batches(responses[0]!.partitions[0]!.records!)];
    expect(view?.baseOffset).toBe(1);
    expect(view?.partitionLeaderEpoch).toBe(0);
    expect(view?.bytes().subarray(16).equals(sent.subarray(16))).toBe(true);
  });
});
