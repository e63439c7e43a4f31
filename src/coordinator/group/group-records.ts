/**
 * Records of __consumer_offsets. A key is its record type as int16 and a body, a value its version as int16 and a body;
 * a null value is a tombstone.
 */
import { codec } from '../../../protocol/codec.ts';
import { groupMetadataKey, groupMetadataValue } from '../../../protocol/schema/records/group-metadata.ts';
import {
  legacyOffsetCommitKey,
  legacyOffsetCommitValue,
} from '../../../protocol/schema/records/legacy-offset-commit.ts';
import { offsetCommitKey, offsetCommitValue } from '../../../protocol/schema/records/offset-commit.ts';
import type { Decoded, Encodable, Message } from '../../../protocol/schema/table.ts';
import { DecodeError } from '../../../protocol/wire/decode-error.ts';
import { Reader } from '../../../protocol/wire/reader.ts';
import { Writer } from '../../../protocol/wire/writer.ts';
import type { RecordSerde } from '../runtime/shard.ts';
import { decodeOpaque, type OpaqueRecord } from './opaque/opaque-records.ts';

export type OffsetCommitValue = Decoded<typeof offsetCommitValue>;
export type GroupMetadataValue = Decoded<typeof groupMetadataValue>;

export interface OffsetCommitRecord {
  readonly kind: 'offsetCommit';
  readonly key: Decoded<typeof offsetCommitKey>;
  readonly value: OffsetCommitValue | null;
}

export interface GroupMetadataRecord {
  readonly kind: 'groupMetadata';
  readonly key: Decoded<typeof groupMetadataKey>;
  readonly value: GroupMetadataValue | null;
}

export type GroupRecord = OffsetCommitRecord | GroupMetadataRecord | OpaqueRecord;

const LEGACY_OFFSET_COMMIT = 0;
const OFFSET_COMMIT = 1;
const GROUP_METADATA = 2;

const KEY_VERSION = 0;
/** What Kafka 4.3.1 writes, as its own directory shows. */
const GROUP_METADATA_VERSION = 3;
const OFFSET_COMMIT_VERSION = 4;
/** The one version with an expiry of its own, which commits of OffsetCommit up to version 4 may ask for. */
const EXPIRING_OFFSET_COMMIT_VERSION = 1;
const NO_EXPIRY = -1;

export const groupRecordSerde: RecordSerde<GroupRecord> = {
  encode(record) {
    switch (record.kind) {
      case 'offsetCommit': {
        const expires = record.value !== null && record.value.expireTimestamp !== NO_EXPIRY;
        const version = expires ? EXPIRING_OFFSET_COMMIT_VERSION : OFFSET_COMMIT_VERSION;
        return {
          key: withPrefix(OFFSET_COMMIT, offsetCommitKey, KEY_VERSION, record.key),
          value: record.value === null ? null : withPrefix(version, offsetCommitValue, version, record.value),
        };
      }
      case 'groupMetadata':
        return {
          key: withPrefix(GROUP_METADATA, groupMetadataKey, KEY_VERSION, record.key),
          value:
            record.value === null
              ? null
              : withPrefix(GROUP_METADATA_VERSION, groupMetadataValue, GROUP_METADATA_VERSION, record.value),
        };
      case 'opaque':
        return { key: record.key, value: record.value };
    }
  },

  decode(key, value) {
    if (key === null) throw new DecodeError('a record of __consumer_offsets has no key');
    const type = new Reader(key).int16();
    switch (type) {
      case LEGACY_OFFSET_COMMIT: {
        const legacy = value === null ? null : versioned(legacyOffsetCommitValue, value);
        return {
          kind: 'offsetCommit',
          key: bodyOf(legacyOffsetCommitKey, KEY_VERSION, key),
          value: legacy === null ? null : newOffsetCommitValue(legacy),
        };
      }
      case OFFSET_COMMIT:
        return {
          kind: 'offsetCommit',
          key: bodyOf(offsetCommitKey, KEY_VERSION, key),
          value: value === null ? null : versioned(offsetCommitValue, value),
        };
      case GROUP_METADATA:
        return {
          kind: 'groupMetadata',
          key: bodyOf(groupMetadataKey, KEY_VERSION, key),
          // Its bytes stay for as long as the group, so they must not hold on to what was read with them.
          value: value === null ? null : versioned(groupMetadataValue, Buffer.from(value)),
        };
      default:
        return decodeOpaque(type, key, value);
    }
  },
};

/** An offset's value with every field; those left out say nothing. */
export function newOffsetCommitValue(
  value: Pick<OffsetCommitValue, 'offset' | 'metadata' | 'commitTimestamp'> & Partial<OffsetCommitValue>,
): OffsetCommitValue {
  return { leaderEpoch: -1, expireTimestamp: NO_EXPIRY, topicId: ZERO_UUID, ...value };
}

/** The topic id of records and requests that name none. */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

export function offsetTombstone(group: string, topic: string, partition: number): OffsetCommitRecord {
  return { kind: 'offsetCommit', key: { group, topic, partition }, value: null };
}

export function groupTombstone(group: string): GroupMetadataRecord {
  return { kind: 'groupMetadata', key: { group }, value: null };
}

function withPrefix<M extends Message>(prefix: number, message: M, version: number, value: Encodable<M>): Buffer {
  const writer = new Writer(64);
  writer.int16(prefix);
  codec(message, version).encode(value, writer);
  return writer.toBuffer();
}

function bodyOf<M extends Message>(message: M, version: number, bytes: Buffer): Decoded<M> {
  return codec(message, version).decode(new Reader(bytes, 2));
}

function versioned<M extends Message>(message: M, bytes: Buffer): Decoded<M> {
  return bodyOf(message, new Reader(bytes).int16(), bytes);
}
