/** ACLs, delegation tokens and client metrics, every version. What it makes it takes away. */

const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA';
/** A client instance that nobody has. */
const INSTANCE = 'AAAAAAAAAAAAAAAAAAAAyA';
const [ANY, TOPIC, GROUP, CLUSTER, TOKEN, USER] = [1, 2, 3, 4, 6, 7];
const [MATCH, LITERAL, PREFIXED] = [2, 3, 4];
const CLIENT_METRICS = 16;

export async function security(broker) {
  await acls(broker);
  if (broker.askController !== undefined) await acls({ ask: broker.askController, of: ' of a controller' });
  await tokens(broker);
  if (broker.askController !== undefined) await tokens({ ask: broker.askController, of: ' of a controller' });
  await broker.onOneConnection(telemetry);
}

async function acls({ ask, of = '' }) {
  const everything = { resourceTypeFilter: ANY, patternTypeFilter: ANY, operation: ANY, permissionType: ANY };
  const entry = {
    resourceType: TOPIC,
    resourceName: 't',
    resourcePatternType: LITERAL,
    principal: 'User:a',
    host: '*',
    operation: 3,
    permissionType: 3,
  };
  const create = (what, entries, version = 3) =>
    ask(`acl${of}: ${what}`, 'CreateAcls', version, { creations: entries.map((each) => ({ ...entry, ...each })) });
  const describe = (what, filter, version = 3) =>
    ask(`acls${of}: ${what}`, 'DescribeAcls', version, { ...everything, ...filter });
  const remove = (what, filters, version = 3) =>
    ask(`acls${of} away: ${what}`, 'DeleteAcls', version, {
      filters: filters.map((each) => ({ ...everything, ...each })),
    });

  for (const version of [1, 2, 3]) await create(`of version ${version}`, [{}], version);
  await create('several', [
    { operation: 4 },
    { resourceName: 'tt', resourcePatternType: PREFIXED },
    { permissionType: 2 },
  ]);
  await create('the same twice', [{ host: '10.0.0.1' }, { host: '10.0.0.1' }]);
  await create('of every topic', [{ resourceName: '*', principal: 'User:*' }]);
  await create('of a name of Kafka', [{ resourceType: GROUP, resourceName: 'g' }]);
  for (const operation of [0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 99]) {
    await create(`operation ${operation}`, [{ operation, principal: `User:${operation}` }]);
  }
  for (const permissionType of [0, 1, 9]) await create(`permission ${permissionType}`, [{ permissionType }]);
  for (const resourceType of [0, 1, 5, 8, 99]) await create(`resource type ${resourceType}`, [{ resourceType }]);
  for (const resourcePatternType of [0, 1, 2, 9]) {
    await create(`pattern type ${resourcePatternType}`, [{ resourcePatternType }]);
  }
  await create('the cluster', [{ resourceType: CLUSTER, resourceName: 'kafka-cluster', operation: 12 }]);
  await create('another cluster', [{ resourceType: CLUSTER, resourceName: 'mine', operation: 12 }]);
  await create('a prefixed cluster', [
    { resourceType: CLUSTER, resourceName: 'kafka-cluster', resourcePatternType: PREFIXED, operation: 12 },
  ]);
  await create('a token', [{ resourceType: TOKEN, resourceName: 'id', operation: 8 }]);
  await create('a user', [{ resourceType: USER, resourceName: 'User:x', operation: 13 }]);
  await create('a user without its type', [{ resourceType: USER, resourceName: 'x', operation: 13 }]);
  await create('nobody', [{ principal: 'a' }]);
  await create('no principal', [{ principal: '' }]);
  await create('no type of principal', [{ principal: ':a' }]);
  await create('no name of a principal', [{ principal: 'User:' }]);
  await create('another type of principal', [{ principal: 'Group:a' }]);
  await create('no host', [{ host: '' }]);
  await create('a host by name', [{ host: 'example.invalid' }]);
  await create('no resource', [{ resourceName: '' }]);
  await create('a resource that is no topic', [{ resourceName: 'bad name' }]);
  await create('one good, one bad', [{ resourceName: 'good' }, { principal: 'bad' }]);
  await create('nothing', []);

  for (const version of [1, 2, 3]) await describe(`all by version ${version}`, {}, version);
  for (const patternTypeFilter of [0, 1, MATCH, LITERAL, PREFIXED, 9]) {
    await describe(`pattern ${patternTypeFilter}`, {
      patternTypeFilter,
      resourceTypeFilter: TOPIC,
      resourceNameFilter: 'ttt',
    });
    await describe(`pattern ${patternTypeFilter} of t`, {
      patternTypeFilter,
      resourceTypeFilter: TOPIC,
      resourceNameFilter: 't',
    });
  }
  await describe('a principal', { principalFilter: 'User:a' });
  await describe('nobody', { principalFilter: 'a' });
  await describe('a host', { hostFilter: '10.0.0.1' });
  await describe('an operation', { operation: 4 });
  await describe('a permission', { permissionType: 2 });
  await describe('every topic', { resourceTypeFilter: TOPIC, resourceNameFilter: '*' });
  for (const type of [0, 99]) {
    await describe(`unknown resource type ${type}`, { resourceTypeFilter: type });
    await describe(`unknown operation ${type}`, { operation: type });
    await describe(`unknown permission ${type}`, { permissionType: type });
  }

  await remove('an unknown type', [{ resourceTypeFilter: 99 }]);
  await remove('one unknown, one good', [{ operation: 0 }, { principalFilter: 'User:5' }]);
  await remove('nobody', [{ principalFilter: 'User:nobody' }]);
  await remove('nothing', []);
  await remove('by version 1', [{ operation: 4, patternTypeFilter: LITERAL }], 1);
  await remove('by version 2', [{ resourceTypeFilter: GROUP }], 2);
  await remove('twice', [{ resourceTypeFilter: TOKEN }, { resourceTypeFilter: TOKEN }]);
  await remove('all', [{}]);
  await describe('after', {});
}

