/** What is asked, in this order. Each `ask` with a name is compared; the others prepare. */
import { buildBatch } from '../../dist/protocol/index.js';
import { admin } from './admin.mjs';
import { controller } from './controller.mjs';
import { quorum } from './quorum.mjs';
import { security } from './security.mjs';

const NOW = Date.now();
const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA';

function batch(values, options = {}) {
  return buildBatch(
    values.map((value, i) => ({
      timestamp: options.timestamp ?? NOW + i,
      key: options.key === undefined ? null : Buffer.from(options.key),
      value: value === null ? null : Buffer.from(value),
    })),
    options,
  );
}

function withByte(bytes, at, value) {
  bytes[at < 0 ? bytes.length + at : at] = value;
  return bytes;
}

const produceBody = (records, topic = 'orders', acks = -1, index = 0) => ({
  acks,
  timeoutMs: 5000,
  transactionalId: null,
  topicData: [{ name: topic, partitionData: [{ index, records }] }],
});

const fetchBody = (partition, more = {}) => ({
  maxWaitMs: 0,
  minBytes: 1,
  sessionEpoch: -1,
  topics: [{ topic: 'orders', partitions: [{ partition: 0, partitionMaxBytes: 1 << 20, ...partition }] }],
  ...more,
});

export async function script(broker, part) {
  const parts = { admin, controller, security, quorum };
  if (part !== '') return parts[part](broker);
  // First: what fails inside Apache Kafka's controller begins another epoch there.
  await quorum(broker);
  await topics(broker);
  await produces(broker);
  await fetches(broker);
  await offsets(broker);
  await configs(broker);
  await groups(broker);
  await cluster(broker);
  await admin(broker);
  await controller(broker);
  await security(broker);
}

