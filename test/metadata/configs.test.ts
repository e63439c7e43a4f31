import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlterConfigOp } from '../../src/metadata/controller-requests.ts';
import { ConfigResource } from '../../src/metadata/image.ts';
import { TestNode } from './test-node.ts';

const { TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP } = ConfigResource;
const { SET, DELETE, APPEND, SUBTRACT } = AlterConfigOp;

let test: TestNode;
beforeEach(async () => {
  test = new TestNode();
  await test.startBroker();
  const topic = { name: 't', numPartitions: 1, replicationFactor: 1, assignments: [] };
  const configs = [{ name: 'retention.ms', value: '5' }];
  await test.node.controller.createTopics({ topics: [{ ...topic, configs }], validateOnly: false });
});
afterEach(async () => {
  await test.node.close();
  test.remove();
});

async function alter(resourceType: number, resourceName: string, ...ops: [string, number, string | null][]) {
  const configs = ops.map(([name, configOperation, value]) => ({ name, configOperation, value }));
  const [result] = await test.node.controller.incrementalAlterConfigs([{ resourceType, resourceName, configs }], false);
  return result?.error === null ? null : [result?.error.error, result?.error.message];
}

const configsOf = (type: number, name: string) => Object.fromEntries(test.node.image().configs(type, name));

describe('incrementalAlterConfigs', () => {
  it('sets and deletes, and leaves the rest', async () => {
    expect(await alter(TOPIC, 't', ['segment.ms', SET, '7'], ['retention.ms', DELETE, null])).toBeNull();
    expect(configsOf(TOPIC, 't')).toEqual({ 'segment.ms': '7' });
  });

  it('appends to a list, starting from its default, and takes away', async () => {
    expect(await alter(TOPIC, 't', ['cleanup.policy', APPEND, 'compact,delete'])).toBeNull();
    expect(configsOf(TOPIC, 't')).toMatchObject({ 'cleanup.policy': 'delete,compact' });
    expect(await alter(TOPIC, 't', ['cleanup.policy', SUBTRACT, 'delete'])).toBeNull();
    expect(configsOf(TOPIC, 't')).toMatchObject({ 'cleanup.policy': 'compact' });
  });

  it('holds brokers, their default, groups and client metrics', async () => {
    expect(await alter(BROKER, '', ['log.cleaner.threads', SET, '2'])).toBeNull();
    expect(await alter(BROKER, '1', ['log.cleaner.threads', SET, '3'])).toBeNull();
    expect(await alter(GROUP, 'g', ['consumer.session.timeout.ms', SET, '50000'])).toBeNull();
    expect(await alter(CLIENT_METRICS, 'm', ['interval.ms', SET, '1000'])).toBeNull();
    expect(configsOf(BROKER, '')).toMatchObject({ 'log.cleaner.threads': '2' });
    expect(configsOf(BROKER, '1')).toEqual({ 'log.cleaner.threads': '3' });
    expect(configsOf(GROUP, 'g')).toEqual({ 'consumer.session.timeout.ms': '50000' });
    expect(configsOf(CLIENT_METRICS, 'm')).toEqual({ 'interval.ms': '1000' });
  });

  // Codes and messages of ConfigurationControlManager, ControllerConfigurationValidator and ConfigAdminManager.
  it.each<[number, string, [string, number, string | null], string, string]>([
    [TOPIC, 'none', ['a', SET, '1'], 'UNKNOWN_TOPIC_OR_PARTITION', "The topic 'none' does not exist."],
    [TOPIC, '', ['a', SET, '1'], 'INVALID_REQUEST', 'Default topic resources are not allowed.'],
    [TOPIC, 't', ['no.such', SET, '1'], 'INVALID_CONFIG', 'Unknown topic config name: no.such'],
    [TOPIC, 't', ['a', APPEND, '1'], 'INVALID_CONFIG', "Can't APPEND to key a because its type is not LIST."],
    [TOPIC, 't', ['a', SUBTRACT, '1'], 'INVALID_CONFIG', "Can't SUBTRACT to key a because its type is not LIST."],
    [TOPIC, 't', ['a', SET, null], 'INVALID_REQUEST', 'Null value not supported for : a'],
    [BROKER, '9', ['a', SET, '1'], 'BROKER_ID_NOT_REGISTERED', 'No node with id 9 found.'],
    [BROKER, 'x', ['a', SET, '1'], 'INVALID_REQUEST', 'Unable to parse broker name as a base 10 number.'],
    [GROUP, '', ['a', SET, '1'], 'INVALID_REQUEST', 'Default group resources are not allowed.'],
    [BROKER_LOGGER, '1', ['a', SET, '1'], 'INVALID_REQUEST', 'Unknown resource type 8'],
    [
      BROKER,
      '1',
      ['min.insync.replicas', SET, '2'],
      'INVALID_CONFIG',
      'Broker-level min.insync.replicas cannot be altered while ELR is enabled.',
    ],
    [
      BROKER,
      '',
      ['min.insync.replicas', DELETE, null],
      'INVALID_CONFIG',
      'Cluster-level min.insync.replicas cannot be removed while ELR is enabled.',
    ],
    [
      TOPIC,
      't',
      ['a', SET, 'x'.repeat(32768)],
      'INVALID_CONFIG',
      'The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.',
    ],
  ])('refuses type %i name %j with %j', async (type, name, operation, error, message) => {
    expect(await alter(type, name, operation)).toEqual([error, message]);
  });

  it('takes the last of a key and refuses a resource that are named twice', async () => {
    expect(await alter(TOPIC, 't', ['retention.ms', SET, '1'], ['retention.ms', SET, '2'])).toBeNull();
    expect(test.node.image().configs(TOPIC, 't').get('retention.ms')).toBe('2');
    const resource = { resourceType: TOPIC, resourceName: 't', configs: [] };
    const results = await test.node.controller.incrementalAlterConfigs([resource, resource], false);
    expect(results.map(({ error }) => error?.message)).toEqual(['Duplicate resource.']);
  });

  it('alters the resources that it can', async () => {
    const change = (resourceName: string) => ({
      resourceType: TOPIC,
      resourceName,
      configs: [{ name: 'segment.ms', configOperation: SET, value: '1' }],
    });
    const results = await test.node.controller.incrementalAlterConfigs([change('none'), change('t')], false);
    expect(results.map(({ error }) => error?.error ?? null)).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', null]);
    expect(configsOf(TOPIC, 't')).toMatchObject({ 'segment.ms': '1' });
  });
});

