import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import * as api from '../support/apis.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

type Entity = Record<string, string | null>;
const { NONE, INVALID_REQUEST, UNSUPPORTED_VERSION } = ErrorCode;
const EXACT = 0;
const DEFAULT = 1;
const SPECIFIED = 2;

const parts = (entity: Entity) =>
  Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName }));

async function alter(client: RawClient, entity: Entity, values: Record<string, number | null>, validateOnly = false) {
  const ops = Object.entries(values).map(([key, value]) => ({ key, value: value ?? 0, remove: value === null }));
  const answer = await client.request(api.alterClientQuotas, 1, {
    entries: [{ entity: parts(entity), ops }],
    validateOnly,
  });
  const [{ errorCode, errorMessage }] = answer.entries as [(typeof answer.entries)[number]];
  return errorMessage === null ? errorCode : [errorCode, errorMessage];
}

async function described(client: RawClient, ...filter: [entityType: string, matchType: number, match?: string][]) {
  const components = filter.map(([entityType, matchType, match]) => ({ entityType, matchType, match: match ?? null }));
  const { errorCode, errorMessage, entries } = await client.request(api.describeClientQuotas, 1, {
    components,
    strict: false,
  });
  if (entries === null) return [errorCode, errorMessage];
  return entries.map(({ entity, values }) => [
    Object.fromEntries(entity.map(({ entityType, entityName }) => [entityType, entityName])),
    Object.fromEntries(values.map(({ key, value }) => [key, value])),
  ]);
}

describe('client quotas', () => {
  it('are set, changed and taken away, and outlive a restart', async () => {
    const samsa = await startTestBroker();
    const client = await samsa.connect();
    expect(await alter(client, { user: 'u' }, { producer_byte_rate: 1024, request_percentage: 12.5 })).toBe(NONE);
    expect(await alter(client, { user: 'u' }, { producer_byte_rate: 2048 })).toBe(NONE);
    expect(await alter(client, { user: 'v' }, { consumer_byte_rate: 1 })).toBe(NONE);
    expect(await alter(client, { user: 'v' }, { consumer_byte_rate: null, producer_byte_rate: null })).toBe(NONE);
    expect(await alter(client, { user: 'w' }, { consumer_byte_rate: 1 }, true)).toBe(NONE);
    const after = [[{ user: 'u' }, { producer_byte_rate: 2048, request_percentage: 12.5 }]];
    expect(await described(client)).toEqual(after);
    expect(await described(await (await samsa.restart()).connect())).toEqual(after);
  });

  it('are found by entity', async () => {
    const client = await (await startTestBroker()).connect();
    const quota = { producer_byte_rate: 1 };
    const entities: Entity[] = [{ user: 'u' }, { user: null }, { user: 'u', 'client-id': 'c' }, { 'client-id': null }];
    for (const entity of entities) expect(await alter(client, entity, quota)).toBe(NONE);
    expect(await alter(client, { ip: '127.0.0.1' }, { connection_creation_rate: 5 })).toBe(NONE);
    const found = async (...filter: Parameters<typeof described> extends [RawClient, ...infer F] ? F : never) =>
      (await described(client, ...filter)).map((entry) => (Array.isArray(entry) ? entry[0] : entry));
    expect(await found(['user', EXACT, 'u'])).toEqual([{ user: 'u' }, { user: 'u', 'client-id': 'c' }]);
    expect(await found(['user', DEFAULT])).toEqual([{ user: null }]);
    expect(await found(['user', SPECIFIED])).toEqual(entities.slice(0, 3));
    expect(await found(['user', SPECIFIED], ['client-id', EXACT, 'c'])).toEqual([{ user: 'u', 'client-id': 'c' }]);
    expect(await found(['ip', SPECIFIED])).toEqual([{ ip: '127.0.0.1' }]);
    const strict = await client.request(api.describeClientQuotas, 1, {
      components: [{ entityType: 'user', matchType: SPECIFIED, match: null }],
      strict: true,
    });
    expect(strict.entries?.map(({ entity }) => entity)).toEqual([parts({ user: 'u' }), parts({ user: null })]);
  });

  // Messages of ClientQuotaControlManager.
  it.each<[Entity, Record<string, number>, string]>([
    [{}, { producer_byte_rate: 1 }, 'Invalid empty client quota entity'],
    [{ group: 'g' }, { producer_byte_rate: 1 }, 'Unhandled client quota entity type: group'],
    [{ user: '' }, { producer_byte_rate: 1 }, 'Empty user not supported'],
    [{ user: 'u' }, { connection_creation_rate: 1 }, 'Invalid configuration key connection_creation_rate'],
    [{ ip: '::1' }, { producer_byte_rate: 1 }, 'Invalid configuration key producer_byte_rate'],
    [{ user: 'u' }, { producer_byte_rate: 0 }, 'Quota producer_byte_rate must be greater than 0'],
    [{ user: 'u' }, { producer_byte_rate: 1.5 }, 'producer_byte_rate cannot be a fractional value.'],
    [{ user: 'u' }, { consumer_byte_rate: 2 ** 64 }, 'Proposed value for consumer_byte_rate is too large for a LONG.'],
    [
      { ip: null },
      { connection_creation_rate: 2 ** 31 },
      'Proposed value for connection_creation_rate is too large for an INT.',
    ],
    [
      { ip: '::1', user: 'u' },
      { connection_creation_rate: 1 },
      'Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId',
    ],
    [{ ip: 'a host.invalid' }, { connection_creation_rate: 1 }, 'a host.invalid is not a valid IP or resolvable host.'],
  ])('of %j cannot be %j', async (entity, values, message) => {
    const client = await (await startTestBroker()).connect();
    expect(await alter(client, entity, values)).toEqual([INVALID_REQUEST, message]);
    expect(await described(client)).toEqual([]);
  });

  it('are not described by a filter that makes no sense', async () => {
    const client = await (await startTestBroker()).connect();
    expect(await described(client, ['group', DEFAULT])).toEqual([UNSUPPORTED_VERSION, 'Unsupported entity type group']);
    expect(await described(client, ['user', 7])).toEqual([INVALID_REQUEST, 'Unknown match type 7']);
    expect(await described(client, ['user', EXACT])).toMatchObject([INVALID_REQUEST, expect.stringContaining('null')]);
    expect(await described(client, ['user', DEFAULT], ['user', DEFAULT])).toMatchObject([
      INVALID_REQUEST,
      expect.stringContaining('more than once'),
    ]);
    expect(await described(client, ['user', DEFAULT], ['ip', DEFAULT])).toMatchObject([
      INVALID_REQUEST,
      expect.stringContaining('combination'),
    ]);
  });
});
