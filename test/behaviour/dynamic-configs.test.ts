import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import * as api from '../support/apis.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

const BROKER = 4;
const LOGGER = 8;
const CLIENT_METRICS = 16;
const GROUP = 32;
const SET = 0;
const DELETE = 1;
const { NONE, INVALID_CONFIG, INVALID_REQUEST } = ErrorCode;

type Change = [name: string, operation: number, value: string | null];

async function alter(client: RawClient, resourceType: number, resourceName: string, ...changes: Change[]) {
  const configs = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }));
  const { responses } = await client.request(api.incrementalAlterConfigs, 1, {
    resources: [{ resourceType, resourceName, configs }],
  });
  return [responses[0]?.errorCode, responses[0]?.errorMessage];
}

async function describeOne(client: RawClient, resourceType: number, resourceName: string, key: string) {
  const { results } = await client.request(api.describeConfigs, 4, {
    resources: [{ resourceType, resourceName, configurationKeys: [key] }],
    includeSynonyms: true,
    includeDocumentation: true,
  });
  return results[0]?.configs[0];
}

describe('a config of the broker that is no list', () => {
  it.each([
    [2, 'append'],
    [3, 'subtract'],
  ])('is not altered by operation %i', async (operation, word) => {
    const client = await (await startTestBroker()).connect();
    expect(await alter(client, BROKER, '', ['log.retention.ms', operation, '1'])).toEqual([
      INVALID_CONFIG,
      `Config value ${word} is not allowed for config key: log.retention.ms`,
    ]);
  });
});

it('a config that is altered and changes nothing is named in the log, once', async () => {
  const lines: string[] = [];
  const client = await (await startTestBroker({}, undefined, lines)).connect();
  await alter(client, BROKER, '', ['num.io.threads', SET, '16'], ['log.retention.ms', SET, '1000000000']);
  await alter(client, BROKER, '', ['num.io.threads', SET, '8']);
  await alter(client, BROKER, '1', ['num.network.threads', SET, '4'], ['background.threads', SET, '12']);
  expect(lines.filter((line) => line.startsWith('Samsa knows'))).toEqual([
    'Samsa knows num.io.threads, but does not act on it yet.',
    'Samsa knows background.threads, num.network.threads, but acts on none of them yet.',
  ]);
});

describe('loggers', () => {
  it('have levels that are altered while the broker runs, of one and of those below it', async () => {
    const client = await (await startTestBroker()).connect();
    const level = async (name: string) => (await describeOne(client, LOGGER, '1', name))?.value;
    expect(await level('root')).toBe('INFO');
    expect(await alter(client, LOGGER, '1', ['root', SET, 'ERROR'])).toEqual([NONE, null]);
    expect(await level('samsa.network')).toBe('ERROR');
    expect(await alter(client, LOGGER, '1', ['samsa.network', SET, 'TRACE'])).toEqual([NONE, null]);
    expect([await level('samsa.network'), await level('samsa.log')]).toEqual(['TRACE', 'ERROR']);
    expect(await alter(client, LOGGER, '1', ['samsa.network', DELETE, null])).toEqual([NONE, null]);
    expect(await level('samsa.network')).toBe('ERROR');
  });

  it('decide what is written, at once', async () => {
    const lines: string[] = [];
    const samsa = await startTestBroker({}, undefined, lines);
    const client = await samsa.connect();
    const refused = async () => {
      const socket = connect(samsa.port, '127.0.0.1');
      await new Promise((resolve) => socket.once('close', resolve));
    };
    await alter(client, BROKER, '', ['max.connections.per.ip', SET, '1']);
    await refused();
    expect(lines.filter((line) => line.includes('max.connections.per.ip of 1'))).toHaveLength(1);
    await alter(client, LOGGER, '1', ['samsa.network', SET, 'FATAL']);
    await refused();
    expect(lines.filter((line) => line.includes('max.connections.per.ip of 1'))).toHaveLength(1);
  });

  // Codes and sentences of Apache Kafka 4.3.1, asked the same.
  it.each<[string, Change, number, string]>([
    ['1', ['nosuch', SET, 'INFO'], INVALID_CONFIG, 'Logger nosuch does not exist!'],
    [
      '1',
      ['root', SET, 'debug'],
      INVALID_CONFIG,
      'Cannot set the log level of root to debug as it is not a supported log level. Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN',
    ],
    ['1', ['root', DELETE, null], INVALID_REQUEST, 'Removing the log level of the root logger is not allowed'],
    ['1', ['root', 2, 'INFO'], INVALID_REQUEST, 'APPEND operation is not allowed for the BROKER_LOGGER resource'],
    ['2', ['root', SET, 'INFO'], INVALID_REQUEST, 'Unexpected node id. Expected 1, but received 2'],
    ['x', ['root', SET, 'INFO'], INVALID_REQUEST, 'Node id must be an integer, but it is: x'],
  ])('of %s refuse %j', async (node, change, errorCode, message) => {
    const client = await (await startTestBroker()).connect();
    expect(await alter(client, LOGGER, node, change)).toEqual([errorCode, message]);
  });
});

