/** The quorum's voters, and what brokers and controllers ask the controller: every version, mostly what cannot be. */

const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA';
/** A uuid that nothing has. */
const UNUSED = 'AAAAAAAAAAAAAAAAAAAAyA';
const LOG = { topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] };

export async function quorum(broker) {
  const { clusterId } = await broker.ask(null, 'DescribeCluster', 2, {});
  await voters(broker, clusterId);
  if (broker.askController === undefined) return;
  await voters({ ask: broker.askController, of: ' of a controller' }, clusterId);
  await peers(broker.askController, clusterId);
  await brokers(broker.askController, clusterId);
  await envelopes(broker.askController);
}

async function described(ask) {
  const { topics, nodes } = await ask(null, 'DescribeQuorum', 2, { topics: [LOG] });
  const { leaderEpoch, currentVoters } = topics[0].partitions[0];
  return { leaderEpoch, directoryId: currentVoters[0].replicaDirectoryId, nodes };
}

async function voters({ ask, of = '' }, clusterId) {
  const { directoryId } = await described(ask);
  for (const version of [0, 1, 2]) await ask(`quorum${of}`, 'DescribeQuorum', version, { topics: [LOG] });
  for (const topics of [
    [],
    [{ topicName: 'orders', partitions: [{ partitionIndex: 0 }] }],
    [{ ...LOG, partitions: [{ partitionIndex: 1 }] }],
  ]) {
    await ask(`quorum of ${JSON.stringify(topics)}${of}`, 'DescribeQuorum', 2, { topics });
  }
  const remove = (what, more) =>
    ask(`voter away: ${what}${of}`, 'RemoveRaftVoter', 0, {
      clusterId,
      voterId: 1,
      voterDirectoryId: directoryId,
      ...more,
    });
  await remove('of another cluster', { clusterId: 'x' });
  await remove('that is not there', { voterId: 2 });
  await remove('with another directory', { voterDirectoryId: UNUSED });
  await remove('with no directory', { voterDirectoryId: ZERO });
  await remove('of no id', { voterId: -1 });
  await remove('the only one', {});
  await remove('of no cluster, another', { clusterId: null, voterId: 3 });
  const add = (what, more, version = 1) =>
    ask(`voter: ${what}${of}`, 'AddRaftVoter', version, {
      clusterId,
      timeoutMs: 1000,
      voterId: 2,
      voterDirectoryId: UNUSED,
      listeners: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 1 }],
      ...more,
    });
  for (const version of [0, 1]) {
    await add('of another cluster', { clusterId: 'x' }, version);
    await add('of no cluster, no directory', { clusterId: null, voterDirectoryId: ZERO }, version);
    await add('of no id', { voterId: -1 }, version);
    await add('that is there', { voterId: 1, voterDirectoryId: directoryId }, version);
    await add('that is there with another directory', { voterId: 1 }, version);
    await add('without listeners', { listeners: [] }, version);
    await add('on another listener', { listeners: [{ name: 'ELSEWHERE', host: '127.0.0.1', port: 1 }] }, version);
  }
}

