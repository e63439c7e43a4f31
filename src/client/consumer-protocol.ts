/** What classic consumers tell each other through JoinGroup and SyncGroup (`ConsumerProtocol`): a version and a body. */
import { codec, encodeWhole } from '../../protocol/codec.ts';
import { consumerProtocolAssignment } from '../../protocol/schema/records/consumer-protocol-assignment.ts';
import { consumerProtocolSubscription } from '../../protocol/schema/records/consumer-protocol-subscription.ts';
import { type Decoded, type Encodable, type Message, versionRange } from '../../protocol/schema/table.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import { byTopic, type TopicPartition } from './offsets.ts';

/** The first with owned partitions, which eager members have none of. */
const VERSION = 1;

export function writeSubscription(topics: readonly string[]): Buffer {
  return write(consumerProtocolSubscription, { topics: [...topics] });
}

/** The topics that a member wants; throws `DecodeError`. */
export function readSubscription(bytes: Buffer): string[] {
  return read(consumerProtocolSubscription, bytes).topics;
}

export function writeAssignment(partitions: readonly TopicPartition[]): Buffer {
  const assignedPartitions = byTopic(partitions).map(([topic, indexes]) => ({ topic, partitions: indexes }));
  return write(consumerProtocolAssignment, { assignedPartitions });
}

/** The partitions that a member was given, none where the bytes are empty; throws `DecodeError`. */
export function readAssignment(bytes: Buffer): TopicPartition[] {
  if (bytes.length === 0) return [];
  return read(consumerProtocolAssignment, bytes).assignedPartitions.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}

function write<M extends Message>(message: M, value: Encodable<M>): Buffer {
  const prefix = Buffer.alloc(2);
  prefix.writeInt16BE(VERSION);
  return Buffer.concat([prefix, encodeWhole(message, VERSION, value)]);
}

/** Newer versions only add to the end. */
function read<M extends Message>(message: M, bytes: Buffer): Decoded<M> {
  const reader = new Reader(bytes);
  const version = Math.min(reader.int16(), versionRange(message.versions).high);
  return codec(message, version).decode(reader);
}
