import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadBrokerConfig } from '../../src/config/load-broker-config.ts';

/** Of Apache Kafka 4.x's config/server.properties, all that is not a comment. */
const KAFKAS_SAMPLE = `
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
inter.broker.listener.name=PLAINTEXT
advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
log.dirs=/tmp/kraft-combined-logs
num.partitions=1
num.recovery.threads.per.data.dir=1
offsets.topic.replication.factor=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
#log.flush.interval.messages=10000
#log.flush.interval.ms=1000
log.retention.hours=168
#log.retention.bytes=1073741824
log.segment.bytes=1073741824
log.retention.check.interval.ms=300000
`;

describe('a start', () => {
  test('without any configuration listens on this machine only, with its data in ./data', () => {
    const { config, warnings } = loadBrokerConfig({});
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      nodeId: 1,
      listeners: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 'PLAINTEXT' }],
      advertisedListeners: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092 }],
      controllerListenerNames: ['CONTROLLER'],
      logDirs: [join(process.cwd(), 'data')],
      metadataLogDir: join(process.cwd(), 'data'),
      groupInitialRebalanceDelayMs: 0,
    });
  });

  test("takes Kafka's sample server.properties unchanged and has nothing to warn of", () => {
    const { config, warnings } = loadBrokerConfig({ files: [file(KAFKAS_SAMPLE)] });
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      listeners: [
        { name: 'PLAINTEXT', host: '', port: 9092 },
        { name: 'CONTROLLER', host: '', port: 9093 },
      ],
      advertisedListeners: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092 }],
      interBrokerListenerName: 'PLAINTEXT',
      logDirs: ['/tmp/kraft-combined-logs'],
      offsetsTopicReplicationFactor: 1,
    });
    expect(config.original('offsets.topic.replication.factor')).toBe('1');
    expect(config.get('num.io.threads')).toBe(8);
    expect(config.get('no.such.key')).toBeUndefined();
  });

  test('lets the environment win over the file, and --set over both', () => {
    const files = [file('num.partitions=2\nmin.insync.replicas=2\nfetch.max.bytes=2048')];
    const env = { KAFKA_NUM_PARTITIONS: '3', KAFKA_MIN_INSYNC_REPLICAS: '3', PATH: '/bin' };
    const { config } = loadBrokerConfig({ files, env, set: ['num.partitions=4'] });
    expect([config.numPartitions, config.minInsyncReplicas, config.fetchMaxBytes]).toEqual([4, 3, 2048]);
  });

  test("binds the advertised ports on every address when only those are set, as Kafka's image does", () => {
    const env = { KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://kafka.example:19092' };
    expect(loadBrokerConfig({ env }).config).toMatchObject({
      listeners: [{ name: 'PLAINTEXT', host: '0.0.0.0', port: 19092 }],
      advertisedListeners: [{ name: 'PLAINTEXT', host: 'kafka.example', port: 19092 }],
    });
  });

  test('advertises the name of the machine where a listener names no host', () => {
    const { config } = loadBrokerConfig({ set: ['listeners=PLAINTEXT://:0'] });
    expect(config.advertisedListeners).toEqual([{ name: 'PLAINTEXT', host: hostname(), port: 0 }]);
  });

  test('reads IPv6 addresses, and lets one port serve both families', () => {
    const { config } = loadBrokerConfig({
      set: [
        'listeners=A://127.0.0.1:9092,B://[::1]:9092',
        'listener.security.protocol.map=A:PLAINTEXT,B:PLAINTEXT',
        'inter.broker.listener.name=B',
      ],
    });
    expect(config.listeners.map(({ host }) => host)).toEqual(['127.0.0.1', '::1']);
  });

  test('knows node.id under its old name too, and the cluster id of the image', () => {
    const { config } = loadBrokerConfig({ set: ['broker.id=7'], env: { CLUSTER_ID: '5L6g3nShT-eMCtK--X86sw' } });
    expect([config.nodeId, config.clusterId]).toEqual([7, '5L6g3nShT-eMCtK--X86sw']);
  });
});

