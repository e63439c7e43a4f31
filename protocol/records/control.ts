/** Control records: what the broker itself says in a log. Their key is a version and a type, their value a message. */
import { codec, encodeWhole } from '../codec.ts';
import { KafkaError } from '../errors.ts';
import { endTxnMarker } from '../schema/records/end-txn-marker.ts';
import { kRaftVersionRecord } from '../schema/records/kraft-version-record.ts';
import { leaderChangeMessage } from '../schema/records/leader-change-message.ts';
import { snapshotFooterRecord } from '../schema/records/snapshot-footer-record.ts';
import { snapshotHeaderRecord } from '../schema/records/snapshot-header-record.ts';
import { votersRecord } from '../schema/records/voters-record.ts';
import type { Encodable } from '../schema/table.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { buildBatch } from './builder.ts';
import type { NewRecord, Record } from './record.ts';

export type ControlType =
  | 'abort'
  | 'commit'
  | 'leaderChange'
  | 'snapshotHeader'
  | 'snapshotFooter'
  | 'kraftVersion'
  | 'kraftVoters';

const TYPES: readonly ControlType[] = [
  'abort',
  'commit',
  'leaderChange',
  'snapshotHeader',
  'snapshotFooter',
  'kraftVersion',
  'kraftVoters',
];

const KEY_VERSION = 0;
const KEY_BYTES = 4;
const MARKER_VERSION = 0;

/** The type of a control record; `unknown` for one of a later Kafka, which readers skip. Throws `INVALID_RECORD`. */
export function controlType(record: Record): ControlType | 'unknown' {
  const { key } = record;
  if (key === null || key.length < KEY_BYTES) {
    throw new KafkaError(
      'INVALID_RECORD',
      `the control record at offset ${record.offset} has a key of ${key?.length ?? 0} bytes, 4 wanted`,
    );
  }
  const version = key.readInt16BE(0);
  if (version < 0) {
    throw new KafkaError('INVALID_RECORD', `the control record at offset ${record.offset} has key version ${version}`);
  }
  return TYPES[key.readInt16BE(2)] ?? 'unknown';
}

export interface EndTxnMarker {
  readonly type: 'abort' | 'commit';
  readonly coordinatorEpoch: number;
}

/** The marker in a control record of type abort or commit. Throws `INVALID_RECORD`. */
export function readEndTxnMarker(record: Record): EndTxnMarker {
  const type = controlType(record);
  const { value } = record;
  if ((type !== 'abort' && type !== 'commit') || value === null || value.length < 6 || value.readInt16BE(0) < 0) {
    throw new KafkaError('INVALID_RECORD', `the control record at offset ${record.offset} is no transaction marker`);
  }
  return { type, coordinatorEpoch: codec(endTxnMarker, MARKER_VERSION).decode(new Reader(value, 2)).coordinatorEpoch };
}

export interface EndTxnOptions extends EndTxnMarker {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly timestamp: number;
  readonly baseOffset?: number;
  readonly partitionLeaderEpoch?: number;
}

/** The batch that ends a transaction on a partition. */
export function buildEndTxnMarker(options: EndTxnOptions): Buffer {
  const { type, coordinatorEpoch, producerId, producerEpoch, timestamp } = options;
  const writer = new Writer(8);
  writer.int16(MARKER_VERSION);
  codec(endTxnMarker, MARKER_VERSION).encode({ coordinatorEpoch }, writer);
  return buildBatch([{ timestamp, key: controlKey(type), value: writer.toBuffer() }], {
    producerId,
    producerEpoch,
    isTransactional: true,
    isControl: true,
    baseOffset: options.baseOffset ?? 0,
    ...(options.partitionLeaderEpoch === undefined ? {} : { partitionLeaderEpoch: options.partitionLeaderEpoch }),
  });
}

/** A control record of the metadata log, with the message that is its value and that message's version. */
export type KRaftControl =
  | { readonly type: 'leaderChange'; readonly version?: 0 | 1; readonly value: Encodable<typeof leaderChangeMessage> }
  | { readonly type: 'snapshotHeader'; readonly value: Encodable<typeof snapshotHeaderRecord> }
  | { readonly type: 'snapshotFooter'; readonly value: Encodable<typeof snapshotFooterRecord> }
  | { readonly type: 'kraftVersion'; readonly value: Encodable<typeof kRaftVersionRecord> }
  | { readonly type: 'kraftVoters'; readonly value: Encodable<typeof votersRecord> };

/** The table of a KRaft control record's value, for `codec`. */
export const controlMessages = {
  leaderChange: leaderChangeMessage,
  snapshotHeader: snapshotHeaderRecord,
  snapshotFooter: snapshotFooterRecord,
  kraftVersion: kRaftVersionRecord,
  kraftVoters: votersRecord,
} as const;

export interface KRaftControlOptions {
  readonly baseOffset: number;
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

/** A batch of control records for the metadata log or a snapshot. */
export function buildKRaftControlBatch(controls: readonly KRaftControl[], options: KRaftControlOptions): Buffer {
  const { baseOffset, timestamp, leaderEpoch } = options;
  const newRecords = controls.map(
    (control): NewRecord => ({
      timestamp,
      key: controlKey(control.type),
      value: encodeControl(control),
    }),
  );
  return buildBatch(newRecords, { baseOffset, partitionLeaderEpoch: leaderEpoch, isControl: true });
}

/** The batch with which a leader begins its epoch. */
export function buildLeaderChange(
  value: Encodable<typeof leaderChangeMessage>,
  options: KRaftControlOptions & { readonly version?: 0 | 1 },
): Buffer {
  return buildKRaftControlBatch([{ type: 'leaderChange', version: options.version ?? 0, value }], options);
}

function encodeControl(control: KRaftControl): Buffer {
  switch (control.type) {
    case 'leaderChange': {
      const version = control.version ?? 0;
      return encodeWhole(leaderChangeMessage, version, { version, ...control.value });
    }
    case 'snapshotHeader':
      return encodeWhole(snapshotHeaderRecord, 0, control.value);
    case 'snapshotFooter':
      return encodeWhole(snapshotFooterRecord, 0, control.value);
    case 'kraftVersion':
      return encodeWhole(kRaftVersionRecord, 0, control.value);
    case 'kraftVoters':
      return encodeWhole(votersRecord, 0, control.value);
  }
}

function controlKey(type: ControlType): Buffer {
  const key = Buffer.alloc(KEY_BYTES);
  key.writeInt16BE(KEY_VERSION, 0);
  key.writeInt16BE(TYPES.indexOf(type), 2);
  return key;
}
