import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { ClientMetrics } from '../../src/broker/client-metrics.ts';
import { ConfigResource, configKey, emptyImage, type MetadataImage, makeImage } from '../../src/metadata/image.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';
import { seededRandom } from '../../src/platform/random.ts';
import * as api from '../support/apis.ts';
import { startTestBroker } from '../support/test-broker.ts';

const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA';
const GZIP = 1;
const client = {
  client_id: 'shop-1',
  client_software_name: 'apache-kafka-java',
  client_software_version: '4.3.1',
  client_source_address: '127.0.0.1',
  client_source_port: '40000',
  onDisconnect: (_callback: () => void) => () => {},
};

type Subscriptions = Record<string, Record<string, string>>;

function withSubscriptions(subscriptions: Subscriptions): MetadataImage {
  const configsByResource = new Map(
    Object.entries(subscriptions).map(([name, configs]) => [
      configKey(ConfigResource.CLIENT_METRICS, name),
      new Map(Object.entries(configs)),
    ]),
  );
  return makeImage({ ...emptyImage('c'), configsByResource });
}

function fixture(subscriptions: Subscriptions) {
  let image = withSubscriptions(subscriptions);
  const clock = new SimulatedClock();
  const metrics = new ClientMetrics({ image: () => image, maxBytes: 1000, clock, random: seededRandom(1) });
  return {
    clock,
    metrics,
    alter: (changed: Subscriptions) => {
      image = withSubscriptions(changed);
    },
  };
}

function refused(work: () => unknown): unknown {
  try {
    work();
  } catch (failure) {
    return failure instanceof Error && 'error' in failure ? failure.error : failure;
  }
  return null;
}