describe('a warning tells', () => {
  test.each([
    [
      ['num.partitons=3'],
      'num.partitons has no effect: there is no such configuration key. Did you mean num.partitions?',
    ],
    [['my.own.key=3'], 'my.own.key has no effect: there is no such configuration key.'],
    [['zookeeper.connect=x'], 'zookeeper.connect has no effect: Apache Kafka 4 has no such key any more.'],
    [['num.io.threads=9'], 'Samsa knows num.io.threads, but does not act on it yet.'],
    [
      ['num.io.threads=9', 'super.users=User:a', 'background.threads=10'],
      'Samsa knows num.io.threads, super.users, but acts on none of them yet.',
    ],
  ])('of %j', (set, warning) => {
    expect(loadBrokerConfig({ set }).warnings).toEqual([warning]);
  });
});

describe('a start is refused with a sentence', () => {
  test.each([
    [
      ['num.partitions=x'],
      /^num\.partitions=x is not allowed: Not a number of type INT\. Allowed is a whole number of 32 bits, at least 1\.$/,
    ],
    [['log.cleanup.policy=shred'], /^log\.cleanup\.policy=shred .* Allowed is any of compact, delete/],
    [['auto.create.topics.enable=yes'], /Allowed is true or false\.$/],
    [['num.partitions'], /^--set num\.partitions is not understood\. Write --set key=value\.$/],
    [['listeners=PLAINTEXT:9092'], /PLAINTEXT:9092 is not a listener; write NAME:\/\/host:port\./],
    [['listeners=PLAINTEXT://:70000'], /no valid port; allowed are 0 \(any\) to 65535/],
    [['listeners=PLAINTEXT://:1,PLAINTEXT://:2'], /PLAINTEXT is there twice/],
    [['listeners=PLAINTEXT://:1,CONTROLLER://:1'], /PLAINTEXT and CONTROLLER both use port 1/],
    [['listeners=SSL://:9093'], /The listener SSL uses SSL, which Samsa does not serve yet/],
    [['listeners=EXTERNAL://:9092'], /Add EXTERNAL:PLAINTEXT to listener\.security\.protocol\.map/],
    [['listeners=CONTROLLER://:9093'], /has no listener for clients/],
    [['listeners=PLAINTEXT://0.0.0.0:9092'], /^listeners would tell clients to connect to 0\.0\.0\.0/],
    [['advertised.listeners=OTHER://a:1'], /^advertised\.listeners has OTHER, which is not in listeners/],
    [['controller.listener.names=CTRL'], /^controller\.listener\.names=CTRL names CTRL, which is not in listeners/],
    [['inter.broker.listener.name=INTERNAL'], /is not an advertised listener\. Allowed is one of PLAINTEXT/],
    [['listener.security.protocol.map=PLAINTEXT:TLS'], /PLAINTEXT:TLS is not allowed; write NAME:PROTOCOL/],
    [['process.roles=broker'], /^process\.roles=broker is not supported yet/],
    [['node.id=1', 'broker.id=2'], /broker\.id=2 and node\.id=1 must be the same/],
    [['controller.quorum.voters=2@a:1'], /must include this node: node\.id is 1/],
    [['controller.quorum.bootstrap.servers=a:1,b:1'], /names several controllers/],
    [['authorizer.class.name=a.B'], /^authorizer\.class\.name=a\.B is not known\. Samsa has Kafka's own authorizer/],
    [['log.retention.ms=0'], /^log\.retention\.ms=0 is not allowed\. Allowed is at least 1, or -1 for no limit\.$/],
    [['queued.max.request.bytes=10'], /must be at least socket\.request\.max\.bytes/],
    [['offsets.topic.compression.codec=5'], /codec=5 is not allowed\. Allowed are 0 \(none\), .* and 4 \(zstd\)\.$/],
    [['log.cleaner.threads=128'], /log\.cleaner\.dedupe\.buffer\.size=134217728 must be above 1 MiB/],
    [['log.cleaner.threads=0'], /log\.cleaner\.threads must be at least 1/],
    [['max.connections.per.ip=0'], /only with max\.connections\.per\.ip\.overrides/],
    [['max.connections.per.ip.overrides=a'], /Write host:limit/],
    [['log.dirs=/a,/b,/a/../a'], /names the directory \/a twice/],
  ])('%j', (set, message) => {
    expect(() => loadBrokerConfig({ set })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message) }),
    );
    expect(() => loadBrokerConfig({ set })).toThrow(ConfigError);
  });

  test('when the file is not there', () => {
    expect(() => loadBrokerConfig({ files: ['/no/such.properties'] })).toThrow(
      'The configuration file /no/such.properties cannot be read: there is no such file.',
    );
  });
});

function file(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'samsa-config-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'server.properties');
  writeFileSync(path, text);
  return path;
}
