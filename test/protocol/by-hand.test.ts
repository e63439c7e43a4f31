/** Produce and Fetch by hand make of any bytes and values what the generated codecs make of them. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readOnePartitionFetch, writeOnePartitionFetch } from '../../protocol/by-hand/fetch.ts';
import { readOnePartitionProduce, writeOnePartitionProduce } from '../../protocol/by-hand/produce.ts';
import { type Codec, codec, generatedCodec as compiledCodec } from '../../protocol/codec.ts';
import { fromJson } from '../../protocol/json.ts';
import { messageNamed } from '../../protocol/messages.ts';
import { inVersions, type Message, versionRange } from '../../protocol/schema/table.ts';
import { DecodeError, EncodeError } from '../../protocol/wire/decode-error.ts';
import { NameCache } from '../../protocol/wire/name-cache.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import { Writer } from '../../protocol/wire/writer.ts';

const [produceRequest, produceResponse, fetchRequest, fetchResponse] = [
  'ProduceRequest',
  'ProduceResponse',
  'FetchRequest',
  'FetchResponse',
].map((name) => messageNamed(name)!) as [Message, Message, Message, Message];

const compiled = new Map<string, Codec>();
function generatedCodec(message: Message, version: number): Codec {
  const key = `${message.name} ${version}`;
  const known = compiled.get(key) ?? compiledCodec(message, version);
  compiled.set(key, known);
  return known;
}

const flexibleVersions = (message: Message): number[] => {
  const { low, high } = versionRange(message.versions);
  const all = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  return all.filter((version) => inVersions(message.flexible, version));
};
const byVersion = (message: Message) => fc.constantFrom(...flexibleVersions(message));

/** What decoding gives and where it ends, or that it fails. The bytes lie between others, as frames do. */
function decoded({ decode }: Codec, bytes: Buffer): unknown {
  const around = Buffer.concat([Buffer.alloc(3, 0xee), bytes, Buffer.alloc(60, 0)]);
  const reader = new Reader(around, 3, 3 + bytes.length, new NameCache());
  try {
    return { value: decode(reader), end: reader.position };
  } catch (error) {
    if (error instanceof DecodeError) return 'refused';
    throw error;
  }
}

function encoded({ encode }: Codec, value: object): string {
  const writer = new Writer();
  try {
    encode(value, writer);
  } catch (error) {
    if (error instanceof EncodeError) return 'refused';
    throw error;
  }
  return writer.toBuffer().toString('hex');
}

function checkDecoding(message: Message, version: number, bytes: Buffer): void {
  expect(decoded(codec(message, version), bytes)).toEqual(decoded(generatedCodec(message, version), bytes));
}

function checkEncoding(message: Message, version: number, value: object): void {
  expect(encoded(codec(message, version), value)).toBe(encoded(generatedCodec(message, version), value));
}

const FIRST_WITH_REPLICA_STATE = 15;
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const int16 = fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 });
const offset = fc.oneof(fc.constant(-1), fc.maxSafeInteger());
const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
const name = fc.string({ minLength: 1, maxLength: 130 });
const records = fc
  .oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array(2_000)))
  .map((bytes) => Buffer.from(bytes));
const tags = fc.option(fc.constant([{ tag: 77, data: Buffer.from('x') }]), { nil: undefined, freq: 9 });

/** Those of one partition, and those of none or several, which are left to the generated codec. */
const few = <T>(element: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.tuple(element) }, { weight: 1, arbitrary: fc.array(element, { maxLength: 3 }) });

/** The object without its undefined members, which mean the default, as absent ones do. */
const sparse = <T extends object>(arbitrary: fc.Arbitrary<T>) =>
  arbitrary.map((value) => Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 6 });

const produced = sparse(
  fc.record({
    transactionalId: fc.option(name, { freq: 1 }),
    acks: fc.constantFrom(-1, 0, 1),
    timeoutMs: int32,
    topicData: few(
      sparse(
        fc.record({
          name,
          topicId: uuid,
          partitionData: few(fc.record({ index: int32, records })),
          unknownTaggedFields: tags,
        }),
      ),
    ),
    unknownTaggedFields: tags,
  }),
);

