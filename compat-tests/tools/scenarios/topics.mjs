/** kafka-topics. */
import assert from 'node:assert/strict';

export default {
  async 'kafka-topics: create, list and describe'({ run }) {
    await run('kafka-topics --create --topic orders --partitions 3 --config retention.ms=9000000');
    await run('kafka-topics --create --topic orders --partitions 3');
    await run('kafka-topics --create --topic orders --partitions 3 --if-not-exists');
    await run('kafka-topics --create --topic payments --replica-assignment 1,1 --config cleanup.policy=compact');
    await run('kafka-topics --create --topic safe --config min.insync.replicas=2');
    await run('kafka-topics --create --topic wrong/name');
    await run('kafka-topics --create --topic a.b');
    await run('kafka-topics --create --topic a_b');
    await run('kafka-topics --create --topic wide --replication-factor 2');
    await run('kafka-topics --create --topic none --partitions 0');
    await run('kafka-topics --create --topic odd --config no.such.config=1');
    await run('kafka-topics --create --topic odd --config retention.ms=soon');
    await run('kafka-topics --create --topic odd --replica-assignment 1:1');
    await run('kafka-topics --create --topic odd --replica-assignment 7');
    await run('kafka-topics --list');
    await run('kafka-topics --describe --topic orders');
    await run('kafka-topics --describe --topic payments');
  },

  async 'kafka-topics: describe with every filter'({ run }) {
    await run('kafka-topics --create --topic plain --partitions 3');
    await run('kafka-console-consumer --topic plain --group makes-offsets --timeout-ms 1000', { isPrivate: true });
    await run('kafka-consumer-groups --delete --group makes-offsets', { isPrivate: true });
    await run('kafka-topics --list');
    await run('kafka-topics --list --exclude-internal');
    await run('kafka-topics --describe --topic pla.*|safe');
    await run('kafka-topics --describe --topic __consumer_offsets');
    await run('kafka-topics --describe --exclude-internal --at-min-isr-partitions');
    await run('kafka-topics --describe --under-min-isr-partitions');
    await run('kafka-topics --describe --under-replicated-partitions');
    await run('kafka-topics --describe --unavailable-partitions');
    await run('kafka-topics --describe --topics-with-overrides');
    await run('kafka-topics --describe --topic plain --partition-size-limit-per-response 1');
    const { out } = await run('kafka-topics --describe --topic plain');
    const [, topicId] = /TopicId: (\S+)/.exec(out);
    await run(`kafka-topics --describe --topic-id ${topicId}`);
    await run('kafka-topics --describe --topic-id AAAAAAAAAAAAAAAAAAAA7A');
    await run('kafka-topics --describe --topic nowhere');
    await run('kafka-topics --describe --topic nowhere --if-exists');
  },

  async 'kafka-topics: alter and delete'({ run }) {
    await run('kafka-topics --alter --topic plain --partitions 5');
    await run('kafka-topics --alter --topic plain --partitions 5');
    await run('kafka-topics --alter --topic plain --partitions 2');
    await run('kafka-topics --alter --topic plain --partitions 6 --replica-assignment 1,1,1,1,1,1');
    await run('kafka-topics --alter --topic nowhere --partitions 2');
    await run('kafka-topics --alter --topic nowhere --partitions 2 --if-exists');
    const described = await run('kafka-topics --describe --topic plain');
    assert.match(described.out, /PartitionCount: 6/);
    await run('kafka-console-producer --topic plain', { input: 'a\nb\nc\n' });
    const counted = await run('kafka-get-offsets --topic plain', { isPrivate: true });
    assert.equal(sum(counted.out), 3);
    await run('kafka-topics --delete --topic plain');
    await run('kafka-topics --delete --topic plain');
    await run('kafka-topics --delete --topic plain --if-exists');
    await run('kafka-topics --delete --topic a.b|safe');
    await run('kafka-topics --list --exclude-internal');
    await run('kafka-topics --create --topic plain');
    const afresh = await run('kafka-get-offsets --topic plain');
    assert.equal(sum(afresh.out), 0, 'what was deleted is not in the new topic');
  },
};

/** Of the offsets in lines of `topic:partition:offset`. */
function sum(text) {
  return text
    .trim()
    .split('\n')
    .reduce((total, line) => total + Number(line.split(':')[2]), 0);
}
