/**
 * `node bench/micro/codecs.mjs`: Produce and Fetch of one partition, by the codecs that are compiled from the tables and by
 * those that are written by hand (`protocol/by-hand`): CPU nanoseconds a message, medians of rounds in turn.
 */
import { internals, median } from './internals.mjs';

const ROUNDS = 15;
const MESSAGES_A_ROUND = 100_000;

const { codec, generatedCodec, messageNamed, NameCache, Reader, Writer } = await internals();
const topicId = 'AQIDBAUGBwgJCgsMDQ4PEA';
const records = Buffer.alloc(400, 7);
const produced = { index: 0, errorCode: 0, baseOffset: 123_456, logAppendTimeMs: -1, logStartOffset: 0 };
const wanted = { partition: 0, fetchOffset: 123_456, logStartOffset: -1, partitionMaxBytes: 1 << 20 };
const found = { partitionIndex: 0, highWatermark: 123_456, abortedTransactions: null, records: [records] };
const messages = [
  ['ProduceRequest', 13, { acks: -1, topicData: [{ topicId, partitionData: [{ index: 0, records }] }] }],
  ['ProduceResponse', 13, { responses: [{ topicId, partitionResponses: [produced] }], nodeEndpoints: [] }],
  ['FetchRequest', 18, { maxWaitMs: 500, minBytes: 1, topics: [{ topicId, partitions: [wanted] }] }],
  ['FetchResponse', 18, { responses: [{ topicId, partitions: [found] }], nodeEndpoints: [] }],
];

console.log('message               read, generated   by hand, ns     written, generated   by hand, ns');
for (const [name, version, value] of messages) {
  const message = messageNamed(name);
  const codecs = [generatedCodec(message, version), codec(message, version)];
  const writer = new Writer();
  codecs[0].encode(value, writer);
  const bytes = writer.toBuffer();
  const names = new NameCache();

  const read = (each) => () => each.decode(new Reader(bytes, 0, bytes.length, names));
  const write = (each) => () => each.encode(value, new Writer(128));
  const figures = [...compared(codecs.map(read)), ...compared(codecs.map(write))];
  const [a, b, c, d] = figures.map((ns) => ns.toFixed(0).padStart(8));
  console.log(`${name.padEnd(20)} ${a}        ${b}            ${c}             ${d}`);
}

/** CPU nanoseconds of a call of each. */
function compared(calls) {
  const times = calls.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, call] of calls.entries()) {
      const before = process.cpuUsage();
      for (let n = 0; n < MESSAGES_A_ROUND; n++) call();
      const { user, system } = process.cpuUsage(before);
      times[i].push(((user + system) * 1000) / MESSAGES_A_ROUND);
    }
  }
  return times.map(median);
}
