/**
 * kafka-storage: directories that one formats and the other starts on, and the same directories made by `samsa format` for the
 * same options, byte by byte but for times, random ids and salts.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/bootstrap.mjs';

const clusterId = 'AYoa2hTtRsGZ0XrC9bBtJQ';
const directoryId = 'Q1UIpZscRr62diCh2hCYZw';
/** The tool goes through directories in the order of a hash map of their paths. */
const asSet = { isSorted: true };
/** It names the first of them that is wrong. */
const eitherDir = { hides: [[/(?<=<dirs>\/info\/)[ab]\b/g, '<a or b>']] };
const salted = 'name=alice,iterations=8192,salt="N3E=",saltedpassword="YCE="';

/** What both are asked to format with. */
const choices = {
  standalone: ['--standalone'],
  'initial-controllers': [
    '--initial-controllers',
    `1@127.0.0.1:19093:${directoryId},2@127.0.0.1:19094:MvDxzVmcRsaTz33bUuRU6A`,
  ],
  // Those of another node: Kafka lets a node be formatted that does not vote.
  'other-controllers': ['--initial-controllers', `2@127.0.0.1:19094:${directoryId}`],
  'no-initial-controllers': ['--no-initial-controllers'],
  'release-version': ['--standalone', '--release-version', '4.1-IV1'],
  feature: ['--standalone', '--feature', 'group.version=0', '--feature', 'share.version=0'],
  'add-scram': ['--standalone', '--add-scram', `SCRAM-SHA-512=[${salted}]`, '--add-scram', `SCRAM-SHA-256=[${salted}]`],
};
/** What both refuse. */
const refused = {
  'unknown release': ['--standalone', '--release-version', '9.9-IV9'],
  'unknown feature': ['--standalone', '--feature', 'no.such.feature=1'],
  'level that is not there': ['--standalone', '--feature', 'group.version=7'],
  'too few iterations': ['--standalone', '--add-scram', 'SCRAM-SHA-256=[name=alice,password=secret,iterations=1]'],
  'two kinds of quorum': ['--standalone', '--no-initial-controllers'],
  'static quorum of kraft.version 0': ['--standalone', '--feature', 'kraft.version=0'],
};

