/** kafka-metadata-quorum, kafka-features, kafka-cluster, kafka-client-metrics, kafka-delegation-tokens, kafka-broker-api-versions. */
import assert from 'node:assert/strict';

/** Offsets and times of the metadata log. */
const moving = [
  /\b(LeaderEpoch|HighWatermark|MaxFollowerLag|MaxFollowerLagTimeMs):\s+\d+/g,
  [/^(\d+\s+<id>\s+)\d+(\s+0\s+)<ms>(\s+)<ms>/g, '$1<offset>$2<ms>$3<ms>'],
];

export default {
  async 'kafka-metadata-quorum'({ run }) {
    for (const at of ['', ' --bootstrap-controller {controller}']) {
      const status = await run(`kafka-metadata-quorum${at} describe --status`, { hides: [moving[0]] });
      assert.match(status.out, /LeaderId:\s+1\n[\s\S]*CurrentVoters:\s+\[\{"id": 1, [\s\S]*CurrentObservers:\s+\[\]/);
      await run(`kafka-metadata-quorum${at} describe --replication`, { hides: moving });
      await run(`kafka-metadata-quorum${at} describe --replication --human-readable`, {
        hides: [/\d+ ms ago/g, [/^(\d+\s+<id>\s+)\d+/g, '$1<offset>'], [/\s{2,}/g, '  ']],
      });
    }
    await run(
      'kafka-metadata-quorum remove-controller --controller-id 9 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAQ',
    );
    await run(
      'kafka-metadata-quorum --bootstrap-controller {controller} remove-controller --controller-id 9 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAQ',
    );
    await run(
      'kafka-metadata-quorum remove-controller --controller-id 9 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAQ --dry-run',
    );
  },

  async 'kafka-metadata-quorum add-controller: one that is there already'({ run, file, broker }) {
    const lines = [
      'process.roles=controller',
      'node.id=1',
      'controller.listener.names=CONTROLLER',
      'listeners=CONTROLLER://127.0.0.1:19093',
      `log.dirs=${broker.logDirs}`,
    ];
    const config = file('controller.properties', `${lines.join('\n')}\n`);
    for (const at of ['', ' --bootstrap-controller {controller}']) {
      await run(`kafka-metadata-quorum${at} --command-config ${config} add-controller --dry-run`);
      const { code } = await run(`kafka-metadata-quorum${at} --command-config ${config} add-controller`);
      assert.equal(code, 1);
    }
  },

  async 'kafka-features'({ run }) {
    const features = { hides: [/Epoch: \d+/g] };
    for (const at of ['', ' --bootstrap-controller {controller}']) {
      await run(`kafka-features${at} describe`, features);
    }
    await run('kafka-features upgrade --feature metadata.version=99');
    await run('kafka-features upgrade --feature no.such.feature=1');
    await run('kafka-features upgrade --release-version 4.3-IV0 --dry-run');
    await run('kafka-features downgrade --feature group.version=0 --dry-run');
    await run('kafka-features downgrade --feature group.version=0');
    await run('kafka-features describe', features);
    await run('kafka-features upgrade --feature group.version=1');
    await run('kafka-features disable --feature streams.version');
    await run('kafka-features disable --feature no.such.feature');
    await run('kafka-features describe', features);
    await run('kafka-features --bootstrap-controller {controller} upgrade --feature streams.version=1');
    await run('kafka-features downgrade --release-version 3.9-IV0');
    await run('kafka-features downgrade --metadata 4.0-IV0 --unsafe');
    await run('kafka-features downgrade --feature metadata.version=29 --dry-run');
    await run('kafka-features downgrade --feature kraft.version=0');
    await run('kafka-features version-mapping');
    await run('kafka-features version-mapping --release-version 4.0-IV3');
    await run('kafka-features feature-dependencies --feature transaction.version=2 --feature group.version=1');
    await run('kafka-features describe', features);
  },

  async 'kafka-cluster'({ run }) {
    const { out } = await run('kafka-cluster cluster-id');
    assert.match(out, /^Cluster ID: [\w-]{22}\s/);
    await run('kafka-cluster list-endpoints');
    await run('kafka-cluster list-endpoints --include-fenced-brokers');
    await run('kafka-cluster list-endpoints --bootstrap-controller {controller}');
    await run('kafka-cluster cluster-id --bootstrap-controller {controller}');
    await run('kafka-cluster unregister --id 7');
    await run('kafka-cluster unregister --id 7 --bootstrap-controller {controller}');
  },

  async 'kafka-client-metrics'({ run }) {
    await run(
      'kafka-client-metrics --alter --name slow-consumers --metrics org.apache.kafka.consumer. --interval 30000 --match client_id=app.*',
    );
    await run('kafka-client-metrics --describe --name slow-consumers');
    await run('kafka-client-metrics --list');
    await run('kafka-client-metrics --describe');
    await run('kafka-client-metrics --alter --name slow-consumers --interval 5');
    await run('kafka-client-metrics --alter --name slow-consumers --match nobody=1');
    await run('kafka-client-metrics --alter --name slow-consumers --interval=');
    await run('kafka-client-metrics --describe --name slow-consumers');
    await run('kafka-client-metrics --alter --generate-name --metrics *', { hides: [/<id>/g] });
    await run('kafka-client-metrics --delete --name slow-consumers');
    await run('kafka-client-metrics --delete --name slow-consumers');
    await run('kafka-client-metrics --describe --name slow-consumers');
  },

  async 'kafka-delegation-tokens: refused without authentication'({ run, file }) {
    const config = `--command-config ${file('client.properties', 'security.protocol=PLAINTEXT\n')}`;
    await run(`kafka-delegation-tokens ${config} --create --max-life-time-period -1 --renewer-principal User:bob`);
    await run(`kafka-delegation-tokens ${config} --renew --renew-time-period -1 --hmac c2VjcmV0`);
    await run(`kafka-delegation-tokens ${config} --expire --expiry-time-period -1 --hmac c2VjcmV0`);
    await run(`kafka-delegation-tokens ${config} --describe --owner-principal User:bob`);
  },

  async 'kafka-broker-api-versions'({ run }) {
    await run('kafka-broker-api-versions', { hides: [/id: \d+ rack: null/g] });
  },
};
