/** The admin APIs beside topics and configs. Each part takes away what it made. */

const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA';

export async function admin(broker) {
  await clientQuotas(broker);
  await scramCredentials(broker);
  await logDirs(broker);
}

async function clientQuotas({ ask }) {
  const parts = (entity) => Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName }));
  const entry = (entity, values) => ({
    entity: parts(entity),
    ops: Object.entries(values).map(([key, value]) => ({ key, value: value ?? 0, remove: value === null })),
  });
  const alter = (what, entity, values, more = {}) =>
    ask(`quota: ${what}`, 'AlterClientQuotas', 1, { entries: [entry(entity, values)], ...more });
  const describe = (what, components, strict = false) =>
    ask(`quotas ${what}`, 'DescribeClientQuotas', 1, {
      components: components.map(([entityType, matchType, match = null]) => ({ entityType, matchType, match })),
      strict,
    });
  const user = { user: 'u' };
  await alter('user', user, { producer_byte_rate: 1000, request_percentage: 0.5 });
  await alter('user again', user, { producer_byte_rate: 1000, consumer_byte_rate: 5 });
  await alter('default user', { user: null }, { controller_mutation_rate: 1.5 });
  await alter('user and client', { user: 'u', 'client-id': 'c' }, { consumer_byte_rate: 1 });
  await alter('client', { 'client-id': 'c' }, { consumer_byte_rate: 1 });
  // Apache Kafka enforces these at once, on this script too.
  await alter('ip', { ip: '127.0.0.1' }, { connection_creation_rate: 1e6 });
  await alter('default ip', { ip: null }, { connection_creation_rate: 2e6 });
  await alter('validate only', { user: 'not' }, { producer_byte_rate: 1 }, { validateOnly: true });
  await alter('remove what is not there', user, { controller_mutation_rate: null });
  await alter('remove from nobody', { user: 'nobody' }, { producer_byte_rate: null });
  await alter('remove an unknown key', user, { nonsense: null });
  await alter('no entity', {}, { producer_byte_rate: 1 });
  await alter('unknown entity', { group: 'g' }, { producer_byte_rate: 1 });
  await alter('empty user', { user: '' }, { producer_byte_rate: 1 });
  await alter('empty client', { 'client-id': '' }, { producer_byte_rate: 1 });
  await alter('unknown key', user, { nonsense: 1 });
  await alter('key of ip', user, { connection_creation_rate: 1 });
  await alter('key of user', { ip: null }, { producer_byte_rate: 1 });
  await alter('zero', user, { producer_byte_rate: 0 });
  await alter('negative', user, { request_percentage: -1 });
  await alter('fraction', user, { producer_byte_rate: 1.5 });
  await alter('almost whole', { user: 'almost' }, { producer_byte_rate: 2.0000001 });
  await alter('too large for a long', user, { producer_byte_rate: 1e20 });
  await alter('too large for an int', { ip: null }, { connection_creation_rate: 3e9 });
  await alter('not a number', { user: 'nan' }, { request_percentage: Number.NaN });
  await alter('ip and user', { ip: '127.0.0.1', user: 'u' }, { connection_creation_rate: 1 });
  await alter('ip that is none', { ip: 'no such host.invalid' }, { connection_creation_rate: 1 });
  await alter('one good, one bad', { user: 'half' }, { producer_byte_rate: 1, nonsense: 1 });
  await ask('quota: the same key twice', 'AlterClientQuotas', 1, {
    entries: [
      {
        entity: parts({ user: 'twice' }),
        ops: [
          { key: 'producer_byte_rate', value: 1 },
          { key: 'producer_byte_rate', value: 2 },
        ],
      },
    ],
  });
  await ask('quota: the same entity twice', 'AlterClientQuotas', 1, {
    entries: [entry({ user: 'same' }, { producer_byte_rate: 1 }), entry({ user: 'same' }, { consumer_byte_rate: 2 })],
  });
  await ask('quota: the same type twice', 'AlterClientQuotas', 1, {
    entries: [
      {
        entity: [
          { entityType: 'user', entityName: 'first' },
          { entityType: 'user', entityName: 'last' },
        ],
        ops: [{ key: 'producer_byte_rate', value: 1 }],
      },
    ],
  });
  await describe('of all', []);
  await describe('of no strict entity', [], true);
  await describe('of a user', [['user', 0, 'u']]);
  await describe('of a user alone', [['user', 0, 'u']], true);
  await describe('of the default user', [['user', 1]]);
  await describe('of any user', [['user', 2]]);
  await describe('of user and client', [
    ['user', 2],
    ['client-id', 0, 'c'],
  ]);
  await describe('of any ip', [['ip', 2]]);
  await describe('of ip and user', [
    ['ip', 2],
    ['user', 2],
  ]);
  await describe('of nothing', [['', 2]]);
  await describe('of an unknown type', [['group', 2]]);
  await describe('of a type twice', [
    ['user', 2],
    ['user', 1],
  ]);
  await describe('by null', [['user', 0]]);
  await describe('by default and name', [['user', 1, 'u']]);
  await describe('by any and name', [['user', 2, 'u']]);
  await describe('by an unknown match', [['user', 9]]);
  const { entries } = await ask(null, 'DescribeClientQuotas', 1, { components: [] });
  await ask('quota: take all away', 'AlterClientQuotas', 1, {
    entries: entries.map(({ entity, values }) => ({
      entity,
      ops: values.map(({ key }) => ({ key, value: 0, remove: true })),
    })),
  });
  await describe('after', []);
}