/** What other controllers ask: nothing that would make this one step back. */
async function peers(ask, clusterId) {
  const { leaderEpoch, directoryId } = await described(ask);
  const ofLog = (partition) => [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0, ...partition }] }];
  const vote = (what, partition, more = {}, version = 2) =>
    ask(`vote ${what}`, 'Vote', version, {
      clusterId,
      voterId: 1,
      topics: ofLog({
        replicaEpoch: leaderEpoch,
        replicaId: 2,
        replicaDirectoryId: UNUSED,
        voterDirectoryId: directoryId,
        lastOffsetEpoch: leaderEpoch,
        lastOffset: 0,
        preVote: false,
        ...partition,
      }),
      ...more,
    });
  for (const version of [0, 1, 2]) {
    await vote('of an old epoch', { replicaEpoch: 0 }, {}, version);
    await vote('of this epoch', {}, {}, version);
    await vote('of another cluster', {}, { clusterId: 'x' }, version);
    await vote('of a negative epoch', { replicaEpoch: -1 }, {}, version);
    await vote('that ends beyond its epoch', { lastOffsetEpoch: leaderEpoch + 5 }, {}, version);
    await vote('about nothing', {}, { topics: [] }, version);
  }
  await vote('of another voter', {}, { voterId: 7 });
  await vote('of another directory', { voterDirectoryId: UNUSED });
  await vote('before the vote', { preVote: true });
  await vote('before the vote, of no replica', { preVote: true, replicaId: -1 });
  await vote('of this replica itself', { replicaId: 1, replicaDirectoryId: directoryId });

  for (const version of [0, 1]) {
    const begin = (what, partition, more = {}) =>
      ask(`epoch begun: ${what}`, 'BeginQuorumEpoch', version, {
        clusterId,
        voterId: 1,
        topics: ofLog({ voterDirectoryId: directoryId, leaderId: 1, leaderEpoch, ...partition }),
        leaderEndpoints: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 1 }],
        ...more,
      });
    await begin('of another cluster', {}, { clusterId: 'x' });
    await begin('an old one', { leaderEpoch: 0 });
    await begin('by no leader', { leaderId: -1 });
    await begin('of nothing', {}, { topics: [] });
    const end = (what, partition, more = {}) =>
      ask(`epoch ended: ${what}`, 'EndQuorumEpoch', version, {
        clusterId,
        topics: ofLog({ leaderId: 1, leaderEpoch, ...partition }),
        leaderEndpoints: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 1 }],
        ...more,
      });
    await end('of another cluster', {}, { clusterId: 'x' });
    await end('an old one', { leaderEpoch: 0 });
    await end('of nothing', {}, { topics: [] });
    const snapshot = (what, partition, more = {}) =>
      ask(`snapshot ${what}`, 'FetchSnapshot', version, {
        clusterId,
        replicaId: 2,
        maxBytes: 1000,
        topics: [
          {
            name: '__cluster_metadata',
            partitions: [
              {
                partition: 0,
                currentLeaderEpoch: leaderEpoch,
                snapshotId: { endOffset: 0, epoch: 0 },
                position: 0,
                ...partition,
              },
            ],
          },
        ],
        ...more,
      });
    await snapshot('of another cluster', {}, { clusterId: 'x' });
    await snapshot('of an old epoch', { currentLeaderEpoch: 0 });
    await snapshot('of an epoch to come', { currentLeaderEpoch: leaderEpoch + 9 });
    await snapshot('that is not there', { snapshotId: { endOffset: 7777, epoch: 1 } });
    await snapshot('before its begin', { snapshotId: { endOffset: 7777, epoch: 1 }, position: -1 });
    // Not one of nothing: it ends an Apache Kafka node.
    await snapshot(
      'of another topic',
      {},
      {
        topics: [
          {
            name: 'orders',
            partitions: [{ partition: 0, currentLeaderEpoch: 0, snapshotId: { endOffset: 0, epoch: 0 }, position: 0 }],
          },
        ],
      },
    );
  }

  const update = (what, more) =>
    ask(`voter updated: ${what}`, 'UpdateRaftVoter', 0, {
      clusterId,
      currentLeaderEpoch: leaderEpoch,
      voterId: 1,
      voterDirectoryId: directoryId,
      listeners: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 1 }],
      kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
      ...more,
    });
  await update('of another cluster', { clusterId: 'x' });
  await update('in an old epoch', { currentLeaderEpoch: leaderEpoch - 1 });
  await update('in an epoch to come', { currentLeaderEpoch: leaderEpoch + 9 });
  await update('that is not there', { voterId: 2 });
  await update('with another directory', { voterDirectoryId: UNUSED });
  await update('with no directory', { voterDirectoryId: ZERO });
  await update('of no id', { voterId: -1 });
  await update('without listeners', { listeners: [] });
  await update('on another listener', { listeners: [{ name: 'ELSEWHERE', host: '127.0.0.1', port: 1 }] });
  await update('that is too old', { kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 0 } });
  await update('that is too new', { kRaftVersionFeature: { minSupportedVersion: 2, maxSupportedVersion: 3 } });
  await update('with versions that are none', {
    kRaftVersionFeature: { minSupportedVersion: -1, maxSupportedVersion: 1 },
  });
  await update('with versions the wrong way round', {
    kRaftVersionFeature: { minSupportedVersion: 1, maxSupportedVersion: 0 },
  });
}

