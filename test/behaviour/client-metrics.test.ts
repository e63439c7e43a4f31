import { describe, expect, it } from 'vitest';
import { ClientMetricTotals } from '../../src/broker/client-metric-totals.ts';
import { decodeMetrics, type Measured } from '../../src/broker/otlp-metrics.ts';

/** MetricsData that the OpenTelemetry classes in Apache Kafka's 4.3.1 client jar wrote: two gauges and sums, and a histogram. */
const GOLDEN = Buffer.from(
  '0a90030a2a0a130a0b636c69656e745f7261636b12040a0272310a130a0567726f7570120a0a087265736f7572636512e1020a070a056b61666b61128d010a2b6f72672e6170616368652e6b61666b612e636f6e73756d65722e66657463682e6c6174656e63792e6176671201641a026d732a570a551900002a36fe9c97172100000000000029403a100a0567726f757012070a05706f696e743a110a026964120b18f9ffffffffffffffff013a080a026f6b120210013a120a05726174696f120921000000000000d03f126a0a336f72672e6170616368652e6b61666b612e70726f64756365722e636f6e6e656374696f6e2e6372656174696f6e2e746f74616c3a330a121101000000000000002100000000000008400a19310000000000ffffff3a0e0a076e6f64652e696412030a013110011801121b0a0a63756d756c61746976653a0d0a09312a000000000000001002123d0a09686973746f6772616d4a300a2e2102000000000000002900000000000008403210010000000000000001000000000000003a08000000000000f83f',
  'hex',
);

/** A field of protobuf with a length: a message or a string. */
function field(number: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const size = [];
  for (let left = body.length; ; left >>>= 7) {
    size.push(left > 0x7f ? (left & 0x7f) | 0x80 : left);
    if (left <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...size]), body]);
}

/** MetricsData of one gauge with one point, the double 1, of a resource with these attributes. */
function pushWith(attributes: readonly (readonly [key: string, value: string])[]): Buffer {
  const resource = attributes.map(([key, value]) => field(1, field(1, key), field(2, field(1, value))));
  const point = field(1, Buffer.from('21000000000000f03f', 'hex'));
  return field(1, field(1, ...resource), field(2, field(2, field(1, 'm'), field(5, point))));
}

const plain = (measured: Measured) => ({ ...measured, attributes: Object.fromEntries(measured.attributes) });

describe('what a client pushes', () => {
  it('is read as the gauges and sums that it holds', () => {
    const resource = { client_rack: 'r1', group: 'resource' };
    const total = 'org.apache.kafka.producer.connection.creation.total';
    expect(decodeMetrics(GOLDEN).map(plain)).toEqual([
      {
        name: 'org.apache.kafka.consumer.fetch.latency.avg',
        kind: 'gauge',
        isDelta: false,
        attributes: { ...resource, group: 'point', id: '-7', ok: 'true', ratio: '0.25' },
        value: 12.5,
      },
      { name: total, kind: 'counter', isDelta: true, attributes: resource, value: 3 },
      { name: total, kind: 'counter', isDelta: true, attributes: { ...resource, 'node.id': '1' }, value: -(2 ** 40) },
      { name: 'cumulative', kind: 'gauge', isDelta: false, attributes: resource, value: 42 },
    ]);
  });

  it('is read or ends with an error when it was cut off or damaged, and never goes on', () => {
    const read = (bytes: Buffer) => {
      try {
        return decodeMetrics(bytes).length;
      } catch (failure) {
        return failure instanceof Error;
      }
    };
    for (let end = 0; end < GOLDEN.length; end++) expect(read(GOLDEN.subarray(0, end))).not.toBe(false);
    for (let at = 0; at < GOLDEN.length; at++) {
      for (const bits of [0x01, 0x80, 0xff]) {
        const damaged = Buffer.from(GOLDEN);
        damaged[at]! ^= bits;
        expect(read(damaged)).not.toBe(false);
      }
    }
  });

  it('is refused when it holds more metrics than any client has', () => {
    const metrics = Buffer.alloc(2 * 30_000, Buffer.from([0x12, 0x00]));
    expect(() => decodeMetrics(field(1, field(2, metrics)))).toThrow('more than 20000');
  });

  it("is refused when its resource, whose attributes are every point's, has more or longer ones than any client", () => {
    const many = (count: number) => pushWith(Array.from({ length: count }, (_, i) => [`key ${i}`, 'x']));
    expect(decodeMetrics(many(32))[0]?.attributes.size).toBe(32);
    expect(() => decodeMetrics(many(33))).toThrow('more than 32 attributes');
    // The name and the key have one character each.
    expect(decodeMetrics(pushWith([['k', 'x'.repeat(2046)]]))).toMatchObject([{ name: 'm', value: 1 }]);
    expect(() => decodeMetrics(pushWith([['k', 'x'.repeat(2047)]]))).toThrow('2049 characters');
  });
});

describe('totals', () => {
  const sample = (change: Partial<Measured>): Measured => ({
    name: 'm',
    kind: 'counter',
    isDelta: true,
    attributes: new Map([['node.id', '1']]),
    value: 1,
    ...change,
  });
  const values = (totals: ClientMetricTotals) =>
    Array.from(totals.samples(), ({ clientInstanceId, name, value }) => [clientInstanceId, name, value]);

  it('add up what counters say was added, and hold the newest of everything else', () => {
    const totals = new ClientMetricTotals();
    totals.add('a', [sample({ value: 3 }), sample({ name: 'g', kind: 'gauge', isDelta: false, value: 5 })]);
    totals.add('a', [sample({ value: 4 }), sample({ name: 'g', kind: 'gauge', isDelta: false, value: 2 })]);
    totals.add('b', [sample({ attributes: new Map() })]);
    expect(values(totals)).toEqual([
      ['a', 'm', 7],
      ['a', 'g', 2],
      ['b', 'm', 1],
    ]);
    totals.forget('a');
    expect(values(totals)).toEqual([['b', 'm', 1]]);
  });
});
