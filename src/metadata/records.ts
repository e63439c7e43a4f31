/**
 * The records of `__cluster_metadata-0`: each is a frame of three unsigned varints (frame version 1, record type,
 * record version) and the record's body. A decoded record keeps its frame, so that what this node does not serve yet
 * can be handed on unchanged.
 */
import { codec } from '../../protocol/codec.ts';
import { abortTransactionRecord } from '../../protocol/schema/records/abort-transaction.ts';
import { accessControlEntryRecord } from '../../protocol/schema/records/access-control-entry.ts';
import { beginTransactionRecord } from '../../protocol/schema/records/begin-transaction.ts';
import { brokerRegistrationChangeRecord } from '../../protocol/schema/records/broker-registration-change.ts';
import { clearElrRecord } from '../../protocol/schema/records/clear-elr.ts';
import { clientQuotaRecord } from '../../protocol/schema/records/client-quota.ts';
import { configRecord } from '../../protocol/schema/records/config.ts';
import { delegationTokenRecord } from '../../protocol/schema/records/delegation-token.ts';
import { endTransactionRecord } from '../../protocol/schema/records/end-transaction.ts';
import { featureLevelRecord } from '../../protocol/schema/records/feature-level.ts';
import { fenceBrokerRecord } from '../../protocol/schema/records/fence-broker.ts';
import { noOpRecord } from '../../protocol/schema/records/no-op.ts';
import { partitionRecord } from '../../protocol/schema/records/partition.ts';
import { partitionChangeRecord } from '../../protocol/schema/records/partition-change.ts';
import { producerIdsRecord } from '../../protocol/schema/records/producer-ids.ts';
import { registerBrokerRecord } from '../../protocol/schema/records/register-broker.ts';
import { registerControllerRecord } from '../../protocol/schema/records/register-controller.ts';
import { removeAccessControlEntryRecord } from '../../protocol/schema/records/remove-access-control-entry.ts';
import { removeDelegationTokenRecord } from '../../protocol/schema/records/remove-delegation-token.ts';
import { removeTopicRecord } from '../../protocol/schema/records/remove-topic.ts';
import { removeUserScramCredentialRecord } from '../../protocol/schema/records/remove-user-scram-credential.ts';
import { topicRecord } from '../../protocol/schema/records/topic.ts';
import { unfenceBrokerRecord } from '../../protocol/schema/records/unfence-broker.ts';
import { unregisterBrokerRecord } from '../../protocol/schema/records/unregister-broker.ts';
import { userScramCredentialRecord } from '../../protocol/schema/records/user-scram-credential.ts';
import { zkMigrationStateRecord } from '../../protocol/schema/records/zk-migration-state.ts';
import type { Decoded, Encodable, Message } from '../../protocol/schema/table.ts';
import { DecodeError } from '../../protocol/wire/decode-error.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import { Writer } from '../../protocol/wire/writer.ts';

/** Every record of the metadata log, by Kafka's name. */
export const metadataRecords = {
  RegisterBrokerRecord: registerBrokerRecord,
  UnregisterBrokerRecord: unregisterBrokerRecord,
  TopicRecord: topicRecord,
  PartitionRecord: partitionRecord,
  ConfigRecord: configRecord,
  PartitionChangeRecord: partitionChangeRecord,
  FenceBrokerRecord: fenceBrokerRecord,
  UnfenceBrokerRecord: unfenceBrokerRecord,
  RemoveTopicRecord: removeTopicRecord,
  DelegationTokenRecord: delegationTokenRecord,
  UserScramCredentialRecord: userScramCredentialRecord,
  FeatureLevelRecord: featureLevelRecord,
  ClientQuotaRecord: clientQuotaRecord,
  ProducerIdsRecord: producerIdsRecord,
  BrokerRegistrationChangeRecord: brokerRegistrationChangeRecord,
  AccessControlEntryRecord: accessControlEntryRecord,
  RemoveAccessControlEntryRecord: removeAccessControlEntryRecord,
  NoOpRecord: noOpRecord,
  ZkMigrationStateRecord: zkMigrationStateRecord,
  RemoveUserScramCredentialRecord: removeUserScramCredentialRecord,
  BeginTransactionRecord: beginTransactionRecord,
  EndTransactionRecord: endTransactionRecord,
  AbortTransactionRecord: abortTransactionRecord,
  RemoveDelegationTokenRecord: removeDelegationTokenRecord,
  RegisterControllerRecord: registerControllerRecord,
  ClearElrRecord: clearElrRecord,
} as const;

type Records = typeof metadataRecords;
export type RecordType = keyof Records;

/** One record of type `T`, with the bytes that stand for it in the log. */
export interface RecordOf<T extends RecordType> {
  readonly type: T;
  readonly version: number;
  readonly value: Decoded<Records[T]>;
  readonly frame: Buffer;
}

/** Any record of the metadata log. */
export type MetadataRecord = { [T in RecordType]: RecordOf<T> }[RecordType];

const FRAME_VERSION = 1;

const typeByApiKey = new Map<number, RecordType>(
  Object.entries(metadataRecords).map(([name, message]) => [message.apiKey!, name as RecordType]),
);

/** A record the controller decided on, in the form that replaying it from the log will give. */
export function metadataRecord<T extends RecordType>(
  type: T,
  version: number,
  value: Encodable<Records[T]>,
): MetadataRecord {
  return decodeRecord(recordFrame(type, version, value));
}

/** The bytes that stand for a record in the log. */
export function recordFrame<T extends RecordType>(type: T, version: number, value: Encodable<Records[T]>): Buffer {
  const message: Message = metadataRecords[type];
  const writer = new Writer(128);
  writer.uvarint(FRAME_VERSION);
  writer.uvarint(message.apiKey!);
  writer.uvarint(version);
  codec(message, version).encode(value, writer);
  return writer.toBuffer();
}

/** A record of a type that Kafka 4.3 does not have. */
export class UnknownRecordError extends DecodeError {
  readonly recordType: number;

  constructor(recordType: number) {
    super(`metadata record of unknown type ${recordType}`);
    this.recordType = recordType;
  }
}

/** Reads a record's frame and body. Throws `DecodeError`, for a type that is not known `UnknownRecordError`. */
export function decodeRecord(frame: Buffer): MetadataRecord {
  const reader = new Reader(frame);
  const frameVersion = reader.uvarint();
  if (frameVersion !== FRAME_VERSION) throw new DecodeError(`metadata record with frame version ${frameVersion}`);
  const apiKey = reader.uvarint();
  const version = reader.uvarint();
  const type = typeByApiKey.get(apiKey);
  if (type === undefined) throw new UnknownRecordError(apiKey);
  const message: Message = metadataRecords[type];
  let value: unknown;
  try {
    value = codec(message, version).decode(reader);
  } catch (failure) {
    if (failure instanceof RangeError) throw new DecodeError(failure.message, { cause: failure });
    throw failure;
  }
  if (reader.remaining > 0)
    throw new DecodeError(`${reader.remaining} bytes are left after ${type} version ${version}`);
  // The table that `type` names is the one that decoded `value`.
  return { type, version, value, frame } as MetadataRecord;
}
