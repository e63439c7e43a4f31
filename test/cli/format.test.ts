import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FormatArguments, format, info } from '../../src/cli/format.ts';
import { parseScramArgument } from '../../src/cli/scram-argument.ts';
import { readMetaProperties } from '../../src/metadata/meta-properties.ts';
import { decodeRecord } from '../../src/metadata/records.ts';
import { metadataVersionLevel, newClusterFeatures } from '../../src/metadata/releases.ts';
import { NodeFileSystem } from '../../src/platform/node-file-system.ts';
import { parseCheckpoint } from '../../src/raft/checkpoint.ts';
import { startTestBroker } from '../support/test-broker.ts';

const CLUSTER = 'AYoa2hTtRsGZ0XrC9bBtJQ';
const DIRECTORY = 'Q1UIpZscRr62diCh2hCYZw';

describe('samsa format', () => {
  let directory: string;
  let out: string;
  let err: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'samsa-format-'));
    out = '';
    err = '';
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const options = (set: readonly string[] = []) => ({
    file: undefined,
    set: [`log.dirs=${directory}/a,${directory}/b`, ...set],
    env: {},
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
  });
  const run = (given: Partial<FormatArguments> = {}, set: readonly string[] = []) =>
    format(options(set), { clusterId: CLUSTER, feature: [], addScram: [], ...given });
  const checkpoint = (path: string) => parseCheckpoint(readFileSync(join(directory, path)), path);
  const bootstrap = () => checkpoint('a/bootstrap.checkpoint').flatMap(({ frames }) => frames.map(decodeRecord));
  const first = () => checkpoint('a/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint')[0]!.controls;
  const features = () =>
    bootstrap().flatMap((record) =>
      record.type === 'FeatureLevelRecord' ? [[record.value.name, record.value.featureLevel]] : [],
    );

  it('makes a directory for a quorum of this node, on which it starts', async () => {
    expect(await run()).toBe(0);
    expect(out).toBe(
      `Formatting dynamic metadata voter directory ${directory}/a with metadata.version 4.3-IV0.\n` +
        `Formatting data directory ${directory}/b with metadata.version 4.3-IV0.\n`,
    );
    const properties = readMetaProperties(new NodeFileSystem(), join(directory, 'a'))!;
    expect(properties).toMatchObject({ clusterId: CLUSTER, nodeId: 1 });
    expect(first()).toMatchObject([
      { type: 'snapshotHeader' },
      { type: 'kraftVersion', kraftVersion: 1 },
      { type: 'kraftVoters', voters: [{ voterId: 1, voterDirectoryId: properties.directoryId }] },
    ]);
    const { broker } = await startTestBroker({ 'log.dirs': `${directory}/a,${directory}/b` }, directory);
    expect(broker.clusterId).toBe(CLUSTER);
    await broker.stop();
  });

  // What `Feature.defaultLevel` of Apache Kafka 4.3.1 gives for each release.
  it.each([
    ['3.8', [['metadata.version', 20]]],
    [
      '4.0',
      [
        ['metadata.version', 25],
        ['group.version', 1],
        ['transaction.version', 2],
      ],
    ],
    [
      '4.0-IV0',
      [
        ['metadata.version', 22],
        ['group.version', 1],
      ],
    ],
  ])('begins with the features of a release, %s', async (releaseVersion, levels) => {
    expect(await run({ releaseVersion })).toBe(0);
    expect(features()).toEqual(levels);
  });

  it('keeps off a directory that a broker has, also one that is not formatted', async () => {
    const { broker } = await startTestBroker({ 'log.dirs': `${directory}/a` }, directory);
    expect(await run({ ignoreFormatted: true, clusterId: broker.clusterId })).toBe(1);
    expect(err).toMatch(new RegExp(`^samsa: ${directory}/a is in use by another broker .*; stop it`));
    expect(existsSync(join(directory, 'b'))).toBe(false);
    await broker.stop();
    expect(await run({ ignoreFormatted: true, clusterId: broker.clusterId })).toBe(0);
    expect(existsSync(join(directory, 'b', 'meta.properties'))).toBe(true);
  });

  it('takes single features, and refuses those that there are not', async () => {
    expect(await run({ feature: ['transaction.version=1', 'share.version=0'] })).toBe(0);
    expect(features()).toContainEqual(['transaction.version', 1]);
    expect(features().map(([name]) => name)).not.toContain('share.version');
    rmSync(join(directory, 'a'), { recursive: true });
    rmSync(join(directory, 'b'), { recursive: true });
    expect(await run({ feature: ['other.version=1'] })).toBe(1);
    expect(err).toContain('Unsupported feature: other.version');
    expect(await run({ feature: ['metadata.version=31'] })).toBe(1);
    expect(await run({ feature: ['kraft.version=0'], standalone: true })).toBe(1);
    expect(err).toContain('Cannot set kraft.version to 0');
    expect(await run({ releaseVersion: '2.8' })).toBe(1);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('writes users into the first records', async () => {
    const addScram = [
      'SCRAM-SHA-256=[name=alice,password=alice-secret]',
      'SCRAM-SHA-512=[name=bob,iterations=8192,password="a,b"]',
      'SCRAM-SHA-512=[name=alice,password=alice-secret]',
    ];
    expect(await run({ addScram })).toBe(0);
    const users = bootstrap().flatMap(({ type, value }) =>
      type === 'UserScramCredentialRecord' ? [[value.name, value.mechanism, value.iterations]] : [],
    );
    expect(users).toEqual([
      ['alice', 1, 4096],
      ['bob', 2, 8192],
      ['alice', 2, 4096],
    ]);
  });

  it('names the voters that it is given, and has its own directory id from them', async () => {
    const others = `2@host2:9093:${'B'.repeat(21)}A`;
    expect(await run({ initialControllers: `1@host1:9093:${DIRECTORY},${others}` })).toBe(0);
    expect(first()[2]).toMatchObject({ voters: [{ voterId: 1, voterDirectoryId: DIRECTORY }, { voterId: 2 }] });
    expect(readMetaProperties(new NodeFileSystem(), join(directory, 'a'))!.directoryId).toBe(DIRECTORY);
    await expect(startTestBroker({ 'log.dirs': `${directory}/a,${directory}/b` }, directory)).rejects.toThrow(
      'can only lead a quorum of which it is the one voter',
    );
  });

  it('takes voters of which it is none, as kafka-storage does', async () => {
    expect(await run({ initialControllers: `2@host2:9093:${DIRECTORY}` })).toBe(0);
    expect(first()[2]).toMatchObject({ voters: [{ voterId: 2, voterDirectoryId: DIRECTORY }] });
    expect(readMetaProperties(new NodeFileSystem(), join(directory, 'a'))!.directoryId).not.toBe(DIRECTORY);
  });

  it("leaves the cluster's first records in every log dir, as kafka-storage does", async () => {
    expect(await run()).toBe(0);
    const [a, b] = ['a', 'b'].map((name) => checkpoint(`${name}/bootstrap.checkpoint`).map(({ frames }) => frames));
    expect(b).toEqual(a);
    expect(bootstrap().length).toBeGreaterThan(0);
  });

  it('names nobody for a node that is to join', async () => {
    expect(await run({ initialControllers: false })).toBe(0);
    expect(readdirSync(join(directory, 'a/__cluster_metadata-0'))).toEqual([]);
  });

  it('leaves what is formatted alone', async () => {
    expect(await run({}, [`log.dirs=${directory}/a`])).toBe(0);
    expect(await run()).toBe(1);
    expect(err).toContain(`Log directory ${directory}/a is already formatted. Use --ignore-formatted`);
    expect(await run({ ignoreFormatted: true, clusterId: DIRECTORY })).toBe(1);
    expect(err).toContain(`belongs to cluster ${CLUSTER}`);
    expect(await run({ ignoreFormatted: true })).toBe(0);
    expect(await run({ ignoreFormatted: true })).toBe(0);
    expect(out).toMatch(/All of the log directories are already formatted.\n$/);
  });

  it('is told about by samsa info', async () => {
    expect(await info(options())).toBe(1);
    expect(out).toContain(`${directory}/a does not exist`);
    await run();
    out = '';
    expect(await info(options())).toBe(0);
    expect(out).toContain(`cluster.id=${CLUSTER} node.id=1`);
  });
});