describe('alterConfigs', () => {
  it('takes away what it does not name', async () => {
    const resource = { resourceType: TOPIC, resourceName: 't', configs: [{ name: 'segment.ms', value: '9' }] };
    await test.node.controller.alterConfigs([resource], true);
    expect(configsOf(TOPIC, 't')).toEqual({ 'retention.ms': '5' });
    await test.node.controller.alterConfigs([resource], false);
    expect(configsOf(TOPIC, 't')).toEqual({ 'segment.ms': '9' });
  });
});

describe('allocateProducerIds', () => {
  it('gives blocks of 1000 that no restart gives again', async () => {
    const { controller, brokerEpoch } = test.node;
    const blocks = await Promise.all([1, 2].map(() => controller.allocateProducerIds(1, brokerEpoch)));
    expect(blocks).toEqual([
      { first: 0, count: 1000 },
      { first: 1000, count: 1000 },
    ]);
    await test.stopBroker();
    await test.startBroker();
    const next = await test.node.controller.allocateProducerIds(1, test.node.brokerEpoch);
    expect(next).toEqual({ first: 2000, count: 1000 });
  });

  it('refuses the epoch of an earlier life', async () => {
    await expect(test.node.controller.allocateProducerIds(1, 1)).rejects.toMatchObject({ error: 'STALE_BROKER_EPOCH' });
  });
});