async function topics({ ask }) {
  const create = (what, topic, more = {}) =>
    ask(what, 'CreateTopics', 7, {
      topics: [{ numPartitions: 1, replicationFactor: 1, ...topic }],
      timeoutMs: 10_000,
      ...more,
    });
  await create('create', { name: 'orders' });
  await create('create again', { name: 'orders' });
  await create('create compacted', { name: 'compacted', configs: [{ name: 'cleanup.policy', value: 'compact' }] });
  await create('create small', { name: 'small', configs: [{ name: 'max.message.bytes', value: '200' }] });
  await create('create append time', {
    name: 'appendtime',
    configs: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
  });
  await create('defaults', { name: 'defaults', numPartitions: -1, replicationFactor: -1 });
  await create('validate only', { name: 'notmade' }, { validateOnly: true });
  await create('assignments', {
    name: 'assigned',
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds: [1] }],
  });
  await create('assignment to nobody', {
    name: 'bad1',
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds: [77] }],
  });
  await create('assignment with a gap', {
    name: 'bad2',
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 1, brokerIds: [1] }],
  });
  await create('assignment and a count', {
    name: 'bad3',
    numPartitions: 1,
    assignments: [{ partitionIndex: 0, brokerIds: [1] }],
  });
  await create('bad name', { name: 'a b' });
  await create('empty name', { name: '' });
  await create('dots', { name: '..' });
  await create('long name', { name: 'x'.repeat(250) });
  await create('colliding', { name: 'col.lide' });
  await create('colliding again', { name: 'col_lide' });
  await create('no partitions', { name: 'bad4', numPartitions: 0 });
  await create('minus two partitions', { name: 'bad5', numPartitions: -2 });
  await create('three replicas', { name: 'bad6', replicationFactor: 3 });
  await create('no replicas', { name: 'bad7', replicationFactor: 0 });
  await create('unknown config', { name: 'bad8', configs: [{ name: 'nope', value: '1' }] });
  await create('bad config value', { name: 'bad9', configs: [{ name: 'retention.ms', value: 'soon' }] });
  await create('null config value', { name: 'bad10', configs: [{ name: 'retention.ms', value: null }] });
  await create('metadata topic', { name: '__cluster_metadata' });
  await ask('create twice in one', 'CreateTopics', 7, {
    topics: [
      { name: 'twice', numPartitions: 1, replicationFactor: 1 },
      { name: 'twice', numPartitions: 1, replicationFactor: 1 },
    ],
    timeoutMs: 5000,
  });
  await ask('partitions: more', 'CreatePartitions', 3, {
    topics: [{ name: 'assigned', count: 3, assignments: null }],
    timeoutMs: 5000,
  });
  await ask('partitions: fewer', 'CreatePartitions', 3, {
    topics: [{ name: 'assigned', count: 1, assignments: null }],
    timeoutMs: 5000,
  });
  await ask('partitions: as many', 'CreatePartitions', 3, {
    topics: [{ name: 'assigned', count: 3, assignments: null }],
    timeoutMs: 5000,
  });
  await ask('partitions: of nothing', 'CreatePartitions', 3, {
    topics: [{ name: 'missing', count: 3, assignments: null }],
    timeoutMs: 5000,
  });
  await ask('partitions: wrong assignment', 'CreatePartitions', 3, {
    topics: [{ name: 'assigned', count: 4, assignments: [{ brokerIds: [9] }] }],
    timeoutMs: 5000,
  });
  await ask('metadata by name', 'Metadata', 12, {
    topics: [{ name: 'assigned' }, { name: 'missing' }, { name: 'a b' }],
    allowAutoTopicCreation: false,
  });
  await ask('metadata by unknown id', 'Metadata', 12, {
    topics: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAZg', name: null }],
    allowAutoTopicCreation: false,
  });
  await ask('metadata of nothing', 'Metadata', 12, { topics: [] });
  await ask('describe topic partitions', 'DescribeTopicPartitions', 0, {
    topics: [{ name: 'assigned' }, { name: 'missing' }],
    responsePartitionLimit: 2,
  });
  await ask('delete', 'DeleteTopics', 6, { topics: [{ name: 'assigned', topicId: ZERO }], timeoutMs: 5000 });
  await ask('delete what is gone', 'DeleteTopics', 6, {
    topics: [{ name: 'assigned', topicId: ZERO }],
    timeoutMs: 5000,
  });
  await ask('delete by unknown id', 'DeleteTopics', 6, {
    topics: [{ name: null, topicId: 'AAAAAAAAAAAAAAAAAAAAZg' }],
    timeoutMs: 5000,
  });
  await ask('delete twice in one', 'DeleteTopics', 6, {
    topics: [
      { name: 'col.lide', topicId: ZERO },
      { name: 'col.lide', topicId: ZERO },
    ],
    timeoutMs: 5000,
  });
  await ask('delete by name and id', 'DeleteTopics', 6, {
    topics: [{ name: 'col.lide', topicId: 'AAAAAAAAAAAAAAAAAAAAZg' }],
    timeoutMs: 5000,
  });
}

