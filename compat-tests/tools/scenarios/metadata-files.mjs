/** What the broker of the other scenarios left of its metadata, read by kafka-dump-log and kafka-metadata-shell. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { folder, toolsClassPath } from '../../support/tools.mjs';

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

  async 'kafka-metadata-shell: on the newest snapshot and on the log'({ broker }) {
    const { logs, snapshots } = files(broker);
    for (const path of [snapshots.at(-1), logs[0]]) {
      shows(path, 'find /', [
        /^\/image\/topics\/byName\/orders\/0$/m,
        /^\/image\/configs\/TOPIC:configured\/segment\.bytes$/m,
        /^\/image\/scram\/SCRAM-SHA-256\/bob$/m,
        /^\/image\/cluster\/brokers\/1$/m,
      ]);
    }
    shows(snapshots.at(-1), 'cat /image/topics/byName/orders/0', [
      /^PartitionRegistration\(replicas=\[1\], directories=\[[\w-]{22}\], /,
    ]);
    shows(snapshots.at(-1), 'cat /image/features/metadataVersion', [/4\.3-IV0/]);
  },
};

/**
 * Asserts what the shell prints of a file. Now and then it looks before it has read all, or waits for ever for more, at Kafka's
 * files as well, and more often in a JVM that is warm: so each time is one of its own, and there are several.
 */
function shows(path, command, patterns) {
  const logging = `-Dlog4j2.configurationFile=${folder('tools', 'log4j2.properties')}`;
  const main = ['-XX:TieredStopAtLevel=1', logging, '-cp', toolsClassPath(), 'org.apache.kafka.shell.MetadataShell'];
  let missing = patterns;
  for (let tries = 0; missing.length > 0 && tries < 12; tries++) {
    const shell = spawnSync('java', [...main, '--snapshot', path, ...command.split(' ')], {
      encoding: 'utf8',
      timeout: 15_000,
    });
    missing = patterns.filter((pattern) => !pattern.test(shell.stdout));
  }
  assert.deepEqual(missing, [], `${command} of ${path}`);
}

function files({ logDirs }) {
  const directory = join(logDirs[0], '__cluster_metadata-0');
  const names = readdirSync(directory).sort();
  const ending = (end) => names.filter((name) => name.endsWith(end)).map((name) => join(directory, name));
  return { logs: ending('.log'), snapshots: ending('.checkpoint') };
}