async function scramCredentials({ ask }) {
  const upsertion = {
    mechanism: 1,
    iterations: 4096,
    salt: Buffer.from('salt'),
    saltedPassword: Buffer.from('salted'),
  };
  const alter = (what, upsertions, deletions = []) =>
    ask(what === null ? null : `scram: ${what}`, 'AlterUserScramCredentials', 0, {
      upsertions: upsertions.map((each) => ({ ...upsertion, ...each })),
      deletions,
    });
  const describe = (what, users) =>
    ask(`scram of ${what}`, 'DescribeUserScramCredentials', 0, { users: users?.map((name) => ({ name })) ?? null });
  await alter('set', [{ name: 'alice' }]);
  await alter('set the other', [{ name: 'alice', mechanism: 2, iterations: 8192 }]);
  await alter('set again', [{ name: 'alice', iterations: 5000 }]);
  await alter('several', [{ name: 'bob' }, { name: 'carol' }]);
  await alter('twice', [{ name: 'dave' }, { name: 'dave', mechanism: 2 }, { name: 'erin' }]);
  await alter('thrice', [{ name: 'dave' }, { name: 'dave' }, { name: 'dave' }]);
  await alter('set and delete', [{ name: 'bob', iterations: 6000 }], [{ name: 'bob', mechanism: 1 }]);
  await alter('no name', [{ name: '' }]);
  await alter('unknown mechanism', [{ name: 'x', mechanism: 9 }]);
  await alter('mechanism 0', [{ name: 'x', mechanism: 0 }]);
  await alter('few iterations', [{ name: 'x', iterations: 4095 }]);
  await alter('few iterations of the other', [{ name: 'x', mechanism: 2, iterations: 4095 }]);
  await alter('many iterations', [{ name: 'x', iterations: 16385 }]);
  await alter('empty salt', [{ name: 'nosalt', salt: Buffer.alloc(0) }]);
  await alter('delete nobody', [], [{ name: 'nobody', mechanism: 1 }]);
  await alter('delete the wrong mechanism', [], [{ name: 'bob', mechanism: 2 }]);
  await alter(
    'delete twice',
    [],
    [
      { name: 'alice', mechanism: 1 },
      { name: 'alice', mechanism: 2 },
    ],
  );
  await describe('all', null);
  await describe('nobody named', []);
  await describe('some', ['alice', 'nobody', 'bob', 'bob']);
  const { results } = await ask(null, 'DescribeUserScramCredentials', 0, { users: null });
  for (const { user, credentialInfos } of results) {
    for (const { mechanism } of credentialInfos) await alter(null, [], [{ name: user, mechanism }]);
  }
  await describe('all after', null);
}

async function logDirs({ ask }) {
  const topics = [{ name: 'measured', numPartitions: 2, replicationFactor: 1 }];
  await ask(null, 'CreateTopics', 7, { topics, timeoutMs: 10_000 });
  // Apache Kafka makes the logs in the background.
  for (let tries = 0, made = 0; tries < 100 && made < 2; tries++) {
    const { results } = await ask(null, 'DescribeLogDirs', 4, { topics: [{ topic: 'measured', partitions: [0, 1] }] });
    made = results.flatMap((result) => result.topics).flatMap(({ partitions }) => partitions).length;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const describe = (what, topics, version = 4) => ask(`log dirs: ${what}`, 'DescribeLogDirs', version, { topics });
  const asked = { topic: 'measured', partitions: [0, 1] };
  await describe('of a topic', [asked]);
  await describe('of a topic, 1', [asked], 1);
  await describe('of a topic, 5', [asked], 5);
  await describe('of some and nobody', [
    { topic: 'measured', partitions: [1, 7] },
    { topic: 'missing', partitions: [0] },
  ]);
  await describe('of nothing', []);
  await ask(null, 'DeleteTopics', 6, { topics: [{ name: 'measured', topicId: ZERO }], timeoutMs: 10_000 });
}