async function produces({ ask }) {
  const produce = (what, records, { version = 9, topic, acks, index } = {}) =>
    ask(what, 'Produce', version, produceBody(records, topic, acks, index));
  await produce('produce', batch(['a', 'b', 'c']));
  await produce('produce gzip', batch(['a', 'b'], { compression: 'gzip' }));
  await produce('produce to nothing', batch(['a']), { topic: 'missing' });
  await produce('produce to partition 9', batch(['a']), { index: 9 });
  await produce('acks 2', batch(['a']), { acks: 2 });
  await produce('acks 1', batch(['a']), { acks: 1 });
  await produce('control batch', batch(['a'], { isControl: true }));
  await produce('two batches', Buffer.concat([batch(['a']), batch(['b'])]));
  await produce('no bytes', Buffer.alloc(0));
  await produce('null records', null);
  await produce('half a header', batch(['a']).subarray(0, 30));
  await produce('wrong CRC', withByte(batch(['a']), -1, 0x55));
  await produce('length too long', withByte(batch(['a']), 11, 0xff));
  await produce('length too short', withByte(batch(['a']), 11, 5));
  await produce('negative length', withByte(batch(['a']), 8, 0xff));
  await produce('magic 1', withByte(batch(['a']), 16, 1));
  await produce('magic 3', withByte(batch(['a']), 16, 3));
  await produce('count disagrees', batch(['a', 'b'], { lastOffsetDelta: 5 }));
  await produce(
    'transactional without id',
    batch(['a'], { isTransactional: true, producerId: 5, producerEpoch: 0, baseSequence: 0 }),
  );
  await produce('zstd at 6', batch(['a'], { compression: 'zstd' }), { version: 6 });
  await produce('zstd at 7', batch(['a'], { compression: 'zstd' }), { version: 7 });
  await produce('too large', batch(['x'.repeat(500)]), { topic: 'small' });
  await produce('no key on compacted', batch(['a', 'b']), { topic: 'compacted' });
  await produce('key on compacted', batch(['a', 'b'], { key: 'k' }), { topic: 'compacted' });
  await produce('far future', batch(['a'], { timestamp: NOW + 10 * 86_400_000 }));
  await produce('long ago', batch(['a'], { timestamp: 1 }));
  await produce('no timestamp', batch(['a'], { timestamp: -1 }));
  await produce('append time', batch(['a']), { topic: 'appendtime' });
  await ask('id of unknown topic', 'Produce', 13, {
    acks: -1,
    timeoutMs: 1000,
    transactionalId: null,
    topicData: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAZg', partitionData: [{ index: 0, records: batch(['a']) }] }],
  });
  let producerId = -1;
  // Apache Kafka fetches its first block of ids in the background.
  while (producerId < 0)
    ({ producerId } = await ask(null, 'InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1000 }));
  await ask('init producer id', 'InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1000 });
  await ask('init with empty transactional id', 'InitProducerId', 4, {
    transactionalId: '',
    transactionTimeoutMs: 1000,
  });
  const idempotent = (what, baseSequence, values, producerEpoch = 0, id = producerId) =>
    produce(what, batch(values, { producerId: id, producerEpoch, baseSequence }));
  await idempotent('sequence 0', 0, ['a', 'b']);
  await idempotent('sequence 2', 2, ['c']);
  await idempotent('duplicate', 0, ['a', 'b']);
  await idempotent('duplicate of part', 0, ['a']);
  await idempotent('gap', 9, ['z']);
  await idempotent('next epoch from 5', 5, ['z'], 1);
  await idempotent('next epoch', 0, ['d'], 1);
  await idempotent('old epoch', 3, ['e'], 0);
  await idempotent('unknown producer from 7', 7, ['e'], 0, 987654);
  await idempotent('unknown producer from 0', 0, ['e'], 0, 987655);
}

async function fetches({ ask }) {
  const fetch = (what, partition, more, version = 12) => ask(what, 'Fetch', version, fetchBody(partition, more));
  await fetch('from 0', { fetchOffset: 0 });
  await fetch('from the middle of a batch', { fetchOffset: 1 });
  await fetch('from the end', { fetchOffset: 16 });
  await fetch('beyond the end', { fetchOffset: 999 });
  await fetch('negative', { fetchOffset: -5 });
  await fetch('one byte', { fetchOffset: 0, partitionMaxBytes: 1 });
  await fetch('one byte in all', { fetchOffset: 0 }, { maxBytes: 1 });
  await fetch('committed', { fetchOffset: 0 }, { isolationLevel: 1 });
  await fetch('fenced epoch', { fetchOffset: 0, currentLeaderEpoch: 99 });
  await fetch('right epoch', { fetchOffset: 0, currentLeaderEpoch: 0 });
  await fetch('last epoch unknown', { fetchOffset: 0, lastFetchedEpoch: 50 });
  await fetch('last epoch right', { fetchOffset: 3, lastFetchedEpoch: 0 });
  await fetch('version 4', { fetchOffset: 0 }, {}, 4);
  await fetch('no such partition', { partition: 7, fetchOffset: 0 });
  await ask('no such topic', 'Fetch', 12, {
    maxWaitMs: 0,
    sessionEpoch: -1,
    topics: [{ topic: 'missing', partitions: [{ partition: 0, partitionMaxBytes: 100 }] }],
  });
  await ask('no such id', 'Fetch', 13, {
    maxWaitMs: 0,
    sessionEpoch: -1,
    topics: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAZg', partitions: [{ partition: 0, partitionMaxBytes: 100 }] }],
  });
  await fetch('unknown session', { fetchOffset: 0 }, { sessionId: 12345, sessionEpoch: 3 });
  const { sessionId } = await fetch('session', { fetchOffset: 0 }, { sessionEpoch: 0 });
  await ask('session, next', 'Fetch', 12, {
    maxWaitMs: 0,
    minBytes: 1,
    sessionId,
    sessionEpoch: 1,
    topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 16, partitionMaxBytes: 1000 }] }],
  });
  await ask('session, wrong epoch', 'Fetch', 12, { maxWaitMs: 0, minBytes: 1, sessionId, sessionEpoch: 7, topics: [] });
  await ask('session, closed', 'Fetch', 12, { maxWaitMs: 0, minBytes: 1, sessionId, sessionEpoch: -1, topics: [] });
  await fetch('as follower 99', { fetchOffset: 0 }, { replicaId: 99 });
}

