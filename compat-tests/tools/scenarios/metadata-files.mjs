/** What the broker of the other scenarios left of its metadata, read by kafka-dump-log and kafka-metadata-shell. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export default {
  async 'kafka-dump-log --cluster-metadata-decoder: clean on the log and every snapshot'({ run, broker }) {
    const { logs, snapshots } = files(broker);
    assert.ok(snapshots.length > 1, 'there are snapshots besides the first');
    for (const path of [...logs, ...snapshots]) {
      const { code, out, err } = await run(
        `kafka-dump-log --cluster-metadata-decoder --skip-record-metadata --files ${path}`,
        { isPrivate: true },
      );
      assert.deepEqual([code, err], [0, ''], path);
      assert.ok(!/isvalid: false|invalid|Could not|skipping/i.test(out), path);
      for (const line of out.split('\n'))
        if (line.startsWith('| ')) assert.match(line, /^\| payload: \{"type":"[A-Z_]+"/);
    }
  },

  async 'kafka-dump-log: the types of what the scenarios changed'({ run, broker, say }) {
    const { logs, snapshots } = files(broker);
    const types = new Set();
    for (const path of [...logs, ...snapshots]) {
      const { out } = await run(`kafka-dump-log --cluster-metadata-decoder --files ${path}`, { isPrivate: true });
      for (const [, type] of out.matchAll(/"type":"([A-Z_]+)"/g)) types.add(type);
    }
    // Samsa writes none while nobody follows it.
    types.delete('NO_OP_RECORD');
    say([...types].sort());
  },

  async 'kafka-metadata-shell: on the newest snapshot and on the log'({ run, broker }) {
    const { logs, snapshots } = files(broker);
    const shell = async (path, command) => {
      const { code, out, err } = await run(`kafka-metadata-shell --snapshot ${path} ${command}`, { isPrivate: true });
      // It says so of every control record, Kafka's as well.
      const said = err.split('\n').filter((line) => line !== '' && !/Ignoring control record/.test(line));
      assert.deepEqual([code, said], [0, []], `${command} of ${path}`);
      return out;
    };
    for (const path of [snapshots.at(-1), ...logs.slice(0, 1)]) {
      const tree = await shell(path, 'find /');
      for (const place of [
        '/image/topics/byName/orders',
        '/image/configs/TOPIC:configured/segment.bytes',
        '/image/scram/SCRAM-SHA-256/bob',
        '/image/cluster/brokers/1',
      ]) {
        assert.ok(tree.split('\n').includes(place), `${place} in ${path}`);
      }
    }
    const partition = await shell(snapshots.at(-1), 'cat /image/topics/byName/orders/0');
    assert.match(partition, /^PartitionRegistration\(replicas=\[1\], directories=\[[\w-]{22}\], /);
    assert.match(await shell(snapshots.at(-1), 'cat /image/features/metadataVersion'), /4\.3-IV0/);
  },
};

function files({ logDirs }) {
  const directory = join(logDirs[0], '__cluster_metadata-0');
  const names = readdirSync(directory).sort();
  const ending = (end) => names.filter((name) => name.endsWith(end)).map((name) => join(directory, name));
  return { logs: ending('.log'), snapshots: ending('.checkpoint') };
}
