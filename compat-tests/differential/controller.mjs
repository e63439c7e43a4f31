/** What the controller decides: features, registrations, configs of every kind. Each part takes away what it made. */

const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA';
/** A uuid that nothing has. */
const UNUSED = 'AAAAAAAAAAAAAAAAAAAAyA';
const TOPIC = 2;
const BROKER = 4;
const LOGGER = 8;
const CLIENT_METRICS = 16;
const GROUP = 32;
const SET = 0;
const DELETE = 1;

/** Apache Kafka answers alterations before its broker goes by them. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 500));

export async function controller(broker) {
  await features(broker);
  await configResources(broker);
  await partitions(broker);
  if (broker.askController !== undefined) await controllerListener(broker);
}

async function partitions({ ask }) {
  const topics = [{ name: 'moved', numPartitions: 2, replicationFactor: 1 }];
  await ask(null, 'CreateTopics', 7, { topics, timeoutMs: 10_000 });
  await settled();
  const elect = (what, electionType, topicPartitions, version = 2) =>
    ask(`elect ${what}`, 'ElectLeaders', version, { electionType, topicPartitions, timeoutMs: 5000 });
  const named = [
    { topic: 'moved', partitions: [0, 1, 7, 0] },
    { topic: 'missing', partitions: [0] },
  ];
  for (const type of [0, 1, 5]) {
    await elect(`named, type ${type}`, type, named);
    await elect(`named, type ${type}, 1`, type, named, 1);
  }
  await elect('nobody', 0, []);
  await elect('nobody of a topic', 0, [{ topic: 'moved', partitions: [] }]);
  await elect('version 0', 0, named, 0);

  const move = (what, replicas, more = {}, version = 1) =>
    ask(`move ${what}`, 'AlterPartitionReassignments', version, {
      topics: [{ name: 'moved', partitions: replicas.map((each, i) => ({ partitionIndex: i % 2, replicas: each })) }],
      timeoutMs: 5000,
      ...more,
    });
  await move('to where they are', [[1], [1]]);
  await move('to unknown brokers', [[1, 2], [2]]);
  await move('to nowhere', [[], [-1]]);
  await move('to one broker twice', [[1, 1]]);
  await move('nothing under way', [null]);
  await move('and call off', [[1], [1], null]);
  await move('with the factor kept', [[1, 2], []], { allowReplicationFactorChange: false });
  await move('version 0', [[1]], {}, 0);
  await move('what is not there', [], {
    topics: [
      { name: 'moved', partitions: [{ partitionIndex: 7, replicas: [1] }] },
      {
        name: 'missing',
        partitions: [
          { partitionIndex: 0, replicas: [1] },
          { partitionIndex: 1, replicas: null },
        ],
      },
    ],
  });
  await move('nothing', [], { topics: [] });
  const moving = (what, topics) => ask(`moving: ${what}`, 'ListPartitionReassignments', 0, { topics, timeoutMs: 5000 });
  await moving('all', null);
  await moving('none', []);
  await moving('named', [
    { name: 'moved', partitionIndexes: [0, 7] },
    { name: 'missing', partitionIndexes: [0] },
  ]);
  for (const endpointType of [1, 2, 3]) {
    await ask(`cluster, endpoints of type ${endpointType}`, 'DescribeCluster', 2, {
      endpointType,
      includeClusterAuthorizedOperations: true,
    });
  }
  await ask(null, 'DeleteTopics', 6, { topics: [{ name: 'moved', topicId: ZERO }], timeoutMs: 10_000 });
}

async function controllerListener({ askController: ask }) {
  for (const [version, endpointType] of [
    [2, 1],
    [2, 2],
    [2, 3],
    [1, 2],
  ]) {
    await ask(`controllers, type ${endpointType}`, 'DescribeCluster', version, {
      endpointType,
      includeClusterAuthorizedOperations: true,
    });
  }
  await ask('controllers, 0', 'DescribeCluster', 0, {});
  const { clusterId } = await ask(null, 'DescribeCluster', 2, { endpointType: 2 });
  for (const [brokerId, brokerEpoch] of [
    [1, -1],
    [9, 1],
  ]) {
    const broker = { brokerId, brokerEpoch };
    await ask(`ids for ${brokerId}`, 'AllocateProducerIds', 0, broker);
    await ask(`heartbeat of ${brokerId}`, 'BrokerHeartbeat', 1, broker);
    await ask(`directories of ${brokerId}`, 'AssignReplicasToDirs', 0, { ...broker, directories: [] });
    await ask(`no partitions of ${brokerId}`, 'AlterPartition', 3, { ...broker, topics: [] });
    const topics = [{ topicId: UNUSED, partitions: [{ partitionIndex: 0 }] }];
    await ask(`partitions of ${brokerId}`, 'AlterPartition', 3, { ...broker, topics });
  }
  const register = (what, more) =>
    ask(`register ${what}`, 'BrokerRegistration', 4, {
      brokerId: 9,
      clusterId,
      incarnationId: UNUSED,
      listeners: [{ name: 'PLAINTEXT', host: 'h', port: 1, securityProtocol: 0 }],
      features: [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }],
      rack: null,
      logDirs: [UNUSED],
      ...more,
    });
  await register('elsewhere', { clusterId: 'x' });
  await register('as another', { brokerId: 1 });
  await register('without directories', { logDirs: [] });
  await register('with a reserved directory', { logDirs: [ZERO] });
  await register('with a directory twice', { logDirs: [UNUSED, UNUSED] });
  await register('without features', { features: [] });
  await register('of another time', { isMigratingZkBroker: true });
  await register('too old', {
    features: [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 29 }],
  });
  await register('without most features', {});
  const envelope = { requestData: Buffer.from('x'), clientHostAddress: Buffer.from([127, 0, 0, 1]) };
  for (const requestPrincipal of [null, Buffer.alloc(0)]) {
    await ask('envelope of nobody', 'Envelope', 0, { ...envelope, requestPrincipal });
  }
  const alter = (what, resourceType, resourceName, configs, times = 1) =>
    ask(`controller: alter ${what}`, 'IncrementalAlterConfigs', 1, {
      resources: Array.from({ length: times }, () => ({ resourceType, resourceName, configs })),
    });
  const level = [{ name: 'root', configOperation: SET, value: 'WARN' }];
  await alter('a logger', LOGGER, '1', level);
  await alter('a logger of another', LOGGER, '2', level);
  await alter('an unknown type', 99, 'x', level);
  await alter('another broker', BROKER, '9', [{ name: 'log.retention.ms', configOperation: SET, value: '1' }]);
  await alter('twice', CLIENT_METRICS, 'sub', [], 2);
  await ask('controller: configs', 'DescribeConfigs', 4, {
    resources: [{ resourceType: BROKER, resourceName: '2', configurationKeys: [] }],
  });
}

async function features({ ask }) {
  const update = (what, feature, maxVersionLevel, upgradeType = 1, version = 2) =>
    ask(`feature: ${what}`, 'UpdateFeatures', version, {
      featureUpdates: [{ feature, maxVersionLevel, upgradeType }],
      validateOnly: true,
    });
  for (const level of [31, 30, 29, 23, 7, 6, 0]) {
    for (const type of [1, 2, 3]) await update(`metadata.version ${level} by ${type}`, 'metadata.version', level, type);
  }
  await update('a negative level', 'group.version', -1, 2);
  await update('no such', 'nope', 1);
  await update('no such, off', 'nope', 0);
  await update('no name', '', 1);
  await update('down by an upgrade', 'group.version', 0);
  await update('down', 'group.version', 0, 2);
  await update('down, version 1', 'transaction.version', 1, 2, 1);
  await update('the same', 'group.version', 1);
  await update('too high', 'group.version', 2);
  await update('no upgrade type', 'group.version', 1, 0);
  await update('unknown upgrade type', 'group.version', 1, 9);
  await update('quorum too high', 'kraft.version', 2);
  await update('quorum', 'kraft.version', 1);
  await ask('feature: none', 'UpdateFeatures', 1, { featureUpdates: [] });
  await ask('feature: two, one bad', 'UpdateFeatures', 1, {
    featureUpdates: [
      { feature: 'group.version', maxVersionLevel: 0, upgradeType: 2 },
      { feature: 'share.version', maxVersionLevel: 7, upgradeType: 1 },
    ],
  });
  await ask('feature: old, allowed', 'UpdateFeatures', 0, {
    featureUpdates: [{ feature: 'group.version', maxVersionLevel: 1, allowDowngrade: true }],
  });
  await ask('feature: old, not allowed', 'UpdateFeatures', 0, {
    featureUpdates: [{ feature: 'group.version', maxVersionLevel: 0, allowDowngrade: false }],
  });
  for (const brokerId of [77, -1]) await ask(`unregister broker ${brokerId}`, 'UnregisterBroker', 0, { brokerId });
}

async function configResources({ ask }) {
  const list = (what, body = {}, version = 1) => ask(`list configs: ${what}`, 'ListConfigResources', version, body);
  const describe = (what, resourceType, resourceName, configurationKeys = null) =>
    ask(`configs of ${what}`, 'DescribeConfigs', 4, {
      resources: [{ resourceType, resourceName, configurationKeys }],
      includeSynonyms: true,
    });
  const alter = (what, resourceType, resourceName, configs, validateOnly = false) =>
    ask(`alter ${what}`, 'IncrementalAlterConfigs', 1, {
      resources: [
        {
          resourceType,
          resourceName,
          configs: configs.map(([name, configOperation, value]) => ({ name, configOperation, value })),
        },
      ],
      validateOnly,
    });
  for (const type of [BROKER, LOGGER, CLIENT_METRICS, GROUP, 0, 1, 99]) {
    await list(`type ${type}`, { resourceTypes: [type] });
  }
  await list('one bad type', { resourceTypes: [BROKER, 99] });
  await list('version 0', {}, 0);
  for (const name of ['', '2', 'x']) {
    await describe(`logger ${name}`, LOGGER, name);
    await describe(`broker ${name}`, BROKER, name, ['log.retention.ms']);
  }
  for (const type of [0, 1, 99]) await describe(`type ${type}`, type, 'x');

  await alter('a logger', LOGGER, '1', [['root', SET, 'WARN']]);
  await describe('a logger', LOGGER, '1', ['root']);
  await alter('a logger that is none', LOGGER, '1', [['nosuch', SET, 'INFO']]);
  await alter('a logger to nonsense', LOGGER, '1', [['root', SET, 'OFF']]);
  await alter('a logger in small letters', LOGGER, '1', [['root', SET, 'info']]);
  await alter('root away', LOGGER, '1', [['root', DELETE, null]]);
  await alter('a logger by append', LOGGER, '1', [['root', 2, 'INFO']]);
  await alter('a logger by subtract', LOGGER, '1', [['root', 3, 'INFO']]);
  await alter('a logger to null', LOGGER, '1', [['root', SET, null]]);
  await alter('no logger', LOGGER, '1', []);
  for (const name of ['', '2', 'x']) await alter(`a logger of ${name}`, LOGGER, name, [['root', SET, 'INFO']]);

  for (const name of ['2', 'x', '-1']) await alter(`broker ${name}`, BROKER, name, [['log.cleaner.threads', SET, '2']]);
  const brokerWide = [
    ['node.id', '3'],
    ['num.io.threads', '1'],
    ['num.io.threads', '20'],
    ['log.cleaner.threads', '5'],
    ['log.cleaner.threads', '0'],
    ['log.cleaner.threads', 'x'],
    ['nonsense', 'x'],
    ['max.connections.per.ip', '-1'],
    ['listeners', 'PLAINTEXT://:1'],
    ['ssl.keystore.location', '/x'],
    ['min.insync.replicas', '2'],
  ];
  for (const [name, value] of brokerWide)
    await alter(`all brokers: ${name}=${value}`, BROKER, '', [[name, SET, value]], true);
  await alter('the minimum of one broker', BROKER, '1', [['min.insync.replicas', SET, '2']]);
  await alter('the minimum away', BROKER, '', [['min.insync.replicas', DELETE, null]]);
  await alter('a broker by an unknown operation', BROKER, '', [['log.cleaner.threads', 9, '2']]);
  await alter('retention of all', BROKER, '', [['log.retention.ms', SET, '123456789']]);
  await settled();
  await describe('all brokers', BROKER, '', ['log.retention.ms']);
  await describe('a broker after', BROKER, '1', ['log.retention.ms', 'log.retention.hours']);
  await alter('retention of one', BROKER, '1', [['log.retention.ms', SET, '987654321']]);
  await settled();
  await describe('a broker with both', BROKER, '1', ['log.retention.ms']);
  await alter('retention of one away', BROKER, '1', [['log.retention.ms', DELETE, null]]);
  await alter('retention of all away', BROKER, '', [['log.retention.ms', DELETE, null]]);

  const subscription = [
    ['interval.ms', '5'],
    ['interval.ms', '3600001'],
    ['interval.ms', 'x'],
    ['match', 'client_id'],
    ['match', 'nope=x'],
    ['match', 'client_id=['],
    ['match', 'client_id=a=b'],
    ['metrics', ''],
    ['nope', '1'],
  ];
  for (const [name, value] of subscription) {
    await alter(`a subscription: ${name}=${value}`, CLIENT_METRICS, 'sub', [[name, SET, value]], true);
  }
  await alter('a subscription by append', CLIENT_METRICS, 'sub', [['metrics', 2, 'a.']]);
  await alter('no subscription', CLIENT_METRICS, '', [['interval.ms', SET, '1000']]);
  await describe('no subscription', CLIENT_METRICS, '');
  await describe('a subscription before', CLIENT_METRICS, 'sub');
  await alter('a subscription', CLIENT_METRICS, 'sub', [
    ['interval.ms', SET, '100'],
    ['match', SET, 'client_id=a.*,client_software_name=x'],
    ['metrics', SET, 'a.,b.'],
  ]);
  await settled();
  await describe('a subscription', CLIENT_METRICS, 'sub');
  await list('subscriptions', {}, 0);
  await alter('a subscription away', CLIENT_METRICS, 'sub', [
    ['interval.ms', DELETE, null],
    ['match', DELETE, null],
    ['metrics', DELETE, null],
  ]);
  await settled();
  await list('no subscriptions', {}, 0);

  await describe('a group before', GROUP, 'g');
  await describe('no group', GROUP, '');
  await alter('no group', GROUP, '', [['consumer.session.timeout.ms', SET, '50000']]);
  const { results } = await ask(null, 'DescribeConfigs', 4, {
    resources: [{ resourceType: GROUP, resourceName: 'g' }],
  });
  for (const name of results[0].configs.map((config) => config.name).sort()) {
    for (const value of ['-1', '0', '1', '2147483647', 'latest']) {
      await alter(`a group: ${name}=${value}`, GROUP, 'g', [[name, SET, value]], true);
    }
  }
  await alter('a group: no such', GROUP, 'g', [['nope', SET, '1']]);
  await alter('a group', GROUP, 'g', [['consumer.session.timeout.ms', SET, '50000']]);
  await settled();
  await describe('a group', GROUP, 'g');
  await list('groups', { resourceTypes: [GROUP] });
  await alter('a group away', GROUP, 'g', [['consumer.session.timeout.ms', DELETE, null]]);

  await ask('alter the same resource twice', 'IncrementalAlterConfigs', 1, {
    resources: [BROKER, BROKER].map((resourceType) => ({ resourceType, resourceName: '', configs: [] })),
  });
  await ask('alter loggers by the old request', 'AlterConfigs', 2, {
    resources: [{ resourceType: LOGGER, resourceName: '1', configs: [{ name: 'root', value: 'INFO' }] }],
  });
  await ask('alter a topic with conflicting lags', 'CreateTopics', 7, {
    topics: [
      {
        name: 'conflict',
        numPartitions: 1,
        replicationFactor: 1,
        configs: [
          { name: 'min.compaction.lag.ms', value: '2' },
          { name: 'max.compaction.lag.ms', value: '1' },
        ],
      },
    ],
  });
  for (const type of [0, 1, 99]) await alter(`type ${type}`, type, 'x', [['a', SET, 'b']]);
  await describe('a missing topic', TOPIC, 'missing');
}
