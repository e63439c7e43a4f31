/** OffsetCommit, of a group's member or of a consumer that assigns partitions to itself. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts';
import type { offsetCommitRequest, offsetCommitResponse } from '../../../../protocol/schema/08-offset-commit.ts';
import type { Decoded, Encodable } from '../../../../protocol/schema/table.ts';
import type { ClassicGroup } from '../classic/group.ts';
import { restartSession } from '../classic/rebalance.ts';
import { newOffsetCommitValue, type OffsetCommitRecord } from '../group-records.ts';
import type { GroupState, GroupWrite } from '../group-state.ts';

export type CommitRequest = Decoded<typeof offsetCommitRequest>;
export type CommitResponse = Encodable<typeof offsetCommitResponse>;
type TopicRequest = CommitRequest['topics'][number];
type PartitionRequest = TopicRequest['partitions'][number];

const NO_RETENTION_TIME = -1;
/** From here on clients know what it means that a group is not there. */
const FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND = 9;

/**
 * Commits all topics of the request, whose names must be known by now.
 * @throws what the group as a whole answers: UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION,
 *   REBALANCE_IN_PROGRESS, GROUP_ID_NOT_FOUND
 */
export function commitOffsets(
  state: GroupState,
  apiVersion: number,
  request: CommitRequest,
): GroupWrite<CommitResponse> {
  checkCommit(state, apiVersion, request);
  const nowMs = state.clock.now();
  const records: OffsetCommitRecord[] = [];
  const topics = request.topics.map((topic) => ({
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitions.map((partition) => {
      const { partitionIndex, committedMetadata } = partition;
      // Kafka counts UTF-16 units, as its strings do.
      if ((committedMetadata?.length ?? 0) > state.config.offsetMetadataMaxBytes) {
        return { partitionIndex, errorCode: ErrorCode.OFFSET_METADATA_TOO_LARGE };
      }
      records.push(commitRecord(request, topic, partition, nowMs));
      return { partitionIndex, errorCode: ErrorCode.NONE };
    }),
  }));
  return { records, response: { topics } };
}

function commitRecord(
  { groupId, retentionTimeMs }: CommitRequest,
  { name, topicId }: TopicRequest,
  partition: PartitionRequest,
  nowMs: number,
): OffsetCommitRecord {
  return {
    kind: 'offsetCommit',
    key: { group: groupId, topic: name, partition: partition.partitionIndex },
    value: newOffsetCommitValue({
      offset: partition.committedOffset,
      leaderEpoch: partition.committedLeaderEpoch,
      metadata: partition.committedMetadata ?? '',
      commitTimestamp: nowMs,
      ...(retentionTimeMs === NO_RETENTION_TIME ? {} : { expireTimestamp: nowMs + retentionTimeMs }),
      topicId,
    }),
  };
}

function checkCommit(state: GroupState, apiVersion: number, request: CommitRequest): void {
  const { groupId, generationIdOrMemberEpoch: generationId, memberId } = request;
  const opaque = state.opaque(groupId);
  if (opaque !== undefined) {
    if (generationId < 0 && !opaque.hasMembers()) return;
    throw new KafkaError('UNKNOWN_MEMBER_ID', `${groupId} is a ${opaque.type} group, which is not served here`);
  }
  const group = state.classic.get(groupId);
  if (group === undefined) {
    // Without membership the first commit makes the group.
    if (generationId < 0) return;
    const error = apiVersion >= FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION';
    throw new KafkaError(error, `there is no group ${groupId}`);
  }
  checkMembership(group, request);
  // Commits prove that a member is alive, as heartbeats do.
  const member = group.member(memberId);
  if (member !== undefined && group.isIn('STABLE', 'PREPARING_REBALANCE')) restartSession(state.classic, group, member);
}

function checkMembership(group: ClassicGroup, request: CommitRequest): void {
  const { groupId, generationIdOrMemberEpoch: generationId, memberId, groupInstanceId } = request;
  if (generationId < 0 && group.isIn('EMPTY')) return;
  if (generationId < 0 && memberId === '' && groupInstanceId === null) {
    throw new KafkaError('UNKNOWN_MEMBER_ID', `group ${groupId} has members, only they may commit`);
  }
  group.checkMember(memberId, groupInstanceId);
  if (generationId !== group.generationId) {
    const message = `group ${groupId} is in generation ${group.generationId}, not ${generationId}`;
    throw new KafkaError('ILLEGAL_GENERATION', message);
  }
  if (group.isIn('COMPLETING_REBALANCE')) {
    throw new KafkaError('REBALANCE_IN_PROGRESS', `group ${groupId} waits for its leader's assignment`);
  }
}
