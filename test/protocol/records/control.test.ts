import { describe, expect, it } from 'vitest';
import { codec } from '../../../protocol/codec.ts';
import { batches, type Record, records } from '../../../protocol/records/batch.ts';
import {
  buildEndTxnMarker,
  buildKRaftControlBatch,
  buildLeaderChange,
  controlMessages,
  controlType,
  type KRaftControl,
  readEndTxnMarker,
} from '../../../protocol/records/control.ts';
import { Reader } from '../../../protocol/wire/reader.ts';

/** The first batch of a `__cluster_metadata-0` of Apache Kafka 4.3.1: leader change, kraft.version, voters. */
const EPOCH_START =
  '0000000000000000000000a20000000102167a30c9002000000002000001a209c26278000001a209c26278ffffffffffffffffffffffffffff' +
  '000000033a00000008000000022600000000000102000000010002000000010000001e00000208000000050a00000001000082010000040800' +
  '0000066e00000200000001435508a59b1c46beb67620a1da109867020b434f4e54524f4c4c45520a3132372e302e302e31b025000000000100' +
  '000000';

/** The first batch of a snapshot of the same: snapshot header, kraft.version, voters. */
const SNAPSHOT_START =
  '00000000000000000000009a0000000002713b2d6c002000000002000001a209c25734000001a209c25734ffffffffffffffffffffffffffff' +
  '000000032a0000000800000003160000000001a209c2572b00001e00000208000000050a000000010000820100000408000000066e00000200' +
  '000001435508a59b1c46beb67620a1da109867020b434f4e54524f4c4c45520a3132372e302e302e31b025000000000100000000';

describe('KRaft control batches', () => {
  it.each([
    ['the log', EPOCH_START, ['leaderChange', 'kraftVersion', 'kraftVoters']],
    ['a snapshot', SNAPSHOT_START, ['snapshotHeader', 'kraftVersion', 'kraftVoters']],
  ])('that Kafka wrote to %s are read, and built again to the byte', (_, hex, types) => {
    const [batch] = batches(Buffer.from(hex, 'hex'));
    const all = [...records(batch!)];
    expect(batch!.isValid()).toBe(true);
    expect(batch!.isControl).toBe(true);
    expect(all.map(controlType)).toEqual(types);
    const built = buildKRaftControlBatch(all.map(read), {
      baseOffset: batch!.baseOffset,
      timestamp: batch!.baseTimestamp,
      leaderEpoch: batch!.partitionLeaderEpoch,
    });
    expect(built.toString('hex')).toBe(hex);
  });

  it('begin a leader’s epoch', () => {
    const [batch] = batches(
      buildLeaderChange({ leaderId: 3, voters: [{ voterId: 3 }] }, { baseOffset: 9, timestamp: 5, leaderEpoch: 7 }),
    );
    expect(batch).toMatchObject({ baseOffset: 9, partitionLeaderEpoch: 7, isControl: true, isTransactional: false });
    const [record] = records(batch!);
    const message = codec(controlMessages.leaderChange, 0).decode(new Reader(record!.value!));
    expect(message).toMatchObject({ version: 0, leaderId: 3, voters: [{ voterId: 3 }], grantingVoters: [] });
  });

  function read(record: Record): KRaftControl {
    const reader = new Reader(record.value!);
    switch (controlType(record)) {
      case 'leaderChange': {
        const version = reader.buffer.readInt16BE() === 1 ? 1 : 0;
        return { type: 'leaderChange', version, value: codec(controlMessages.leaderChange, version).decode(reader) };
      }
      case 'snapshotHeader':
        return { type: 'snapshotHeader', value: codec(controlMessages.snapshotHeader, 0).decode(reader) };
      case 'kraftVersion':
        return { type: 'kraftVersion', value: codec(controlMessages.kraftVersion, 0).decode(reader) };
      case 'kraftVoters':
        return { type: 'kraftVoters', value: codec(controlMessages.kraftVoters, 0).decode(reader) };
      default:
        throw new Error(`not in these batches: ${controlType(record)}`);
    }
  }
});

describe('a transaction’s marker', () => {
  it('is what Kafka writes', () => {
    // v2-commit-marker of the golden record sets.
    const marker = buildEndTxnMarker({
      type: 'commit',
      coordinatorEpoch: 5,
      producerId: 4002,
      producerEpoch: 0,
      timestamp: 1_700_000_000_000,
      baseOffset: 300,
      partitionLeaderEpoch: 9,
    });
    const [batch] = batches(marker);
    expect(batch).toMatchObject({ checksum: 3728551656, sizeInBytes: 78, isTransactional: true, isControl: true });
    expect([...records(batch!)].map(readEndTxnMarker)).toEqual([{ type: 'commit', coordinatorEpoch: 5 }]);
  });

  it.each([
    ['no key', null, '000000000005'],
    ['a short key', '000000', '000000000005'],
    ['a negative key version', 'ffff0001', '000000000005'],
    ['another type', '00000002', '000000000005'],
    ['no value', '00000001', null],
    ['a short value', '00000001', '0000000000'],
    ['a negative value version', '00000001', 'ffff00000005'],
  ])('with %s is refused', (_, key, value) => {
    const record = control(key, value);
    expect(() => readEndTxnMarker(record)).toThrowError(expect.objectContaining({ error: 'INVALID_RECORD' }));
  });

  it('of a type that is not known yet is told apart', () => {
    expect(controlType(control('00000063', null))).toBe('unknown');
    expect(controlType(control('00010001', null))).toBe('commit');
  });

  function control(key: string | null, value: string | null): Record {
    const bytes = (hex: string | null) => (hex === null ? null : Buffer.from(hex, 'hex'));
    return {
      offset: 0,
      timestamp: 0,
      exactTimestamp: null,
      key: bytes(key),
      value: bytes(value),
      headers: [],
      sequence: -1,
    };
  }
});
