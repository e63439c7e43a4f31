import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import * as api from '../support/apis.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

const UPGRADE = 1;
const SAFE_DOWNGRADE = 2;
const UNSAFE_DOWNGRADE = 3;
const FAILED = 'The update failed for all features since the following feature had an error: ';

async function levels(client: RawClient) {
  const answer = await client.request(api.apiVersions, 4, { clientSoftwareName: 't', clientSoftwareVersion: '1' });
  return Object.fromEntries(answer.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]));
}

async function update(client: RawClient, updates: [string, number, number][], validateOnly = false) {
  const { errorCode, errorMessage } = await client.request(api.updateFeatures, 2, {
    featureUpdates: updates.map(([feature, maxVersionLevel, upgradeType]) => ({
      feature,
      maxVersionLevel,
      upgradeType,
    })),
    validateOnly,
  });
  return [errorCode, errorMessage];
}

describe('features', () => {
  it('go down and up again, are told by ApiVersions, and outlive a restart', async () => {
    const samsa = await startTestBroker();
    const client = await samsa.connect();
    expect(await levels(client)).toMatchObject({ 'group.version': 1, 'metadata.version': 30 });
    expect(await update(client, [['group.version', 0, SAFE_DOWNGRADE]], true)).toEqual([0, null]);
    expect(await levels(client)).toMatchObject({ 'group.version': 1 });
    expect(await update(client, [['group.version', 0, SAFE_DOWNGRADE]])).toEqual([0, null]);
    expect(await levels(client)).not.toHaveProperty('group.version');
    const restarted = await (await samsa.restart()).connect();
    expect(await levels(restarted)).not.toHaveProperty('group.version');
    expect(await update(restarted, [['group.version', 1, UPGRADE]])).toEqual([0, null]);
    expect(await levels(restarted)).toMatchObject({ 'group.version': 1 });
  });

  // Codes and sentences of Apache Kafka 4.3.1, asked the same.
  it.each<[string, number, number, string]>([
    [
      'metadata.version',
      31,
      UPGRADE,
      'Invalid update version 31 for feature metadata.version. Local controller 1 only supports versions 7-30',
    ],
    [
      'metadata.version',
      29,
      SAFE_DOWNGRADE,
      'Unsupported metadata.version downgrade from 30 to 29. Refusing to perform the requested downgrade because it might delete metadata information.',
    ],
    [
      'metadata.version',
      29,
      UNSAFE_DOWNGRADE,
      'Unsupported metadata.version downgrade from 30 to 29. Unsafe metadata downgrade is not supported in this version.',
    ],
    [
      'nope',
      1,
      UPGRADE,
      'Invalid update version 1 for feature nope. Local controller 1 does not support this feature.',
    ],
    ['nope', 0, UPGRADE, 'Invalid update version 0 for feature nope. Feature nope not found.'],
    [
      'group.version',
      0,
      UPGRADE,
      "Invalid update version 0 for feature group.version. Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    ],
    [
      'group.version',
      1,
      0,
      'Invalid update version 1 for feature group.version. The controller does not support the given upgrade type.',
    ],
    [
      'group.version',
      -1,
      SAFE_DOWNGRADE,
      'Invalid update version -1 for feature group.version. A feature version cannot be less than 0.',
    ],
  ])('%s to %i by upgrade type %i is refused, and nothing else is updated', async (feature, level, type, reason) => {
    const client = await (await startTestBroker()).connect();
    const both: [string, number, number][] = [
      ['share.version', 0, SAFE_DOWNGRADE],
      [feature, level, type],
    ];
    expect(await update(client, both)).toEqual([ErrorCode.INVALID_UPDATE_VERSION, `${FAILED}${reason}`]);
    expect(await levels(client)).toMatchObject({ 'share.version': 1, 'group.version': 1 });
  });

  it('versions 0 and 1 of the request are answered feature by feature', async () => {
    const client = await (await startTestBroker()).connect();
    const featureUpdates = [{ feature: 'group.version', maxVersionLevel: 0, allowDowngrade: true }];
    const { errorCode, results } = await client.request(api.updateFeatures, 0, { featureUpdates });
    expect([errorCode, results]).toEqual([0, [{ feature: 'group.version', errorCode: 0, errorMessage: 'NONE' }]]);
    const again = await client.request(api.updateFeatures, 0, {
      featureUpdates: [{ feature: 'share.version', maxVersionLevel: 0, allowDowngrade: false }],
    });
    expect(again.errorCode).toBe(ErrorCode.INVALID_UPDATE_VERSION);
  });
});

describe('a broker that is unregistered', () => {
  it('is out of the metadata, leads nothing, and comes back with its next start', async () => {
    const samsa = await startTestBroker();
    const client = await samsa.connect();
    const topics = [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }];
    await client.request(api.createTopics, 7, { topics });
    const unknown = await client.request(api.unregisterBroker, 0, { brokerId: 77 });
    expect([unknown.errorCode, unknown.errorMessage]).toEqual([
      ErrorCode.BROKER_ID_NOT_REGISTERED,
      'Broker ID 77 is not currently registered',
    ]);
    expect((await client.request(api.unregisterBroker, 0, { brokerId: 1 })).errorCode).toBe(0);
    const leader = async (of: RawClient) => {
      const answer = await of.request(api.metadata, 12, { topics: [{ name: 'orders' }] });
      return [answer.brokers.length, answer.topics[0]?.partitions[0]?.leaderId];
    };
    expect(await leader(client)).toEqual([0, -1]);
    expect(await leader(await (await samsa.restart()).connect())).toEqual([1, 1]);
  });
});
