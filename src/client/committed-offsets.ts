import { offsetCommitRequest, offsetCommitResponse } from '../../protocol/schema/08-offset-commit.ts';
import { offsetFetchRequest, offsetFetchResponse } from '../../protocol/schema/09-offset-fetch.ts';
import { throwIfFailed } from '../local-client/errors.ts';
import type { Cluster } from './cluster.ts';
import { byTopic, partitionName, type TopicPartition } from './offsets.ts';

const OFFSET_COMMIT = [offsetCommitRequest, offsetCommitResponse] as const;
/** The last version that names topics. */
const OFFSET_COMMIT_VERSION = 9;
const OFFSET_FETCH = [offsetFetchRequest, offsetFetchResponse] as const;
/** The last version that asks for one group at a time. */
const OFFSET_FETCH_VERSION = 7;

export interface CommittedOffset extends TopicPartition {
  readonly offset: number;
  readonly metadata: string;
}

/** What a group committed, by `topic-partition`: of these partitions, or of all where null. */
export async function committedOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[] | null,
): Promise<Map<string, CommittedOffset>> {
  if (partitions?.length === 0) return new Map();
  const topics =
    partitions === null ? null : byTopic(partitions).map(([name, partitionIndexes]) => ({ name, partitionIndexes }));
  const answer = await cluster.toCoordinator(
    groupId,
    OFFSET_FETCH,
    { groupId, topics, requireStable: true },
    (got) => {
      throwIfFailed(got, `offsets of group ${groupId}`);
      for (const each of got.topics.flatMap(({ partitions: found }) => found)) {
        throwIfFailed(each, `offsets of group ${groupId}`);
      }
    },
    { maxVersion: OFFSET_FETCH_VERSION },
  );
  const found = answer.topics.flatMap(({ name: topic, partitions: answers }) =>
    answers.map(({ partitionIndex: partition, committedOffset: offset, metadata }) => ({
      ...{ topic, partition, offset },
      metadata: metadata ?? '',
    })),
  );
  return new Map(found.filter(({ offset }) => offset >= 0).map((each) => [partitionName(each), each]));
}

/** Who commits: a member, or nobody of the group, which is allowed while it has no members. */
export interface Committer {
  readonly generationId: number;
  readonly memberId: string;
}

const NOBODY: Committer = { generationId: -1, memberId: '' };

/** Commits where each partition is to be read on. Rejects with the first error. */
export async function commitOffsets(
  cluster: Cluster,
  groupId: string,
  offsets: readonly (TopicPartition & { readonly offset: number; readonly metadata?: string })[],
  { generationId, memberId }: Committer = NOBODY,
): Promise<void> {
  const byName = new Map(offsets.map((each) => [partitionName(each), each]));
  const topics = byTopic(offsets).map(([name, indexes]) => ({
    name,
    partitions: indexes.map((partitionIndex) => {
      const { offset, metadata = '' } = byName.get(`${name}-${partitionIndex}`)!;
      return { partitionIndex, committedOffset: offset, committedMetadata: metadata };
    }),
  }));
  await cluster.toCoordinator(
    groupId,
    OFFSET_COMMIT,
    { groupId, generationIdOrMemberEpoch: generationId, memberId, topics },
    (answer) => {
      for (const each of answer.topics.flatMap(({ partitions }) => partitions)) {
        throwIfFailed(each, `the offsets of group ${groupId}`);
      }
    },
    { maxVersion: OFFSET_COMMIT_VERSION },
  );
}