describe('a client metrics subscription', () => {
  it('is described with what was set and the defaults, and listed while it has configs', async () => {
    const client = await (await startTestBroker()).connect();
    const listed = async () => {
      const { configResources } = await client.request(api.listConfigResources, 0, {});
      return configResources.map(({ resourceName }) => resourceName);
    };
    expect(await alter(client, CLIENT_METRICS, 'sub', ['interval.ms', SET, '100'])).toEqual([NONE, null]);
    expect(await describeOne(client, CLIENT_METRICS, 'sub', 'interval.ms')).toMatchObject({
      value: '100',
      configSource: 7,
      configType: 3,
      synonyms: [{ name: 'interval.ms', value: '100', source: 7 }],
    });
    expect(await describeOne(client, CLIENT_METRICS, 'sub', 'match')).toMatchObject({ value: '', configSource: 5 });
    expect(await listed()).toEqual(['sub']);
    await alter(client, CLIENT_METRICS, 'sub', ['interval.ms', DELETE, null]);
    expect(await listed()).toEqual([]);
  });

  it.each<[Change, number, string]>([
    [
      ['interval.ms', SET, '99'],
      INVALID_REQUEST,
      'Invalid value 99 for interval.ms, interval must be between 100 and 3600000 (1 hour)',
    ],
    [['match', SET, 'nope=x'], INVALID_CONFIG, 'Illegal client matching pattern: nope=x'],
    [['match', SET, 'client_id=['], INVALID_CONFIG, 'Illegal client matching pattern: client_id=['],
    [['nope', SET, '1'], INVALID_REQUEST, 'Unknown client metrics configuration: nope'],
    [['metrics', 2, 'a.'], INVALID_CONFIG, "Can't APPEND to key metrics because its type is not LIST."],
  ])('refuses %j', async (change, errorCode, message) => {
    const client = await (await startTestBroker()).connect();
    expect(await alter(client, CLIENT_METRICS, 'sub', change)).toEqual([errorCode, message]);
  });
});

describe("a group's configs", () => {
  it("stand over the broker's, within the broker's bounds", async () => {
    const client = await (await startTestBroker({ 'group.consumer.session.timeout.ms': '46000' })).connect();
    const key = 'consumer.session.timeout.ms';
    expect(await describeOne(client, GROUP, 'g', key)).toMatchObject({
      value: '46000',
      configSource: 4,
      synonyms: [
        { name: `group.${key}`, value: '46000', source: 4 },
        { name: `group.${key}`, value: '45000', source: 5 },
      ],
    });
    expect(await alter(client, GROUP, 'g', [key, SET, '50000'])).toEqual([NONE, null]);
    const described = await describeOne(client, GROUP, 'g', key);
    expect(described).toMatchObject({ value: '50000', configSource: 8 });
    expect(described?.documentation).toBe(
      'Allowed is a whole number of 32 bits, at least 1. Default: 45000. Importance: medium.',
    );
    expect(await alter(client, GROUP, 'g', [key, SET, '60001'])).toEqual([
      INVALID_CONFIG,
      `${key} must be less than or equal to group.consumer.max.session.timeout.ms`,
    ]);
    expect(await alter(client, GROUP, 'g', ['streams.num.standby.replicas', SET, '3'])).toEqual([
      INVALID_CONFIG,
      'streams.num.standby.replicas must be less than or equal to group.streams.max.standby.replicas',
    ]);
  });
});

