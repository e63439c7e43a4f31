import { describe, expect, it } from 'vitest';
import { MetadataLoader } from '../../src/metadata/metadata-loader.ts';
import { metadataRecord } from '../../src/metadata/records.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { LoggedBatch } from '../../src/raft/logged-batch.ts';

const UUID = 'Q1UIpZscRr62diCh2hCYZw';

function loader(failures: Error[] = []): MetadataLoader {
  return new MetadataLoader({ clusterId: 'c', logger: silentLogger, onFailure: (failure) => failures.push(failure) });
}

function batch(baseOffset: number, ...records: { readonly frame: Buffer }[]): LoggedBatch {
  const frames = records.map(({ frame }) => frame);
  return { baseOffset, lastOffset: baseOffset + frames.length - 1, epoch: 1, timestamp: 0, controls: [], frames };
}

const topic = (name: string, topicId = UUID) => metadataRecord('TopicRecord', 0, { name, topicId });
const feature = (name: string, featureLevel: number) => metadataRecord('FeatureLevelRecord', 0, { name, featureLevel });

describe('listeners', () => {
  it('see each image in turn, one after the other', async () => {
    const loading = loader();
    const seen: string[] = [];
    await loading.addListener(async (image) => {
      seen.push(`a begins ${image.offset}`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`a ends ${image.offset}`);
    });
    await loading.addListener((image) => void seen.push(`b ${image.offset}`));
    loading.commit(batch(0, feature('x', 1)), 1);
    loading.commit(batch(1, feature('x', 2)), 1);
    loading.commit(batch(2, feature('x', 3)), 1);
    await loading.published(2);
    expect(seen.slice(3)).toEqual(['a begins 0', 'a ends 0', 'b 0', 'a begins 2', 'a ends 2', 'b 2'].slice(0, 6));
  });

  it('that come late are given everything as new', async () => {
    const loading = loader();
    loading.commit(batch(0, topic('t'), feature('x', 1)), 1);
    await loading.published(1);
    let names: (string | undefined)[] = [];
    await loading.addListener((_image, delta) => {
      names = [...delta.topics.values()].map(({ before, after }) => (before === null ? after?.name : 'not new'));
    });
    expect(names).toEqual(['t']);
  });

  it('stop the loader by failing', async () => {
    const failures: Error[] = [];
    const loading = loader(failures);
    const failure = new Error('no');
    const joined: unknown[] = [];
    await loading.addListener(() => {
      if (joined.push(0) > 1) throw failure;
    });
    loading.commit(batch(0, feature('x', 1)), 1);
    await expect(loading.published(0)).rejects.toThrow('a listener of metadata images failed');
    expect(failures[0]?.cause).toBe(failure);
  });
});

describe('a metadata transaction', () => {
  const begin = metadataRecord('BeginTransactionRecord', 0, { name: 'n' });

  it('takes effect when it ends', async () => {
    const loading = loader();
    loading.commit(batch(0, feature('x', 1)), 1);
    loading.commit(batch(1, begin, feature('x', 2)), 1);
    await loading.published(0);
    expect(loading.isInTransaction).toBe(true);
    expect(loading.image.offset).toBe(0);
    expect(loading.image.features.get('x')).toBe(1);
    loading.commit(batch(3, feature('y', 1), metadataRecord('EndTransactionRecord', 0, {})), 1);
    await loading.published(4);
    expect(loading.image.features).toEqual(
      new Map([
        ['x', 2],
        ['y', 1],
      ]),
    );
  });

  it('leaves nothing when it is aborted', async () => {
    const loading = loader();
    loading.commit(batch(0, begin, feature('x', 2), metadataRecord('AbortTransactionRecord', 0, { reason: 'r' })), 1);
    await loading.published(2);
    expect(loading.image.features.size).toBe(0);
  });
});

describe('an image', () => {
  it('never changes', async () => {
    const loading = loader();
    loading.commit(batch(0, topic('t')), 1);
    await loading.published(0);
    const before = loading.image;
    loading.commit(batch(1, metadataRecord('RemoveTopicRecord', 0, { topicId: UUID })), 1);
    await loading.published(1);
    expect(before.topicsByName.has('t')).toBe(true);
    expect(loading.image.topicsByName.has('t')).toBe(false);
  });

  it('outlives a record of a type that is not known', async () => {
    const loading = loader();
    loading.commit(batch(0, { frame: Buffer.from([1, 0x7f, 0, 0]) }, feature('x', 1)), 1);
    await loading.published(1);
    expect(loading.image.features.get('x')).toBe(1);
  });

  it('is given up when a record makes no sense', () => {
    const failures: Error[] = [];
    const loading = loader(failures);
    loading.commit(batch(0, metadataRecord('RemoveTopicRecord', 0, { topicId: UUID })), 1);
    expect(failures[0]?.message).toContain('replaying the batch at offset 0 failed');
  });
});