describe('feature levels', () => {
  it('of 4.3 are those that Apache Kafka 4.3.1 begins with', () => {
    expect(metadataVersionLevel('4.3')).toBe(30);
    expect(Object.fromEntries(newClusterFeatures(30, new Map()))).toEqual({
      'metadata.version': 30,
      'kraft.version': 1,
      'transaction.version': 2,
      'group.version': 1,
      'eligible.leader.replicas.version': 1,
      'share.version': 1,
      'streams.version': 1,
    });
  });
});

describe('--add-scram', () => {
  it('salts the password (the example of RFC 7677)', () => {
    const salt = 'W22ZaJ0SNY7soEsUEjb6gQ==';
    const { saltedPassword } = parseScramArgument(`SCRAM-SHA-256=[name=user,password=pencil,salt="${salt}"]`);
    expect(saltedPassword.toString('hex')).toBe('c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d');
  });

  it.each([
    ['SCRAM-SHA-1=[name=a,password=b]', 'is not understood'],
    ['SCRAM-SHA-256=[password=b]', "You must supply 'name'"],
    ['SCRAM-SHA-256=[name=a]', "You must supply one of 'password' or 'saltedpassword'"],
    ['SCRAM-SHA-256=[name=a,password=b,iterations=10]', "The 'iterations' value must be >= 4096"],
  ])('refuses %s', (text, sentence) => {
    expect(() => parseScramArgument(text)).toThrow(sentence);
  });
});