describe('a client that may push metrics', () => {
  it('is told the metrics of all subscriptions that match it, and the shortest of their intervals', () => {
    const { metrics } = fixture({
      all: { metrics: 'org.apache.kafka.', 'interval.ms': '60000' },
      shops: { metrics: 'shop.,org.apache.kafka.', 'interval.ms': '1000', match: 'client_id=shop-.*' },
      others: { metrics: 'other.', 'interval.ms': '100', match: 'client_id=shop,client_software_name=.*' },
    });
    const subscribed = metrics.subscribe(ZERO, client);
    expect(subscribed).toMatchObject({ metrics: ['org.apache.kafka.', 'shop.'], pushIntervalMs: 1000 });
    expect(subscribed.clientInstanceId).not.toBe(ZERO);
    const stranger = metrics.subscribe(ZERO, { ...client, client_id: 'x' });
    expect(stranger).toMatchObject({ metrics: ['org.apache.kafka.'], pushIntervalMs: 60_000 });
  });

  it('is told of all metrics by one star, and of none every five minutes', () => {
    const { metrics } = fixture({ all: { metrics: '*,a.' } });
    expect(metrics.subscribe(ZERO, client)).toMatchObject({ metrics: ['*'], pushIntervalMs: 300_000 });
    const none = fixture({}).metrics.subscribe(ZERO, client);
    expect(none).toMatchObject({ metrics: [], pushIntervalMs: 300_000 });
  });

  it('is held to the interval, but for the first push after it asked and the last of all', () => {
    const { metrics, clock } = fixture({ all: { metrics: '*', 'interval.ms': '1000' } });
    const { clientInstanceId, subscriptionId } = metrics.subscribe(ZERO, client);
    const push = (terminating = false) =>
      refused(() =>
        metrics.push(
          { clientInstanceId, subscriptionId, terminating, compressionType: 0, metrics: Buffer.from('m') },
          client,
        ),
      );
    expect(refused(() => metrics.subscribe(clientInstanceId, client))).toBe('THROTTLING_QUOTA_EXCEEDED');
    expect([push(), push()]).toEqual([null, 'THROTTLING_QUOTA_EXCEEDED']);
    clock.advance(1000);
    expect([push(), push(true), push(true)]).toEqual([null, null, 'INVALID_REQUEST']);
  });

  it('is refused a subscription that is not its own any more, unknown codecs, and too much', () => {
    const { metrics, clock, alter } = fixture({ all: { metrics: '*', 'interval.ms': '1000' } });
    const { clientInstanceId, subscriptionId } = metrics.subscribe(ZERO, client);
    const push = (change: object) => {
      clock.advance(1000);
      const whole = { clientInstanceId, subscriptionId, terminating: false, compressionType: 0 };
      return refused(() => metrics.push({ ...whole, metrics: Buffer.from('m'), ...change }, client));
    };
    expect(push({ compressionType: 9 })).toBe('UNSUPPORTED_COMPRESSION_TYPE');
    expect(push({ metrics: Buffer.alloc(1001) })).toBe('TELEMETRY_TOO_LARGE');
    expect(push({ compressionType: GZIP, metrics: Buffer.from('no gzip') })).toBe('INVALID_RECORD');
    // A push may not become much more than it was.
    expect(push({ compressionType: GZIP, metrics: gzipSync(Buffer.alloc(20_000)) })).toBe('INVALID_RECORD');
    expect(push({ clientInstanceId: ZERO })).toBe('INVALID_REQUEST');
    alter({ all: { metrics: 'a.', 'interval.ms': '1000' } });
    expect(push({})).toBe('UNKNOWN_SUBSCRIPTION_ID');
    const again = metrics.subscribe(clientInstanceId, client);
    expect(again.metrics).toEqual(['a.']);
    expect(push({ subscriptionId: again.subscriptionId })).toBeNull();
  });

  it('has its last push kept as it was before it was compressed', () => {
    const { metrics } = fixture({ all: { metrics: '*' } });
    const { clientInstanceId, subscriptionId } = metrics.subscribe(ZERO, client);
    const body = Buffer.from('otlp');
    const push = { clientInstanceId, subscriptionId, terminating: false, compressionType: GZIP };
    metrics.push({ ...push, metrics: gzipSync(body) }, client);
    expect([...metrics.latest()]).toEqual([[clientInstanceId, body]]);
  });

  it('is not kept with the rest of the request that it came in', () => {
    const { metrics } = fixture({ all: { metrics: '*' } });
    const { clientInstanceId, subscriptionId } = metrics.subscribe(ZERO, client);
    const request = Buffer.alloc(1024 * 1024, 'm');
    const push = { clientInstanceId, subscriptionId, terminating: false, compressionType: 0 };
    metrics.push({ ...push, metrics: request.subarray(500, 510) }, client);
    const [[, kept]] = [...metrics.latest()] as [[string, Buffer]];
    expect(kept.toString()).toBe('mmmmmmmmmm');
    expect(kept.buffer.byteLength).toBeLessThan(request.length);
  });

  it('is forgotten when its connection ends, and when it has been silent', () => {
    const { metrics, clock } = fixture({ all: { metrics: '*', 'interval.ms': '1000' } });
    const gone: (() => void)[] = [];
    const connected = {
      ...client,
      onDisconnect: (callback: () => void) => {
        gone.push(callback);
        return () => {};
      },
    };
    const pushed = (by: typeof client) => {
      const { clientInstanceId, subscriptionId } = metrics.subscribe(ZERO, by);
      const push = { clientInstanceId, subscriptionId, terminating: false, compressionType: 0 };
      metrics.push({ ...push, metrics: Buffer.from(clientInstanceId) }, by);
      return clientInstanceId;
    };
    const kept = () => Array.from(metrics.latest(), ([id]) => id);
    const first = pushed(connected);
    const second = pushed(connected);
    expect(kept()).toEqual([first, second]);
    gone[0]!();
    expect(kept()).toEqual([second]);
    clock.advance(59_999);
    const third = pushed(connected);
    expect(kept()).toEqual([second, third]);
    clock.advance(1);
    const fourth = pushed(connected);
    expect(kept()).toEqual([third, fourth]);
  });
});

describe('telemetry through the wire', () => {
  it('goes by the configs of the cluster and by what the client said of itself', async () => {
    const raw = await (await startTestBroker()).connect();
    await raw.request(api.incrementalAlterConfigs, 1, {
      resources: [
        {
          resourceType: ConfigResource.CLIENT_METRICS,
          resourceName: 'sub',
          configs: [
            { name: 'metrics', configOperation: 0, value: 'a.' },
            { name: 'match', configOperation: 0, value: 'client_software_name=mine,client_id=raw' },
          ],
        },
      ],
    });
    const subscribe = async () => {
      const answer = await raw.request(api.getTelemetrySubscriptions, 0, { clientInstanceId: ZERO });
      return [answer.errorCode, answer.requestedMetrics, answer.telemetryMaxBytes, answer.acceptedCompressionTypes];
    };
    expect(await subscribe()).toEqual([0, [], 1_048_576, [4, 3, 1, 2]]);
    await raw.request(api.apiVersions, 4, { clientSoftwareName: 'mine', clientSoftwareVersion: '1' });
    expect(await subscribe()).toEqual([0, ['a.'], 1_048_576, [4, 3, 1, 2]]);
    const push = await raw.request(api.pushTelemetry, 0, { clientInstanceId: ZERO, metrics: Buffer.alloc(0) });
    expect(push.errorCode).toBe(ErrorCode.INVALID_REQUEST);
  });
});