describe("a broker's configs", () => {
  it('that a broker cannot run on, or that only a restart changes, are refused', async () => {
    const client = await (await startTestBroker()).connect();
    const threads = await alter(client, BROKER, '', ['num.io.threads', SET, '20']);
    expect(threads).toEqual([
      INVALID_REQUEST,
      'Dynamic thread count update validation failed for num.io.threads=20, value should not be greater than double the current value 8',
    ]);
    expect(await alter(client, BROKER, '1', ['listeners', SET, 'PLAINTEXT://:1'])).toEqual([
      INVALID_REQUEST,
      'Samsa does not change listeners while it runs; set it and restart',
    ]);
    expect(await alter(client, BROKER, '2', ['log.cleaner.threads', SET, '2'])).toEqual([
      INVALID_REQUEST,
      'Unexpected broker id, expected 1, but received 2',
    ]);
  });

  it('limit connections from the next one on, and are lifted again', async () => {
    const samsa = await startTestBroker();
    const client = await samsa.connect();
    const isAccepted = async () => {
      const socket = connect(samsa.port, '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      const outcome = await Promise.race([
        new Promise((resolve) => socket.once('close', () => resolve(false))),
        // An answer on the first connection comes after the server has dealt with the second.
        new Promise((resolve) => socket.once('connect', resolve))
          .then(() => client.request(api.apiVersions, 0, {}))
          .then(() => client.request(api.apiVersions, 0, {}))
          .then(() => true),
      ]);
      socket.destroy();
      return outcome;
    };
    await alter(client, BROKER, '', ['max.connections', SET, '1']);
    expect(await isAccepted()).toBe(false);
    await alter(client, BROKER, '', ['max.connections', DELETE, null]);
    expect(await isAccepted()).toBe(true);
  });

  it('of a resource that is named twice are refused in both places', async () => {
    const client = await (await startTestBroker()).connect();
    const resource = { resourceType: BROKER, resourceName: '', configs: [] };
    const { responses } = await client.request(api.incrementalAlterConfigs, 1, { resources: [resource, resource] });
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([INVALID_REQUEST, INVALID_REQUEST]);
  });
});

it("CreateTopics answers configs as they were written, DescribeConfigs in Kafka's own writing", async () => {
  const client = await (await startTestBroker()).connect();
  const configs = [{ name: 'min.cleanable.dirty.ratio', value: '0' }];
  const { topics } = await client.request(api.createTopics, 7, {
    topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1, configs }],
  });
  const answered = topics[0]?.configs?.find(({ name }) => name === 'min.cleanable.dirty.ratio');
  expect(answered?.value).toBe('0');
  expect((await describeOne(client, 2, 'orders', 'min.cleanable.dirty.ratio'))?.value).toBe('0.0');
});

describe('config resources', () => {
  it('are listed by type, all types when none is named', async () => {
    const client = await (await startTestBroker()).connect();
    await client.request(api.createTopics, 7, { topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }] });
    await alter(client, GROUP, 'g', ['share.isolation.level', SET, 'read_committed']);
    const list = async (...resourceTypes: number[]) => {
      const { errorCode, configResources } = await client.request(api.listConfigResources, 1, { resourceTypes });
      return errorCode === NONE ? configResources.map((each) => [each.resourceType, each.resourceName]) : errorCode;
    };
    expect(await list()).toEqual([
      [2, 'orders'],
      [BROKER, '1'],
      [LOGGER, '1'],
      [GROUP, 'g'],
    ]);
    expect(await list(GROUP)).toEqual([[GROUP, 'g']]);
    expect(await list(BROKER, 99)).toBe(ErrorCode.UNSUPPORTED_VERSION);
  });
});
