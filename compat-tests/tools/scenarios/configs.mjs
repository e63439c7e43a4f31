/** kafka-configs: every type of entity. */
import assert from 'node:assert/strict';

const isTooLarge = /larger than the max message size|exceeds the maximum configured value/;
const tooLarge = [/(?<=append to ).*(?= bytes)/g, /(?<=configured value of )\d+/g];

export default {
  async 'kafka-configs: topics'({ run, file }) {
    await run('kafka-topics --create --topic configured');
    const topic = 'kafka-configs --entity-type topics --entity-name configured';
    await run(
      `${topic} --alter --add-config retention.ms=86400000,cleanup.policy=[compact,delete],max.message.bytes=1000`,
    );
    await run(`${topic} --describe`);
    const long = `${'x'.repeat(2000)}\n`;
    const refused = await run('kafka-console-producer --topic configured', { input: long, hides: tooLarge });
    assert.match(refused.err, isTooLarge);
    const path = file('topic.properties', 'segment.bytes=2000000\nmax.message.bytes=9000\n');
    await run(`${topic} --alter --add-config-file ${path} --delete-config cleanup.policy`);
    await run(`kafka-configs --topic configured --describe`);
    await run('kafka-console-producer --topic configured', { input: long });
    const read = await run(
      'kafka-console-consumer --topic configured --group reads-configured --from-beginning --max-messages 1',
      { isPrivate: true },
    );
    assert.equal(read.out, long);
    await run(`${topic} --describe --all`);
    await run(`${topic} --alter --delete-config never.set`);
    await run(`${topic} --alter --add-config no.such.config=1`);
    await run(`${topic} --alter --add-config retention.ms=soon`);
    await run('kafka-configs --topic nowhere --alter --add-config retention.ms=1');
    await run('kafka-configs --entity-type topics --describe', { isSorted: true });
  },

  async 'kafka-configs: one broker and the default of all, in effect at once'({ run }) {
    await run('kafka-configs --broker 1 --alter --add-config log.cleaner.threads=2,message.max.bytes=3000000');
    await run('kafka-configs --broker-defaults --alter --add-config message.max.bytes=1500,log.retention.ms=7200000');
    await run('kafka-configs --broker 1 --describe');
    await run('kafka-configs --broker-defaults --describe');
    await run('kafka-configs --entity-type brokers --describe', { isSorted: true });
    await run('kafka-configs --broker 1 --alter --delete-config message.max.bytes');
    await run('kafka-topics --create --topic by-default');
    const { out } = await run('kafka-configs --topic by-default --describe --all', { isPrivate: true });
    assert.match(out, /max\.message\.bytes=1500 .*DYNAMIC_DEFAULT_BROKER_CONFIG:message\.max\.bytes=1500/);
    assert.match(out, /retention\.ms=7200000 .*DYNAMIC_DEFAULT_BROKER_CONFIG:log\.retention\.ms=7200000/);
    const long = `${'x'.repeat(2000)}\n`;
    const refused = await run('kafka-console-producer --topic by-default', { input: long, isPrivate: true });
    assert.match(refused.err, isTooLarge);
    await run('kafka-configs --broker-defaults --alter --delete-config message.max.bytes,log.retention.ms');
    await run('kafka-configs --broker 1 --alter --delete-config log.cleaner.threads');
    await run('kafka-configs --broker 1 --describe');
    await run('kafka-console-producer --topic by-default', { input: long });
    const offsets = await run('kafka-get-offsets --topic by-default');
    assert.equal(offsets.out.trim(), 'by-default:0:1');
  },

  async 'kafka-configs: what a broker refuses'({ run }) {
    await run('kafka-configs --broker 1 --alter --add-config log.cleaner.threads=0');
    await run('kafka-configs --broker 1 --alter --add-config log.cleaner.threads=3');
    await run('kafka-configs --broker 1 --alter --add-config log.cleaner.dedupe.buffer.size=1048576');
    await run('kafka-configs --broker 1 --alter --add-config leader.replication.throttled.rate=-1');
    await run('kafka-configs --broker 1 --alter --add-config follower.replication.throttled.rate=fast');
    await run('kafka-configs --broker 1 --alter --add-config num.io.threads=900');
    await run('kafka-configs --broker 1 --alter --add-config node.id=2');
    await run('kafka-configs --broker 1 --alter --add-config no.such.config=1');
    await run('kafka-configs --broker 1 --alter --add-config message.max.bytes=-1');
    await run('kafka-configs --broker-defaults --alter --add-config listeners=PLAINTEXT://:9');
    await run('kafka-configs --broker 7 --alter --add-config message.max.bytes=5', { hides: [/\(id: -1.*/g] });
    await run('kafka-configs --broker 1 --describe');
  },

  async 'kafka-configs: the loggers of a broker'({ run }) {
    await run('kafka-configs --broker-logger 1 --alter --add-config root=WARN');
    const { out } = await run('kafka-configs --broker-logger 1 --describe', { isPrivate: true });
    assert.match(out, /^\s*root=WARN sensitive=false/m);
    await run('kafka-configs --broker-logger 1 --alter --add-config root=LOUD');
    await run('kafka-configs --broker-logger 1 --alter --add-config no.such.logger=INFO');
    await run('kafka-configs --broker-logger 1 --alter --add-config root=INFO');
    const back = await run('kafka-configs --broker-logger 1 --describe', { isPrivate: true });
    assert.match(back.out, /^\s*root=INFO sensitive=false/m);
  },

  async 'kafka-configs: quotas of users, clients, both, and addresses'({ run }) {
    await run('kafka-configs --user alice --alter --add-config producer_byte_rate=1048576,consumer_byte_rate=2097152');
    await run('kafka-configs --user-defaults --alter --add-config request_percentage=200');
    await run('kafka-configs --client app --alter --add-config controller_mutation_rate=10.5');
    await run('kafka-configs --client-defaults --alter --add-config consumer_byte_rate=4194304');
    await run('kafka-configs --user alice --client app --alter --add-config producer_byte_rate=1024');
    await run('kafka-configs --user-defaults --client-defaults --alter --add-config producer_byte_rate=2048');
    await run('kafka-configs --ip 127.0.0.9 --alter --add-config connection_creation_rate=100');
    await run('kafka-configs --ip-defaults --alter --add-config connection_creation_rate=200');
    await run('kafka-configs --user alice --describe');
    await run('kafka-configs --user-defaults --describe');
    await run('kafka-configs --client app --describe');
    await run('kafka-configs --entity-type users --describe', { isSorted: true });
    await run('kafka-configs --entity-type clients --describe', { isSorted: true });
    await run('kafka-configs --entity-type users --entity-type clients --describe', { isSorted: true });
    await run('kafka-configs --user alice --entity-type clients --describe', { isSorted: true });
    await run('kafka-configs --entity-type ips --describe', { isSorted: true });
    await run('kafka-configs --user alice --alter --add-config producer_byte_rate=-1');
    await run('kafka-configs --user alice --alter --add-config no_such_rate=1');
    await run('kafka-configs --ip not/an/address --alter --add-config connection_creation_rate=1');
    await run('kafka-configs --user alice --alter --delete-config consumer_byte_rate');
    await run('kafka-configs --user alice --describe');
    await run('kafka-configs --user-defaults --alter --delete-config request_percentage');
    await run('kafka-configs --client app --alter --delete-config controller_mutation_rate');
    await run('kafka-configs --client-defaults --alter --delete-config consumer_byte_rate');
    await run('kafka-configs --user-defaults --client-defaults --alter --delete-config producer_byte_rate');
    await run('kafka-configs --ip-defaults --alter --delete-config connection_creation_rate');
    await run('kafka-configs --entity-type users --describe', { isSorted: true });
  },

  async 'kafka-configs: SCRAM credentials of users'({ run }) {
    await run('kafka-configs --user bob --alter --add-config SCRAM-SHA-256=[password=bob-secret]');
    await run('kafka-configs --user bob --alter --add-config SCRAM-SHA-512=[iterations=8192,password=bob-secret]');
    // In the order of a hash map of enum constants, which is that of their addresses.
    const order = [/(SCRAM-SHA-512=\S+), (SCRAM-SHA-256=\S+)/g, '$2, $1'];
    await run('kafka-configs --user bob --describe', { hides: [order] });
    await run('kafka-configs --entity-type users --describe', { isSorted: true, hides: [order] });
    await run('kafka-configs --user bob --alter --add-config SCRAM-SHA-256=[iterations=100,password=few]');
    await run('kafka-configs --user bob --alter --delete-config SCRAM-SHA-512');
    await run('kafka-configs --user bob --alter --delete-config SCRAM-SHA-512');
    await run('kafka-configs --user-defaults --alter --add-config SCRAM-SHA-256=[password=all]');
    await run('kafka-configs --user bob --describe');
  },

  async 'kafka-configs: groups and client metrics'({ run }) {
    await run(
      'kafka-configs --group readers --alter --add-config consumer.session.timeout.ms=50000,share.auto.offset.reset=earliest',
    );
    await run('kafka-configs --group readers --describe');
    await run('kafka-configs --group readers --describe --all');
    await run('kafka-configs --group readers --alter --add-config consumer.session.timeout.ms=1');
    await run('kafka-configs --group readers --alter --add-config no.such.config=1');
    await run('kafka-configs --group readers --alter --delete-config share.auto.offset.reset');
    await run('kafka-configs --entity-type groups --describe', { isSorted: true });
    await run(
      'kafka-configs --client-metrics basic --alter --add-config metrics=[org.apache.kafka.producer.],interval.ms=60000',
    );
    await run('kafka-configs --client-metrics basic --describe');
    await run('kafka-configs --client-metrics basic --alter --add-config interval.ms=1');
    await run('kafka-configs --client-metrics basic --alter --add-config match=[no_such_selector=.*]');
    await run('kafka-configs --client-metrics basic --alter --delete-config metrics,interval.ms');
    await run('kafka-configs --entity-type client-metrics --describe');
  },

  async 'kafka-configs --bootstrap-controller'({ run }) {
    const at = 'kafka-configs --bootstrap-controller {controller}';
    await run(`${at} --broker 1 --alter --add-config log.cleaner.backoff.ms=20000`);
    await run(`${at} --broker-defaults --alter --add-config log.cleaner.backoff.ms=25000`);
    const { out } = await run('kafka-configs --broker 1 --describe');
    assert.match(out, /log\.cleaner\.backoff\.ms=20000/);
    await run(`${at} --broker-defaults --describe`);
    await run(`${at} --broker 1 --alter --delete-config log.cleaner.backoff.ms`);
    await run(`${at} --broker-defaults --alter --delete-config log.cleaner.backoff.ms`);
    await run(`${at} --user carol --alter --add-config producer_byte_rate=5`);
    await run(`${at} --user carol --alter --add-config SCRAM-SHA-256=[iterations=4096,password=carol-secret]`);
    await run('kafka-configs --user carol --describe');
  },
};