export default {
  async 'kafka-storage format: the same directories as those of samsa format'({ run, directory }) {
    for (const [name, options] of Object.entries(choices)) {
      const theirs = directory(`kafka-${name}`);
      const ours = directory(`samsa-${name}`);
      const formatted = await run(`kafka-storage format -t ${clusterId} -c ${theirs.properties} ${options.join(' ')}`, {
        isPrivate: true,
      });
      assert.equal(formatted.code, 0, formatted.err);
      const { status, stderr } = samsa('format', '-t', clusterId, '-c', ours.properties, ...options);
      assert.equal(status, 0, stderr);
      assert.deepEqual(content(ours), content(theirs), name);
    }
  },

  async 'kafka-storage format: what it refuses, samsa format refuses'({ run, directory }) {
    for (const [name, options] of Object.entries(refused)) {
      const { properties, dirs } = directory(`refused-${name.replaceAll(' ', '-')}`);
      const { code } = await run(`kafka-storage format -t ${clusterId} -c ${properties} ${options.join(' ')}`);
      assert.notEqual(code, 0, name);
      const { status, stderr } = samsa('format', '-t', clusterId, '-c', properties, ...options);
      assert.ok(status === 1 || status === 2, `${name}: exit code ${status}`);
      assert.match(stderr, /^samsa: [^\n]+\n$|^error: /, `${name}: one sentence`);
      assert.deepEqual(dirs.flatMap(filesBelow), [], `${name}: nothing is written`);
    }
  },

  async 'kafka-storage info: of directories that the broker formatted'({ run, directory, isKafka }) {
    const { properties } = directory('info');
    await run(`kafka-storage info -c ${properties}`, asSet);
    if (isKafka) await run(`kafka-storage format --standalone -t ${clusterId} -c ${properties}`, { isPrivate: true });
    else assert.equal(samsa('format', '--standalone', '-t', clusterId, '-c', properties).status, 0);
    const found = await run(`kafka-storage info -c ${properties}`, asSet);
    assert.equal(found.code, 0);
    await run(`kafka-storage format --standalone -t ${clusterId} -c ${properties}`, eitherDir);
    await run(`kafka-storage format --standalone -t ${clusterId} -c ${properties} --ignore-formatted`, eitherDir);
    await run(`kafka-storage format --standalone -t ${directoryId} -c ${properties} --ignore-formatted`, eitherDir);
    const { out } = await run('kafka-storage random-uuid');
    assert.match(out, /^[\w-]{22}\n$/);
  },

  async 'kafka-storage format: a broker starts on it'({ run, directory, startOn }) {
    const { properties, dirs } = directory('started');
    const options =
      '--standalone --release-version 4.2-IV1 --feature group.version=0 --add-scram SCRAM-SHA-256=[name=alice,password=alice-secret]';
    // The salt is random.
    await run(`kafka-storage format -t ${clusterId} -c ${properties} ${options}`, {
      isSorted: true,
      hides: [/(?<=Bootstrap metadata: ).*/g],
    });
    const broker = await startOn(dirs);
    try {
      const { out } = await run('kafka-cluster cluster-id', { isPrivate: true });
      assert.equal(out.trim(), `Cluster ID: ${clusterId}`);
      await run('kafka-features describe', { hides: [/Epoch: \d+/g] });
      await run('kafka-configs --user alice --describe');
      await run('kafka-metadata-quorum describe --status', {
        hides: [/\b(LeaderEpoch|HighWatermark|MaxFollowerLag|MaxFollowerLagTimeMs):\s+-?\d+/g],
      });
      await run('kafka-topics --create --topic first');
      await run('kafka-topics --list');
    } finally {
      await broker.stop();
    }
    await run(`kafka-storage info -c ${properties}`, asSet);
  },
};

function samsa(...args) {
  return spawnSync(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args], { encoding: 'utf8', env: {} });
}

/** Each file of the directories by its place, in a form in which two formats agree. */
function content({ dirs }) {
  return Object.fromEntries(
    dirs.flatMap((dir, at) => {
      const own = /directory\.id=([\w-]+)/.exec(readFileSync(join(dir, 'meta.properties'), 'utf8'))[1];
      return filesBelow(dir).map((path) => {
        const bytes = readFileSync(path);
        const form = path.endsWith('.checkpoint') ? withoutTimes(bytes, own) : withoutIds(bytes.toString());
        return [`${at}${path.slice(dir.length)}`, form];
      });
    }),
  );
}

/** The comments of a properties file say when, and a random id is random. */
function withoutIds(text) {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines
    .map((line) => (line.endsWith(directoryId) ? line : line.replace(/^(directory\.id=).*/, '$1<id>')))
    .sort();
}

/** A checkpoint's batches as hex, without their times, what depends on them, and the id of the directory. */
function withoutTimes(file, ownId) {
  const bytes = Buffer.from(file);
  for (let at = 0; at < bytes.length; at += 12 + bytes.readInt32BE(at + 8)) {
    bytes.fill(0, at + 17, at + 21); // CRC
    bytes.fill(0, at + 27, at + 43); // first and largest timestamp
    if (at === 0) bytes.fill(0, at + 73, at + 81); // SnapshotHeaderRecord's lastContainedLogTimestamp
  }
  const hex = bytes.toString('hex');
  return ownId === directoryId ? hex : hex.replaceAll(Buffer.from(ownId, 'base64url').toString('hex'), '<id>');
}

function filesBelow(dir) {
  const names = readdirSync(dir, { recursive: true }).map((name) => join(dir, name));
  return names.filter((path) => statSync(path).isFile() && !path.endsWith('.lock')).sort();
}