/** Nobody proved who it is, so every request is refused: each with its own shape. */
async function tokens({ ask, of = '' }) {
  const hmac = Buffer.from('none');
  for (const version of [1, 2, 3]) {
    await ask(`token${of}`, 'CreateDelegationToken', version, {
      renewers: [{ principalType: 'User', principalName: 'a' }],
      maxLifetimeMs: 1000,
    });
    if (of === '') await ask('tokens', 'DescribeDelegationToken', version, { owners: null });
  }
  for (const version of [1, 2]) {
    await ask(`token renewed${of}`, 'RenewDelegationToken', version, { hmac, renewPeriodMs: -1 });
    await ask(`token expired${of}`, 'ExpireDelegationToken', version, { hmac, expiryTimePeriodMs: -1 });
  }
  await ask(`token of another type${of}`, 'CreateDelegationToken', 3, {
    renewers: [{ principalType: 'Group', principalName: 'a' }],
    maxLifetimeMs: -1,
  });
  if (of === '') await ask('tokens of nobody', 'DescribeDelegationToken', 3, { owners: [] });
}

async function telemetry({ ask }) {
  const alter = (configs) =>
    ask(null, 'IncrementalAlterConfigs', 1, {
      resources: [{ resourceType: CLIENT_METRICS, resourceName: 'pushed', configs }],
    });
  const subscribe = (what, clientInstanceId) =>
    ask(`subscriptions of ${what}`, 'GetTelemetrySubscriptions', 0, { clientInstanceId });
  await subscribe('nobody', ZERO);
  await alter([
    { name: 'interval.ms', configOperation: 0, value: '1000' },
    { name: 'metrics', configOperation: 0, value: 'org.apache.kafka.' },
  ]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { subscriptionId } = await subscribe('a client', INSTANCE);
  await subscribe('a client too soon', INSTANCE);
  const push = (what, more) =>
    ask(`push: ${what}`, 'PushTelemetry', 0, {
      clientInstanceId: INSTANCE,
      subscriptionId,
      terminating: false,
      compressionType: 0,
      metrics: Buffer.alloc(0),
      ...more,
    });
  const due = () => new Promise((resolve) => setTimeout(resolve, 1100));
  await push('of nobody', { clientInstanceId: ZERO });
  await push('of another subscription', { subscriptionId: subscriptionId + 1 });
  await push('right after that', {});
  await due();
  await push('of an unknown codec', { compressionType: 9 });
  await due();
  await push('too large', { metrics: Buffer.alloc(2 * 1024 * 1024) });
  await due();
  await push('nothing', {});
  await push('too soon', {});
  await due();
  await push('bytes that are no gzip', { compressionType: 1, metrics: Buffer.from('no gzip') });
  await due();
  await push('the last', { terminating: true });
  await push('after the last', {});
  await alter(['interval.ms', 'metrics'].map((name) => ({ name, configOperation: 1, value: null })));
}
