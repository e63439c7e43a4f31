/** Topics of offset requests: ids to names, and the shapes that OffsetFetch had before it took several groups. */
import { ErrorCode, type ErrorName } from '../../../../protocol/errors.ts';
import type { offsetFetchRequest, offsetFetchResponse } from '../../../../protocol/schema/09-offset-fetch.ts';
import type { Decoded, Encodable } from '../../../../protocol/schema/table.ts';
import { ZERO_UUID } from '../group-records.ts';
import type { TopicLookup } from '../ports.ts';
import type { CommitRequest, CommitResponse } from './commit-offsets.ts';
import type { FetchGroupRequest, FetchGroupResponse, FetchTopicResponse } from './fetch-offsets.ts';

export type FetchRequest = Decoded<typeof offsetFetchRequest>;
export type FetchResponse = Encodable<typeof offsetFetchResponse>;

/** From here on OffsetCommit and OffsetFetch name topics by id. */
const FIRST_VERSION_WITH_TOPIC_IDS = 10;
/** From here on OffsetFetch takes several groups. */
const FIRST_VERSION_WITH_GROUPS = 8;
/** From here on OffsetFetch has an error for the whole. */
const FIRST_VERSION_WITH_TOP_LEVEL_ERROR = 2;

type CommitTopic = CommitRequest['topics'][number];
type CommitTopicResponse = NonNullable<CommitResponse['topics']>[number];
type FetchTopic = NonNullable<FetchGroupRequest['topics']>[number];

/** A topic that can be served, named; or the answer for one that cannot. */
type Resolved<T, A> = { readonly topic: T } | { readonly answer: A };

export function resolveCommitTopics(
  lookup: TopicLookup,
  apiVersion: number,
  topics: readonly CommitTopic[],
): Resolved<CommitTopic, CommitTopicResponse>[] {
  return topics.map((topic) => {
    if (apiVersion >= FIRST_VERSION_WITH_TOPIC_IDS) {
      const name = lookup.topicName(topic.topicId);
      return name === undefined ? { answer: commitFailed(topic, 'UNKNOWN_TOPIC_ID') } : { topic: { ...topic, name } };
    }
    const isThere = lookup.topicId(topic.name) !== undefined;
    return isThere ? { topic } : { answer: commitFailed(topic, 'UNKNOWN_TOPIC_OR_PARTITION') };
  });
}

export function commitFailed({ name, topicId, partitions }: CommitTopic, error: ErrorName): CommitTopicResponse {
  const errorCode = ErrorCode[error];
  return { name, topicId, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) };
}

/** Offsets of topics that are gone can still be fetched by name. */
export function resolveFetchTopics(
  lookup: TopicLookup,
  apiVersion: number,
  topics: readonly FetchTopic[],
): Resolved<FetchTopic, FetchTopicResponse>[] {
  return topics.map((topic) => {
    if (apiVersion < FIRST_VERSION_WITH_TOPIC_IDS) return { topic };
    const name = lookup.topicName(topic.topicId);
    return name === undefined ? { answer: fetchFailed(topic, 'UNKNOWN_TOPIC_ID') } : { topic: { ...topic, name } };
  });
}

function fetchFailed({ name, topicId, partitionIndexes }: FetchTopic, error: ErrorName): FetchTopicResponse {
  return {
    name,
    topicId,
    partitions: partitionIndexes.map((partitionIndex) => ({
      partitionIndex,
      committedOffset: -1,
      committedLeaderEpoch: -1,
      metadata: '',
      errorCode: ErrorCode[error],
    })),
  };
}

/** The topics of a fetch of all; those without an id now cannot be named from version 10 on. */
export function nameTopics(
  lookup: TopicLookup,
  apiVersion: number,
  topics: readonly FetchTopicResponse[],
): FetchTopicResponse[] {
  if (apiVersion < FIRST_VERSION_WITH_TOPIC_IDS) return [...topics];
  return topics.flatMap((topic) => {
    const topicId = lookup.topicId(topic.name ?? '');
    return topicId === undefined ? [] : [{ ...topic, topicId }];
  });
}

/** Puts answers found elsewhere back in the request's order, around those for `topic`s. */
export function mergeAnswers<T, A>(resolved: readonly Resolved<T, A>[], answers: readonly A[]): A[] {
  let next = 0;
  return resolved.map((each) => ('answer' in each ? each.answer : answers[next++]!));
}

export function servable<T, A>(resolved: readonly Resolved<T, A>[]): T[] {
  return resolved.flatMap((each) => ('topic' in each ? [each.topic] : []));
}

/** The groups that a request asks for, in the newest shape. */
export function fetchedGroups(apiVersion: number, request: FetchRequest): FetchGroupRequest[] {
  if (apiVersion >= FIRST_VERSION_WITH_GROUPS) return request.groups;
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null;
  return [{ groupId: request.groupId, memberId: null, memberEpoch: -1, topics }];
}

/** Answers in the shape of the request's version. */
export function fetchResponse(
  apiVersion: number,
  request: FetchRequest,
  groups: readonly FetchGroupResponse[],
): FetchResponse {
  if (apiVersion >= FIRST_VERSION_WITH_GROUPS) return { groups };
  const { topics = [], errorCode = ErrorCode.NONE } = groups[0] ?? {};
  const plain = topics.map(({ name, partitions }) => ({ name, partitions }));
  if (errorCode === ErrorCode.NONE) return { topics: plain };
  if (apiVersion >= FIRST_VERSION_WITH_TOP_LEVEL_ERROR) return { topics: [], errorCode };
  return {
    topics: (request.topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: -1,
        metadata: '',
        errorCode,
      })),
    })),
  };
}