/** A second broker that registers, lives and is let go. */
async function brokers(ask, clusterId) {
  const topics = [{ name: 'spread', numPartitions: 1, replicationFactor: 1 }];
  const { topics: created } = await ask(null, 'CreateTopics', 7, { topics, timeoutMs: 10_000 });
  const { topicId } = created[0];
  const { supportedFeatures } = await ask(null, 'ApiVersions', 4, {
    clientSoftwareName: 'a',
    clientSoftwareVersion: '1',
  });
  const features = supportedFeatures.map(({ name, minVersion, maxVersion }) => ({
    name,
    minSupportedVersion: minVersion,
    maxSupportedVersion: maxVersion,
  }));
  const register = (what, more, version = 4) =>
    ask(what === null ? null : `registration: ${what}`, 'BrokerRegistration', version, {
      brokerId: 5,
      clusterId,
      incarnationId: UNUSED,
      listeners: [{ name: 'PLAINTEXT', host: 'h', port: 1, securityProtocol: 0 }],
      features,
      rack: null,
      logDirs: [UNUSED],
      ...more,
    });
  for (const version of [0, 1, 2, 3, 4]) {
    await register('of another cluster', { clusterId: 'x' }, version);
    await register('as one that lives', { brokerId: 1 }, version);
    await register('of no id', { brokerId: -1 }, version);
    await register('without listeners', { brokerId: 6, listeners: [] }, version);
  }
  for (const version of [0, 1]) await register('without log dirs', { brokerId: 6 }, version);
  await register('of a protocol that is none', {
    brokerId: 6,
    listeners: [{ name: 'PLAINTEXT', host: 'h', port: 1, securityProtocol: 9 }],
  });
  await register('in a rack', { brokerId: 6, rack: 'r', incarnationId: 'AAAAAAAAAAAAAAAAAAAAyB' });
  await ask('registration away', 'UnregisterBroker', 0, { brokerId: 6 });
  const { brokerEpoch } = await register(null, {});
  const { brokerEpoch: again } = await register(null, {});
  const heartbeat = (what, more, version = 2) =>
    ask(`heartbeat: ${what}`, 'BrokerHeartbeat', version, {
      brokerId: 5,
      brokerEpoch: again,
      currentMetadataOffset: 0,
      ...more,
    });
  for (const version of [0, 1, 2]) {
    await heartbeat('of an old epoch', { brokerEpoch: brokerEpoch - 1 }, version);
    await heartbeat('of an epoch to come', { brokerEpoch: again + 1000 }, version);
    await heartbeat('of a broker that is not there', { brokerId: 9 }, version);
    await heartbeat('behind', { wantFence: false }, version);
    await heartbeat('fenced', { wantFence: true }, version);
  }
  await heartbeat('an offline dir that it does not have', { offlineLogDirs: [ZERO], wantFence: true });
  await heartbeat('as far as can be', { currentMetadataOffset: 1_000_000 });
  const assign = (what, directories, more = {}) =>
    ask(`dirs: ${what}`, 'AssignReplicasToDirs', 0, { brokerId: 5, brokerEpoch: again, directories, ...more });
  const one = (id, topic, partitionIndex = 0) => [
    { id, topics: [{ topicId: topic, partitions: [{ partitionIndex }] }] },
  ];
  await assign('of an old epoch', one(UNUSED, topicId), { brokerEpoch: brokerEpoch - 1 });
  await assign('of a broker that is not there', [], { brokerId: 9 });
  await assign('of an unknown topic', one(UNUSED, UNUSED));
  await assign('of an unknown partition', one(UNUSED, topicId, 7));
  await assign('of a replica that it does not have', one(UNUSED, topicId));
  await assign('of nothing', []);
  await assign('in a dir that it does not have', one('AAAAAAAAAAAAAAAAAAAAyB', topicId));
  for (const version of [2, 3]) {
    const isr = version === 2 ? { newIsr: [1] } : { newIsrWithEpochs: [{ brokerId: 1 }] };
    const alter = (what, partition, more = {}) =>
      ask(`isr: ${what}`, 'AlterPartition', version, {
        brokerId: 5,
        brokerEpoch: again,
        topics: [
          {
            topicId,
            partitions: [{ partitionIndex: 0, leaderEpoch: 0, partitionEpoch: 0, ...isr, ...partition }],
          },
        ],
        ...more,
      });
    await alter('of an old broker epoch', {}, { brokerEpoch: brokerEpoch - 1 });
    await alter('of a broker that is not there', {}, { brokerId: 9 });
    await alter('by one that does not lead', {});
    await alter('of an epoch to come', { leaderEpoch: 99 });
    await alter('of an old epoch', { leaderEpoch: -1 });
    await alter('of a partition epoch to come', { partitionEpoch: 99 });
    await alter('of an unknown partition', { partitionIndex: 7 });
    await alter('of nothing', {}, { topics: [] });
    await alter('of an unknown topic', {}, { topics: [{ topicId: UNUSED, partitions: [{ partitionIndex: 0 }] }] });
  }
  await ask('ids of an old epoch', 'AllocateProducerIds', 0, { brokerId: 5, brokerEpoch: brokerEpoch - 1 });
  await ask('ids of a broker that is not there', 'AllocateProducerIds', 0, { brokerId: 9, brokerEpoch });
  await ask('ids', 'AllocateProducerIds', 0, { brokerId: 5, brokerEpoch: again });
  await ask('more ids', 'AllocateProducerIds', 0, { brokerId: 5, brokerEpoch: again });
  await heartbeat('that wants to stop', { wantShutDown: true, currentMetadataOffset: 1_000_000 });
  await ask('controller registered: features missing', 'ControllerRegistration', 0, {
    controllerId: 8,
    incarnationId: UNUSED,
    listeners: [{ name: 'CONTROLLER', host: 'h', port: 1, securityProtocol: 0 }],
    features: [],
  });
  await ask('controller registered: of no id', 'ControllerRegistration', 0, {
    controllerId: -1,
    incarnationId: UNUSED,
    listeners: [{ name: 'CONTROLLER', host: 'h', port: 1, securityProtocol: 0 }],
    features,
  });
  // Not one of a protocol that is none: Apache Kafka's controller steps back.
  await ask('let go', 'UnregisterBroker', 0, { brokerId: 5 });
  await ask('let go again', 'UnregisterBroker', 0, { brokerId: 5 });
  await heartbeat('after', {});
  await ask(null, 'DeleteTopics', 6, { topics: [{ name: 'spread', topicId: ZERO }], timeoutMs: 10_000 });
}

