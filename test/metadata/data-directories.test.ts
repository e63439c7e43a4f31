import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatMetaProperties, parseMetaProperties } from '../../src/metadata/meta-properties.ts';
import { golden } from './golden.ts';
import { TestNode } from './test-node.ts';

describe('meta.properties', () => {
  it("reads Kafka's and writes the same", () => {
    const text = golden('meta.properties').toString();
    const properties = parseMetaProperties(text, 'meta.properties');
    expect(properties).toEqual({
      clusterId: '7UVVDNtLR1a0_QyKpxNLMQ',
      nodeId: 1,
      directoryId: 'Q1UIpZscRr62diCh2hCYZw',
    });
    expect(formatMetaProperties(properties, Date.parse('2026-11-23T18:54:20Z'))).toBe(text);
  });

  it.each([
    ['version=0\nbroker.id=1\ncluster.id=x\n', 'ZooKeeper'],
    ['version=2\nnode.id=1\ncluster.id=x\n', 'has version 2, 1 is supported'],
    ['version=1\nnode.id=1\n', 'names no cluster.id'],
    ['version=1\nnode.id=one\ncluster.id=x\n', 'has node.id "one"'],
    ['', 'has version none'],
  ])('refuses %j', (text, sentence) => {
    expect(() => parseMetaProperties(text, 'meta.properties')).toThrow(sentence);
  });
});

describe('the directories of a node', () => {
  let test: TestNode;
  beforeEach(() => {
    test = new TestNode();
  });
  afterEach(() => test.remove());

  const metaProperties = () => join(test.logDir, 'meta.properties');

  it('are formatted once, with the cluster id that is given', async () => {
    const node = await test.start({ clusterId: 'iYoa2hTtRsGZ0XrC9bBtJQ' });
    await node.close();
    const before = readFileSync(metaProperties(), 'utf8');
    const again = await test.start();
    expect(again.clusterId).toBe('iYoa2hTtRsGZ0XrC9bBtJQ');
    expect(again.directoryIds).toEqual(node.directoryIds);
    expect(readFileSync(metaProperties(), 'utf8')).toBe(before);
  });

  it('are refused when they are of another cluster or node', async () => {
    await (await test.start({ clusterId: 'iYoa2hTtRsGZ0XrC9bBtJQ' })).close();
    await expect(test.start({ clusterId: 'AYoa2hTtRsGZ0XrC9bBtJQ' })).rejects.toThrow(
      `${test.logDir} belongs to cluster iYoa2hTtRsGZ0XrC9bBtJQ, and the configuration says AYoa2hTtRsGZ0XrC9bBtJQ`,
    );
    await expect(test.start({ nodeId: 2 })).rejects.toThrow(`${test.logDir} belongs to node 1, and this is node 2`);
  });

  it('are refused when two of them are of different clusters', async () => {
    await (await test.start()).close();
    const other = join(test.directory, 'other');
    mkdirSync(other);
    const properties = { clusterId: 'iYoa2hTtRsGZ0XrC9bBtJQ', nodeId: 1, directoryId: 'Q1UIpZscRr62diCh2hCYZw' };
    writeFileSync(join(other, 'meta.properties'), formatMetaProperties(properties, 0));
    await expect(test.start({ logDirs: [test.logDir, other] })).rejects.toThrow('belongs to cluster');
  });

  it('may gain one, which joins the others', async () => {
    await (await test.start()).close();
    const added = join(test.directory, 'added');
    const node = await test.start({ logDirs: [test.logDir, added] });
    const text = readFileSync(join(added, 'meta.properties'), 'utf8');
    expect(parseMetaProperties(text, '')).toEqual({
      clusterId: node.clusterId,
      nodeId: 1,
      directoryId: node.directoryIds.get(added),
    });
  });

  it('are refused when the one of the metadata log is new', async () => {
    await (await test.start()).close();
    const added = join(test.directory, 'added');
    await expect(test.start({ logDirs: [test.logDir, added], metadataLogDir: added })).rejects.toThrow(
      `${added} has no meta.properties, but ${test.logDir} has`,
    );
  });

  it('are refused when one is a copy of another', async () => {
    await (await test.start()).close();
    const copy = join(test.directory, 'copy');
    mkdirSync(copy);
    writeFileSync(join(copy, 'meta.properties'), readFileSync(metaProperties()));
    await expect(test.start({ logDirs: [test.logDir, copy] })).rejects.toThrow('have the same directory.id');
  });

  it('are not formatted over a metadata log whose meta.properties is lost', async () => {
    await (await test.start()).close();
    writeFileSync(join(test.logDir, '__cluster_metadata-0', '00000000000000000000.log'), 'x');
    rmSync(metaProperties());
    await expect(test.start()).rejects.toThrow('holds a metadata log but no meta.properties');
  });

  it('are formatted again when formatting was interrupted', async () => {
    await (await test.start()).close();
    rmSync(metaProperties());
    test.disk.bytes = Buffer.alloc(0);
    const node = await test.startBroker();
    expect(node.image().features.get('metadata.version')).toBe(30);
  });

  it('are refused when the quorum has other voters', async () => {
    await (await test.start()).close();
    const text = readFileSync(metaProperties(), 'utf8');
    writeFileSync(metaProperties(), text.replace(/directory\.id=.*/, 'directory.id=Q1UIpZscRr62diCh2hCYZw'));
    await expect(test.start()).rejects.toThrow('can only lead a quorum of which it is the one voter');
  });
});