const produceAnswer = sparse(
  fc.record({
    responses: few(
      sparse(
        fc.record({
          name: maybe(name),
          topicId: maybe(uuid),
          partitionResponses: few(
            sparse(
              fc.record({
                index: maybe(int32),
                errorCode: maybe(fc.oneof(int16, fc.constant(2 ** 15))),
                baseOffset: maybe(fc.oneof(offset, fc.constantFrom(2 ** 53, 0.5))),
                logAppendTimeMs: maybe(offset),
                logStartOffset: maybe(offset),
                recordErrors: fc.constantFrom(undefined, [], [{ batchIndex: 1 }]),
                errorMessage: fc.constantFrom(undefined, null, 'no'),
                currentLeader: fc.constantFrom(undefined, undefined, { leaderId: 1, leaderEpoch: 2 }),
                unknownTaggedFields: tags,
              }),
            ),
          ),
          unknownTaggedFields: tags,
        }),
      ),
    ),
    throttleTimeMs: maybe(int32),
    nodeEndpoints: fc.constantFrom(undefined, []),
    unknownTaggedFields: tags,
  }),
);

const fetched = sparse(
  fc.record({
    replicaState: fc.constantFrom(undefined, undefined, { replicaId: 3, replicaEpoch: 4 }),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32,
    isolationLevel: fc.constantFrom(0, 1),
    sessionId: int32,
    sessionEpoch: int32,
    topics: fc.oneof(
      fc.constant([]),
      few(
        sparse(
          fc.record({
            topic: name,
            topicId: uuid,
            partitions: few(
              fc.record({
                partition: int32,
                currentLeaderEpoch: int32,
                fetchOffset: offset,
                lastFetchedEpoch: int32,
                logStartOffset: offset,
                partitionMaxBytes: int32,
              }),
            ),
            unknownTaggedFields: tags,
          }),
        ),
      ),
    ),
    rackId: fc.constantFrom('', '', 'rack'),
    unknownTaggedFields: tags,
  }),
);

const fetchAnswer = sparse(
  fc.record({
    throttleTimeMs: maybe(int32),
    errorCode: maybe(int16),
    sessionId: maybe(int32),
    responses: fc.oneof(
      fc.constant([]),
      few(
        sparse(
          fc.record({
            topic: maybe(name),
            topicId: maybe(uuid),
            partitions: few(
              sparse(
                fc.record({
                  partitionIndex: maybe(int32),
                  errorCode: maybe(int16),
                  highWatermark: maybe(fc.oneof(offset, fc.constant(2 ** 53))),
                  lastStableOffset: maybe(offset),
                  logStartOffset: maybe(offset),
                  divergingEpoch: fc.constantFrom(undefined, undefined, { epoch: 1, endOffset: 2 }),
                  abortedTransactions: fc.constantFrom(undefined, null, [], [{ producerId: 1, firstOffset: 2 }]),
                  preferredReadReplica: maybe(int32),
                  records: fc.oneof(fc.constant(null), records, fc.array(records, { maxLength: 3 })),
                  unknownTaggedFields: tags,
                }),
              ),
            ),
            unknownTaggedFields: tags,
          }),
        ),
      ),
    ),
    nodeEndpoints: fc.constantFrom(undefined, []),
    unknownTaggedFields: tags,
  }),
);

const requests: [Message, fc.Arbitrary<object>][] = [
  [produceRequest, produced],
  [fetchRequest, fetched],
];
const responses: [Message, fc.Arbitrary<object>][] = [
  [produceResponse, produceAnswer],
  [fetchResponse, fetchAnswer],
];