async function envelopes(ask) {
  // DefaultPrincipalData, version 0: User, ANONYMOUS, no token.
  const principal = Buffer.concat([Buffer.from([0, 0]), Buffer.from('\x05User\x0aANONYMOUS\x00\x00', 'latin1')]);
  const envelope = (what, requestData, more = {}) =>
    ask(`envelope: ${what}`, 'Envelope', 0, {
      requestData,
      requestPrincipal: principal,
      clientHostAddress: Buffer.from([127, 0, 0, 1]),
      ...more,
    });
  const header = (key, version) =>
    Buffer.concat([Buffer.from([0, key, 0, version, 0, 0, 0, 7, 0, 1]), Buffer.from('c'), Buffer.from([0])]);
  await envelope('no request', Buffer.from('x'));
  await envelope('no bytes', Buffer.alloc(0));
  await envelope('an address that is none', header(18, 3), { clientHostAddress: Buffer.from([1]) });
  await envelope('a principal that is none', header(18, 3), { requestPrincipal: Buffer.from('x') });
  await envelope('what is not forwarded', Buffer.concat([header(62, 4)]));
  await envelope('an unknown request', header(127, 0));
  await envelope('a version that is none', header(64, 9));
  // UnregisterBroker v0 of broker 77, which is not there.
  await envelope('of a request', Buffer.concat([header(64, 0), Buffer.from([0, 0, 0, 77, 0])]));
}
