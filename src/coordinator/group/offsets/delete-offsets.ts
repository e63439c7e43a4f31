/** OffsetDelete, and what is dropped with topics. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts';
import type { offsetDeleteRequest, offsetDeleteResponse } from '../../../../protocol/schema/47-offset-delete.ts';
import type { Decoded, Encodable } from '../../../../protocol/schema/table.ts';
import { type GroupRecord, offsetTombstone, ZERO_UUID } from '../group-records.ts';
import type { GroupState, GroupWrite } from '../group-state.ts';

export type DeleteOffsetsRequest = Decoded<typeof offsetDeleteRequest>;
export type DeleteOffsetsResponse = Encodable<typeof offsetDeleteResponse>;

/** @throws GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP when it is not known what the group's members read */
export function deleteOffsets(state: GroupState, request: DeleteOffsetsRequest): GroupWrite<DeleteOffsetsResponse> {
  const { groupId } = request;
  const isSubscribedTo = subscriptionOf(state, groupId);
  const records: GroupRecord[] = [];
  const topics = request.topics.map(({ name, partitions }) => {
    const isInUse = isSubscribedTo(name);
    const errorCode = isInUse ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE;
    for (const { partitionIndex } of isInUse ? [] : partitions) {
      const { offsets } = state;
      const isThere =
        offsets.get(groupId, name, partitionIndex) !== undefined || offsets.hasPending(groupId, name, partitionIndex);
      if (isThere) records.push(offsetTombstone(groupId, name, partitionIndex));
    }
    return { name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) };
  });
  return { records, response: { topics } };
}

function subscriptionOf(state: GroupState, groupId: string): (topic: string) => boolean {
  const opaque = state.opaque(groupId);
  if (opaque !== undefined) {
    if (opaque.hasMembers()) throw new KafkaError('NON_EMPTY_GROUP', `${opaque.type} group ${groupId} has members`);
    return () => false;
  }
  const group = state.classic.get(groupId);
  if (group === undefined) throw new KafkaError('GROUP_ID_NOT_FOUND', `there is no group ${groupId}`);
  if (!group.isIn('EMPTY') && !group.usesConsumerProtocol) {
    throw new KafkaError('NON_EMPTY_GROUP', `group ${groupId} has members of type ${group.protocolType}`);
  }
  return (topic) => group.isSubscribedTo(topic);
}

export interface DeletedTopic {
  readonly name: string;
  readonly id: string;
}

/** Drops the offsets of deleted topics in all groups; those of a new topic of the same name stay. */
export function deleteOffsetsOfTopics(state: GroupState, topics: readonly DeletedTopic[]): GroupWrite<void> {
  const idByName = new Map(topics.map(({ name, id }) => [name, id]));
  const records: GroupRecord[] = [];
  for (const groupId of state.offsets.groupIds()) {
    for (const [topic, partition, { topicId }] of state.offsets.partitionsOf(groupId)) {
      const deletedId = idByName.get(topic);
      if (deletedId === undefined || (topicId !== ZERO_UUID && topicId !== deletedId)) continue;
      records.push(offsetTombstone(groupId, topic, partition));
    }
  }
  return { records, response: undefined, isDivisible: true };
}
