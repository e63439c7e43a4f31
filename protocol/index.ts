/**
 * `samsa/protocol`: Kafka's messages and record batches, values to bytes and back, without a broker. Every message and
 * persisted record of Apache Kafka 4.3, every version.
 */
export { type Codec, type CodecOptions, codec, decodeWhole, encodeWhole } from './codec.ts';
export { ErrorCode, type ErrorName, errorName, isRetriable, KafkaError } from './errors.ts';
export { fromJson, type Json, toJson } from './json.ts';
export { messageNamed } from './messages.ts';
export {
  BatchView,
  batches,
  type NewRecord,
  type Record,
  type RecordHeader,
  type RecordsOptions,
  records,
} from './records/batch.ts';
export { type BatchOptions, buildBatch } from './records/builder.ts';
export { type Api, apis } from './schema/requests.ts';
export type { Decoded, Encodable, Message, VersionRange } from './schema/table.ts';
export { inVersions, versionRange } from './schema/table.ts';
export { DecodeError, EncodeError } from './wire/decode-error.ts';
export { Reader } from './wire/reader.ts';
export { Writer } from './wire/writer.ts';
