/**
 * Records of groups that are not served here: consumer, share and streams groups. Their bytes are kept as they are; of
 * their meaning only the group they belong to is read, and whether they are of a member.
 */
import { codec } from '../../../../protocol/codec.ts';
import { consumerGroupMetadataKey } from '../../../../protocol/schema/records/consumer-group-metadata.ts';
import { Reader } from '../../../../protocol/wire/reader.ts';

export type OpaqueGroupType = 'consumer' | 'share' | 'streams';

export interface OpaqueRecord {
  readonly kind: 'opaque';
  readonly groupId: string;
  readonly groupType: OpaqueGroupType;
  /** Whether it is there because of a member. */
  readonly isOfMember: boolean;
  readonly key: Buffer;
  readonly value: Buffer | null;
}

interface OpaqueKind {
  readonly groupType: OpaqueGroupType;
  readonly isOfMember: boolean;
}

const CONSUMER: OpaqueKind = { groupType: 'consumer', isOfMember: false };
const CONSUMER_MEMBER: OpaqueKind = { groupType: 'consumer', isOfMember: true };
const SHARE: OpaqueKind = { groupType: 'share', isOfMember: false };
const SHARE_MEMBER: OpaqueKind = { groupType: 'share', isOfMember: true };
const STREAMS: OpaqueKind = { groupType: 'streams', isOfMember: false };
const STREAMS_MEMBER: OpaqueKind = { groupType: 'streams', isOfMember: true };

/** By record type, which is the API key of each record's table in `protocol/schema/records`. */
const KINDS: ReadonlyMap<number, OpaqueKind> = new Map([
  [3, CONSUMER],
  [4, CONSUMER],
  [5, CONSUMER_MEMBER],
  [6, CONSUMER],
  [7, CONSUMER_MEMBER],
  [8, CONSUMER_MEMBER],
  [16, CONSUMER],
  [10, SHARE_MEMBER],
  [11, SHARE],
  [12, SHARE],
  [13, SHARE_MEMBER],
  [14, SHARE_MEMBER],
  [15, SHARE],
  [17, STREAMS],
  [19, STREAMS_MEMBER],
  [20, STREAMS],
  [21, STREAMS_MEMBER],
  [22, STREAMS_MEMBER],
  [23, STREAMS],
]);

/** Null for a type that no group of Kafka 4.3 has. */
export function decodeOpaque(type: number, key: Buffer, value: Buffer | null): OpaqueRecord | null {
  const kind = KINDS.get(type);
  if (kind === undefined) return null;
  // Every one of these keys begins with the group id, in the form of the simplest of them.
  const { groupId } = codec(consumerGroupMetadataKey, 0).decode(new Reader(key, 2));
  return {
    kind: 'opaque',
    groupId,
    ...kind,
    key: Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
  };
}