async function offsets({ ask }) {
  const list = (what, timestamp, version = 11, more = {}) =>
    ask(what, 'ListOffsets', version, {
      replicaId: -1,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp, ...more }] }],
    });
  for (const timestamp of [-1, -2, -3, -4, -5, -6, -7, 0, 5]) await list(`timestamp ${timestamp}`, timestamp);
  await list('far', NOW + 100 * 86_400_000);
  await list('max timestamp at 6', -3, 6);
  await list('local at 7', -4, 7);
  await list('version 1', -1, 1);
  await list('future epoch', -1, 11, { currentLeaderEpoch: 9 });
  await list('no such partition', -1, 11, { partitionIndex: 9 });
  await ask('twice in one', 'ListOffsets', 11, {
    replicaId: -1,
    topics: [
      {
        name: 'orders',
        partitions: [
          { partitionIndex: 0, timestamp: -1 },
          { partitionIndex: 0, timestamp: -1 },
        ],
      },
    ],
  });
  for (const leaderEpoch of [0, 1, -1]) {
    await ask(`end of epoch ${leaderEpoch}`, 'OffsetForLeaderEpoch', 4, {
      replicaId: -1,
      topics: [{ topic: 'orders', partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch }] }],
    });
  }
  const deleteRecords = (what, offset, name = 'orders') =>
    ask(what, 'DeleteRecords', 2, { topics: [{ name, partitions: [{ partitionIndex: 0, offset }] }], timeoutMs: 5000 });
  await deleteRecords('delete records', 2);
  await deleteRecords('delete fewer records', 1);
  await deleteRecords('delete too many records', 9999);
  await deleteRecords('delete negative records', -2);
  await deleteRecords('delete records of nothing', 1, 'missing');
  await deleteRecords('delete records of compacted', 1, 'compacted');
  await list('earliest after', -2);
  await ask('from before the start', 'Fetch', 12, fetchBody({ fetchOffset: 0 }));
}

async function configs({ ask }) {
  const describe = (what, resourceType, resourceName, configurationKeys = null) =>
    ask(what, 'DescribeConfigs', 4, {
      resources: [{ resourceType, resourceName, configurationKeys }],
      includeSynonyms: true,
    });
  await describe('small', 2, 'small');
  await describe('some keys', 2, 'small', ['retention.ms', 'nope']);
  await describe('missing topic', 2, 'missing');
  await describe('bad topic', 2, 'a b');
  await describe('other broker', 4, '77');
  await describe('not a broker', 4, 'x');
  await describe('no such type', 99, 'x');
  const alter = (what, configs, resourceName = 'small', resourceType = 2, validateOnly = false) =>
    ask(what, 'IncrementalAlterConfigs', 1, { resources: [{ resourceType, resourceName, configs }], validateOnly });
  await alter('set', [{ name: 'retention.ms', configOperation: 0, value: '1234' }]);
  await alter('set bad value', [{ name: 'retention.ms', configOperation: 0, value: 'x' }]);
  await alter('set unknown', [{ name: 'nope', configOperation: 0, value: 'x' }]);
  await alter('append to a list', [{ name: 'cleanup.policy', configOperation: 2, value: 'compact' }]);
  await alter('append to no list', [{ name: 'retention.ms', configOperation: 2, value: '1' }]);
  await alter('subtract', [{ name: 'cleanup.policy', configOperation: 3, value: 'delete' }]);
  await alter('delete', [{ name: 'retention.ms', configOperation: 1, value: null }]);
  await alter('unknown operation', [{ name: 'retention.ms', configOperation: 9, value: '1' }]);
  await alter('set null', [{ name: 'retention.ms', configOperation: 0, value: null }]);
  await alter('twice the same key', [
    { name: 'retention.ms', configOperation: 0, value: '1' },
    { name: 'retention.ms', configOperation: 0, value: '2' },
  ]);
  await alter('missing topic altered', [{ name: 'retention.ms', configOperation: 0, value: '1' }], 'missing');
  await alter('validate only', [{ name: 'retention.ms', configOperation: 0, value: '99' }], 'small', 2, true);
  await describe('small after', 2, 'small', ['retention.ms', 'cleanup.policy']);
  await ask('legacy alter', 'AlterConfigs', 2, {
    resources: [{ resourceType: 2, resourceName: 'small', configs: [{ name: 'segment.bytes', value: '2000000' }] }],
  });
  await describe('small after legacy', 2, 'small', [
    'retention.ms',
    'cleanup.policy',
    'segment.bytes',
    'max.message.bytes',
  ]);
}

