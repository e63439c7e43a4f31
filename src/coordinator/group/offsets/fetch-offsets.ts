/** OffsetFetch of one group. */
import { ErrorCode } from '../../../../protocol/errors.ts';
import type { offsetFetchRequest, offsetFetchResponse } from '../../../../protocol/schema/09-offset-fetch.ts';
import type { Decoded, Encodable } from '../../../../protocol/schema/table.ts';
import { LATEST, type Offset } from '../../runtime/timeline.ts';
import { ZERO_UUID } from '../group-records.ts';
import type { GroupState } from '../group-state.ts';
import type { CommittedOffset } from './offset-store.ts';

export type FetchGroupRequest = Decoded<typeof offsetFetchRequest>['groups'][number];
export type FetchGroupResponse = NonNullable<Encodable<typeof offsetFetchResponse>['groups']>[number];
export type FetchTopicResponse = NonNullable<FetchGroupResponse['topics']>[number];
type FetchPartitionResponse = NonNullable<FetchTopicResponse['partitions']>[number];

const NO_OFFSET = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: ErrorCode.NONE };

/**
 * Offsets as of `at`. With LATEST, which is for requests that want stable offsets only, those that an open transaction
 * may change are refused instead.
 */
export function fetchOffsets(state: GroupState, request: FetchGroupRequest, at: Offset): FetchGroupResponse {
  const { groupId, topics } = request;
  if (topics === null) return { groupId, topics: allTopics(state, groupId, at) };
  return {
    groupId,
    topics: topics.map(({ name, topicId, partitionIndexes }) => ({
      name,
      topicId,
      partitions: partitionIndexes.map((partitionIndex) => {
        const offset = state.offsets.get(groupId, name, partitionIndex, at);
        const isOfThisTopic = offset === undefined || isSameTopic(offset.topicId, topicId);
        return partitionResponse(
          state,
          { groupId, topic: name, partitionIndex },
          isOfThisTopic ? offset : undefined,
          at,
        );
      }),
    })),
  };
}

/** What was committed for a topic that is gone does not count for a new one of its name. */
function isSameTopic(committedId: string, askedId: string): boolean {
  return committedId === ZERO_UUID || askedId === ZERO_UUID || committedId === askedId;
}

function allTopics(state: GroupState, groupId: string, at: Offset): FetchTopicResponse[] {
  const topics: FetchTopicResponse[] = [];
  for (const [topic, offsets] of state.offsets.ofGroup(groupId, at)) {
    const partitions: FetchPartitionResponse[] = [];
    for (const [partitionIndex, offset] of offsets) {
      partitions.push(partitionResponse(state, { groupId, topic, partitionIndex }, offset, at));
    }
    topics.push({ name: topic, partitions });
  }
  return topics;
}

function partitionResponse(
  state: GroupState,
  { groupId, topic, partitionIndex }: { groupId: string; topic: string; partitionIndex: number },
  offset: CommittedOffset | undefined,
  at: Offset,
): FetchPartitionResponse {
  if (at === LATEST && state.offsets.hasPending(groupId, topic, partitionIndex)) {
    return { ...NO_OFFSET, partitionIndex, errorCode: ErrorCode.UNSTABLE_OFFSET_COMMIT };
  }
  if (offset === undefined) return { ...NO_OFFSET, partitionIndex };
  return {
    partitionIndex,
    committedOffset: offset.offset,
    committedLeaderEpoch: offset.leaderEpoch,
    metadata: offset.metadata,
    errorCode: ErrorCode.NONE,
  };
}
