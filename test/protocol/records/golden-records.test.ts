import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type BatchView, batches, type Record, records } from '../../../protocol/records/batch.ts';
import { buildBatch, buildLegacy } from '../../../protocol/records/builder.ts';

interface GoldenBatch {
  readonly magic: number;
  readonly records: readonly object[];
  readonly [field: string]: unknown;
}

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly batches: readonly GoldenBatch[];
}

const vectors: Vector[] = gunzipSync(readFileSync(new URL('../../golden/records.jsonl.gz', import.meta.url)))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

describe('Kafka’s golden record sets', () => {
  it('are all there', () => {
    expect(vectors).toHaveLength(45);
  });

  it.each(vectors)('$name decodes', ({ hex, batches: expected }) => {
    const bytes = Buffer.from(hex, 'hex');
    const views = [...batches(bytes)];
    expect(views.map(toJson)).toEqual(expected);
    expect(views.map((view) => view.isValid())).not.toContain(false);
    expect(views.reduce((sum, view) => sum + view.sizeInBytes, 0)).toBe(bytes.length);
  });

  it.each(vectors)('$name is built again', ({ hex, batches: expected }) => {
    const bytes = Buffer.from(hex, 'hex');
    const views = [...batches(bytes)];
    const built = Buffer.concat(views.map(rebuild));
    if (views.every((view) => view.compression === 'none')) expect(built.toString('hex')).toBe(hex);
    const unstable = ['sizeInBytes', 'checksum'];
    const without = (batch: object) => Object.fromEntries(Object.entries(batch).filter(([k]) => !unstable.includes(k)));
    expect([...batches(built)].map(toJson).map(without)).toEqual(expected.map(without));
  });
});

function toJson(batch: BatchView): object {
  const { magic } = batch;
  return {
    magic,
    baseOffset: String(batch.baseOffset),
    lastOffset: String(batch.lastOffset),
    sizeInBytes: batch.sizeInBytes,
    maxTimestamp: String(batch.maxTimestamp),
    timestampType: batch.timestampType,
    compression: batch.compression,
    checksum: String(batch.checksum),
    ...(magic < 2
      ? {}
      : {
          partitionLeaderEpoch: batch.partitionLeaderEpoch,
          producerId: String(batch.producerId),
          producerEpoch: batch.producerEpoch,
          baseSequence: batch.baseSequence,
          isTransactional: batch.isTransactional,
          isControlBatch: batch.isControl,
          crcValid: batch.isValid(),
        }),
    records: [...records(batch)].map((record) => recordToJson(record, magic)),
  };
}

function recordToJson(record: Record, magic: number): object {
  const base64 = (bytes: Buffer | null) => (bytes === null ? null : bytes.toString('base64'));
  return {
    offset: String(record.offset),
    timestamp: String(record.timestamp),
    key: base64(record.key),
    value: base64(record.value),
    ...(magic < 2 ? {} : { headers: record.headers.map(({ key, value }) => ({ key, value: base64(value) })) }),
  };
}

function rebuild(batch: BatchView): Buffer {
  const { magic, baseOffset, compression, timestampType } = batch;
  const all = [...records(batch)];
  if (magic === 0 || magic === 1) return buildLegacy(all, { magic, baseOffset, compression, timestampType });
  return buildBatch(all, {
    baseOffset,
    compression,
    timestampType,
    maxTimestamp: batch.exactMaxTimestamp,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
  });
}