async function groups({ ask }) {
  await ask(null, 'FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['g'] });
  // Apache Kafka makes the offsets topic in the background; ask until its coordinator is there.
  for (let tries = 0; tries < 100; tries++) {
    const answer = await ask(null, 'OffsetFetch', 8, { groups: [{ groupId: 'g', topics: null }] });
    if (answer.groups[0].errorCode === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
    await ask(null, 'FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['g'] });
  }
  await ask('find coordinator', 'FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['g', ''] });
  await ask('find coordinator 2', 'FindCoordinator', 2, { keyType: 0, key: 'g' });
  await ask('find coordinator of type 9', 'FindCoordinator', 4, { keyType: 9, coordinatorKeys: ['g'] });
  const join = (what, body, version = 9) =>
    ask(what, 'JoinGroup', version, {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from('m') }],
      ...body,
    });
  await join('join without a group', { groupId: '' });
  await join('join with a short session', { sessionTimeoutMs: 10 });
  await join('join with a long session', { sessionTimeoutMs: 99_999_999 });
  await join('join unknown member', { memberId: 'nobody' });
  await join('join without protocols', { protocols: [] });
  await join('join without a type', { protocolType: '' });
  const { memberId } = await join('join for an id', {});
  const joined = await join('join', { memberId });
  await join('join with another type', { protocolType: 'connect' });
  await join('join with other protocols', { protocols: [{ name: 'other', metadata: Buffer.alloc(0) }] });
  const { generationId } = joined;
  const member = { groupId: 'g', memberId, generationId };
  const sync = (what, body) =>
    ask(what, 'SyncGroup', 5, { ...member, protocolType: 'consumer', protocolName: 'range', ...body });
  await sync('sync of nobody', { memberId: 'nobody' });
  await sync('sync of another generation', { generationId: 99 });
  await sync('sync with another protocol', { protocolName: 'other' });
  await ask('heartbeat while completing', 'Heartbeat', 4, member);
  await sync('sync', { assignments: [{ memberId, assignment: Buffer.from('mine') }] });
  await ask('heartbeat', 'Heartbeat', 4, member);
  await ask('heartbeat of nobody', 'Heartbeat', 4, { ...member, memberId: 'nobody' });
  await ask('heartbeat of another generation', 'Heartbeat', 4, { ...member, generationId: 5 });
  await ask('heartbeat of no group', 'Heartbeat', 4, { ...member, groupId: 'none' });
  await ask('describe', 'DescribeGroups', 6, { groups: ['g', 'none', ''] });
  await ask('describe 5', 'DescribeGroups', 5, { groups: ['g', 'none'] });
  await ask('operations on groups', 'DescribeGroups', 5, { groups: ['g', 'none'], includeAuthorizedOperations: true });
  await ask('list', 'ListGroups', 5, {});
  await ask('list stable', 'ListGroups', 5, { statesFilter: ['Stable'] });
  await ask('list empty', 'ListGroups', 5, { statesFilter: ['Empty'] });
  await ask('list classic', 'ListGroups', 5, { typesFilter: ['classic'] });
  await ask('list nonsense', 'ListGroups', 5, { typesFilter: ['nonsense'] });
  await ask('delete a live group', 'DeleteGroups', 2, { groupsNames: ['g', 'none'] });
  const commit = (what, body, partition = {}, version = 9) =>
    ask(what, 'OffsetCommit', version, {
      groupId: 'g',
      generationIdOrMemberEpoch: generationId,
      memberId,
      topics: [
        {
          name: 'orders',
          partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: 'm', ...partition }],
        },
      ],
      ...body,
    });
  await commit('commit', {});
  await commit('commit of another generation', { generationIdOrMemberEpoch: 77 });
  await commit('commit of nobody', { memberId: 'nobody' });
  await commit('commit without member', { memberId: '', generationIdOrMemberEpoch: -1 });
  await commit('commit of an unknown group with a generation', {
    groupId: 'none',
    generationIdOrMemberEpoch: 3,
    memberId: 'x',
  });
  await commit('commit alone', { groupId: 'alone', memberId: '', generationIdOrMemberEpoch: -1 });
  await commit('commit long metadata', {}, { committedMetadata: 'x'.repeat(5000) });
  await commit('commit null metadata', {}, { committedMetadata: null });
  await commit('commit to a missing partition', {}, { partitionIndex: 50 });
  await commit('commit to a missing topic', {
    topics: [{ name: 'missing', partitions: [{ partitionIndex: 0, committedOffset: 1 }] }],
  });
  await commit('commit without a group', { groupId: '' });
  const fetched = (what, group, version = 9) =>
    ask(what, 'OffsetFetch', version, { groups: [{ groupId: 'g', ...group }] });
  await fetched('fetch offsets', {
    topics: [
      { name: 'orders', partitionIndexes: [0, 1] },
      { name: 'missing', partitionIndexes: [0] },
    ],
  });
  await fetched('fetch all offsets', { topics: null });
  await fetched('fetch offsets of no group', { groupId: 'none', topics: [{ name: 'orders', partitionIndexes: [0] }] });
  await fetched('fetch offsets of nobody', { memberId: 'nobody', memberEpoch: 3, topics: null });
  await ask('fetch offsets 7', 'OffsetFetch', 7, { groupId: 'g', topics: [{ name: 'orders', partitionIndexes: [0] }] });
  await ask('delete offsets in use', 'OffsetDelete', 0, {
    groupId: 'alone',
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] }],
  });
  await ask('delete offsets of no group', 'OffsetDelete', 0, {
    groupId: 'none',
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0 }] }],
  });
  await ask('leave nobody', 'LeaveGroup', 5, { groupId: 'g', members: [{ memberId: 'nobody' }] });
  await ask('leave', 'LeaveGroup', 5, { groupId: 'g', members: [{ memberId }] });
  await ask('leave again', 'LeaveGroup', 5, { groupId: 'g', members: [{ memberId }] });
  await ask('leave no group', 'LeaveGroup', 5, { groupId: 'none', members: [{ memberId }] });
  await ask('describe after', 'DescribeGroups', 6, { groups: ['g'] });
  await ask('delete groups', 'DeleteGroups', 2, { groupsNames: ['g', 'g', 'alone', ''] });
}

async function cluster({ ask }) {
  await ask('describe cluster', 'DescribeCluster', 2, {});
  await ask('operations on the cluster', 'DescribeCluster', 2, { includeClusterAuthorizedOperations: true });
  await ask('operations on the cluster, old', 'Metadata', 8, { topics: [], includeClusterAuthorizedOperations: true });
  await ask('operations on topics', 'Metadata', 12, {
    topics: [{ name: 'orders' }],
    includeTopicAuthorizedOperations: true,
  });
  await ask('describe controllers', 'DescribeCluster', 2, { endpointType: 2 });
  await ask('describe nonsense', 'DescribeCluster', 2, { endpointType: 7 });
  await ask('api versions without a name', 'ApiVersions', 4, { clientSoftwareName: '', clientSoftwareVersion: '1' });
}
