/** What turns a record's key and value into text: the decoders of Kafka's tool, by the names of its options. */
import { codec } from '../../../protocol/codec.ts';
import type { Record } from '../../../protocol/records/batch.ts';
import { persisted } from '../../../protocol/schema/persisted.ts';
import { consumerProtocolAssignment } from '../../../protocol/schema/records/consumer-protocol-assignment.ts';
import { consumerProtocolSubscription } from '../../../protocol/schema/records/consumer-protocol-subscription.ts';
import { groupMetadataValue } from '../../../protocol/schema/records/group-metadata.ts';
import { type Message, versionRange } from '../../../protocol/schema/table.ts';
import { DecodeError } from '../../../protocol/wire/decode-error.ts';
import { Reader } from '../../../protocol/wire/reader.ts';
import { metadataRecords } from '../../metadata/records.ts';
import { type JavaJson, javaJson, javaJsonText, javaString, NumberText } from './java-text.ts';

export interface DecodedRecord {
  readonly key?: string | undefined;
  readonly payload?: string | undefined;
}

/** A record that is none of the decoder's gives text that says so. */
export type Decoder = (record: Record) => DecodedRecord;

export type BytesDecoder = (bytes: Buffer) => string;

/** Kafka's decoder classes, by their names without the package. */
export const bytesDecoders: ReadonlyMap<string, BytesDecoder> = new Map<string, BytesDecoder>([
  ['StringDecoder', javaString],
  ['IntegerDecoder', (bytes) => String(sized(bytes, 4).readInt32BE())],
  ['LongDecoder', (bytes) => String(sized(bytes, 8).readBigInt64BE())],
]);

function sized(bytes: Buffer, size: number): Buffer {
  if (bytes.length < size) throw new DecodeError(`${size} bytes are wanted for the number, ${bytes.length} are there`);
  return bytes;
}

/** Keys and values as they are. */
export function plainDecoder(key: BytesDecoder, value: BytesDecoder): Decoder {
  return (record) => {
    try {
      return {
        key: record.key === null ? undefined : key(record.key),
        payload: record.value === null ? undefined : value(record.value),
      };
    } catch (error) {
      return { key: skipping(record, error) };
    }
  };
}

/** The key's and the value's table of each record type of a coordinator's topic. */
type RecordTypes = ReadonlyMap<number, { readonly key: Message; readonly value: Message }>;

const SHARE_KEYS = ['ShareSnapshotKey', 'ShareUpdateKey'];
const TRANSACTION_KEYS = ['TransactionLogKey'];

/** `__consumer_offsets` */
export function offsetsDecoder(): Decoder {
  return coordinatorDecoder(recordTypes((name) => !SHARE_KEYS.includes(name) && !TRANSACTION_KEYS.includes(name)));
}

/** `__transaction_state` */
export function transactionLogDecoder(): Decoder {
  return coordinatorDecoder(recordTypes((name) => TRANSACTION_KEYS.includes(name)));
}

/** `__share_group_state` */
export function shareGroupStateDecoder(): Decoder {
  return coordinatorDecoder(recordTypes((name) => SHARE_KEYS.includes(name)));
}

function recordTypes(isWanted: (keyName: string) => boolean): RecordTypes {
  const byName = new Map(persisted.map((message) => [message.name, message]));
  const types = new Map<number, { key: Message; value: Message }>();
  for (const key of persisted) {
    const value = byName.get(key.name.replace(/Key$/, 'Value'));
    if (!key.name.endsWith('Key') || !isWanted(key.name) || key.apiKey === undefined || value === undefined) continue;
    types.set(key.apiKey, { key, value });
  }
  return types;
}

function coordinatorDecoder(types: RecordTypes): Decoder {
  return (record) => {
    const { offset, key, value } = record;
    try {
      if (key === null) throw new DecodeError('it has no key, so it is none of this topic');
      const keyReader = new Reader(key);
      const type = keyReader.int16();
      const tables = types.get(type);
      if (tables === undefined) return { key: `Unknown record type ${type} at offset ${offset}, skipping.` };
      const keyText = javaJsonText({ type: String(type), data: decoded(tables.key, 0, keyReader) });
      if (value === null) return { key: keyText, payload: '<DELETE>' };
      const valueReader = new Reader(value);
      const version = valueReader.int16();
      const data = decoded(tables.value, version, valueReader);
      if (tables.value === groupMetadataValue) unwrapMembers(data);
      return { key: keyText, payload: javaJsonText({ version: String(version), data }) };
    } catch (error) {
      return { key: skipping(record, error) };
    }
  };
}

/** A version that a table does not have is a `RangeError`; anything else is not the record's fault. */
function skipping({ offset }: Record, error: unknown): string {
  if (error instanceof DecodeError || error instanceof RangeError) {
    return `Error at offset ${offset}, skipping. ${error.message}`;
  }
  throw error;
}

function decoded(message: Message, version: number, reader: Reader): { [name: string]: JavaJson } {
  return javaJson(message, version, codec(message, version, { exact: true }).decode(reader));
}

/** What the members of a consumer group subscribe to and are assigned is in the clients' own format. */
function unwrapMembers(group: { [name: string]: JavaJson }): void {
  const { protocolType, members } = group;
  if (protocolType !== 'consumer' || !Array.isArray(members)) return;
  for (const member of members) {
    if (member === null || typeof member !== 'object' || Array.isArray(member) || member instanceof NumberText)
      continue;
    unwrap(member, 'subscription', consumerProtocolSubscription);
    unwrap(member, 'assignment', consumerProtocolAssignment);
  }
}

/** Bytes that are not what they should be stay as they are. */
function unwrap(member: { [name: string]: JavaJson }, field: string, message: Message): void {
  const base64 = member[field];
  if (typeof base64 !== 'string') return;
  try {
    const reader = new Reader(Buffer.from(base64, 'base64'));
    const { low, high } = versionRange(message.versions);
    // As Kafka reads a version that it does not have.
    const version = Math.max(low, Math.min(high, reader.int16()));
    member[field] = decoded(message, version, reader);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
}

const METADATA_FRAME_VERSION = 1;

/** `__cluster_metadata` and its snapshots. */
export function clusterMetadataDecoder(): Decoder {
  const types = new Map(
    Object.entries(metadataRecords).map(([name, message]): [number, [string, Message]] => [
      message.apiKey!,
      [upperSnake(name), message],
    ]),
  );
  return (record) => {
    const { value } = record;
    try {
      if (value === null) throw new DecodeError('it has no value');
      const reader = new Reader(value);
      const frameVersion = reader.uvarint();
      if (frameVersion !== METADATA_FRAME_VERSION) throw new DecodeError(`it has frame version ${frameVersion}`);
      const apiKey = reader.uvarint();
      const version = reader.uvarint();
      const found = types.get(apiKey);
      if (found === undefined) throw new DecodeError(`it is of type ${apiKey}, which Kafka does not have`);
      const [type, message] = found;
      const data = decoded(message, version, reader);
      if (reader.remaining > 0) throw new DecodeError(`${reader.remaining} bytes are left after it`);
      return { payload: javaJsonText({ type, version, data }) };
    } catch (error) {
      // Kafka leaves out the word here.
      return { payload: skipping(record, error).replace('at offset', 'at') };
    }
  };
}

/** `RegisterBrokerRecord` → `REGISTER_BROKER_RECORD` */
function upperSnake(name: string): string {
  return name.replace(/(?<!^)[A-Z]/g, '_$&').toUpperCase();
}