describe.each(requests)('$name', (message, bodies) => {
  const encodedBodies = byVersion(message).chain((version) =>
    bodies.map((body) => {
      const writer = new Writer();
      const { replicaState, ...rest } = body as { replicaState?: object };
      const hasState = replicaState !== undefined && version >= FIRST_WITH_REPLICA_STATE;
      generatedCodec(message, version).encode(hasState ? body : rest, writer);
      return { version, bytes: writer.toBuffer() };
    }),
  );

  test('is read as the generated codec reads it', () => {
    fc.assert(fc.property(encodedBodies, ({ version, bytes }) => checkDecoding(message, version, bytes)));
  });

  test('is refused where the generated codec refuses it: cut short, and with any byte another', () => {
    fc.assert(
      fc.property(encodedBodies, fc.nat(), fc.nat(255), ({ version, bytes }, place, byte) => {
        const at = place % Math.min(bytes.length, 120);
        checkDecoding(message, version, bytes.subarray(0, at));
        checkDecoding(message, version, bytes.subarray(0, bytes.length - 1 - (at % 4)));
        const damaged = Buffer.from(bytes);
        damaged[at] = byte;
        checkDecoding(message, version, damaged);
      }),
    );
  });
});

describe.each(responses)('$name', (message, values) => {
  test('is written as the generated codec writes it', () => {
    fc.assert(fc.property(byVersion(message), values, (version, value) => checkEncoding(message, version, value)));
  });
});

describe('Kafka’s vectors', () => {
  const messages = [produceRequest, produceResponse, fetchRequest, fetchResponse];
  const vectors = ['messages.jsonl.gz', 'messages-wide.jsonl.gz'].flatMap((file) =>
    gunzipSync(readFileSync(new URL(`../golden/${file}`, import.meta.url)))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; version: number; json: never; hex: string }),
  );

  test.each(messages)('of $name are read and written by both alike', (message) => {
    const own = vectors.filter(({ name: of }) => of === message.name);
    expect(own.length).toBeGreaterThan(10);
    for (const { version, json, hex } of own) {
      checkDecoding(message, version, Buffer.from(hex, 'hex'));
      checkEncoding(message, version, fromJson(message, json));
    }
  });
});

describe('what a busy client sends is of the shape that is done by hand', () => {
  const id = 'AQIDBAUGBwgJCgsMDQ4PEA';
  const topic = { name: 'orders', topic: 'orders', topicId: id };

  test.each(flexibleVersions(produceRequest))('Produce %d', (version) => {
    const partitionData = [{ index: 3, records: Buffer.alloc(70_000, 5) }];
    const writer = new Writer();
    const request = { acks: -1, timeoutMs: 30_000, topicData: [{ ...topic, partitionData }] };
    generatedCodec(produceRequest, version).encode(request, writer);
    const read = readOnePartitionProduce(new Reader(writer.toBuffer()), version);
    expect(read?.topicData[0]?.partitionData[0]?.records?.length).toBe(70_000);
    const answer = { index: 3, errorCode: 0, baseOffset: 9, logAppendTimeMs: -1, logStartOffset: 0 };
    const response = { responses: [{ ...topic, partitionResponses: [answer] }], nodeEndpoints: [] };
    expect(writeOnePartitionProduce(response, new Writer(), version)).toBe(true);
  });

  test.each(flexibleVersions(fetchRequest))('Fetch %d', (version) => {
    const partition = { partition: 3, fetchOffset: 9, logStartOffset: -1, partitionMaxBytes: 1 << 20 };
    for (const topics of [[], [{ ...topic, partitions: [partition] }]]) {
      const writer = new Writer();
      generatedCodec(fetchRequest, version).encode({ maxWaitMs: 500, minBytes: 1, topics }, writer);
      expect(readOnePartitionFetch(new Reader(writer.toBuffer()), version)?.topics).toHaveLength(topics.length);
    }
    const answer = { partitionIndex: 3, highWatermark: 9, abortedTransactions: null, records: [Buffer.alloc(5000)] };
    const response = { sessionId: 7, responses: [{ ...topic, partitions: [answer] }], nodeEndpoints: [] };
    expect(writeOnePartitionFetch(response, new Writer(), version)).toBe(true);
  });
});
