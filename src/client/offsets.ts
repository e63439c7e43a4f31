/** Offsets that timestamps and the ends of partitions stand for. */
import { listOffsetsRequest, listOffsetsResponse } from '../../protocol/schema/02-list-offsets.ts';
import { throwIfFailed } from '../local-client/errors.ts';
import type { Isolation } from '../local-client/local-client.ts';
import type { Cluster } from './cluster.ts';

const LIST_OFFSETS = [listOffsetsRequest, listOffsetsResponse] as const;
/** −3 to −5 as timestamps came up to here. */
const LIST_OFFSETS_VERSION = 9;

/** What ListOffsets takes in the place of a timestamp. */
export const SpecialTimestamp = { LATEST: -1, EARLIEST: -2 } as const;

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/**
 * For each partition the offset of its first record at `timestamp` (milliseconds) or later, −1 where there is none; or
 * what a `SpecialTimestamp` stands for. By `topic-partition`.
 */
export async function listOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestamp: number,
  isolation: Isolation = 'read_uncommitted',
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  let left = partitions;
  await cluster.retrying(async () => {
    const byLeader = await groupByLeader(cluster, left);
    for (const [leader, led] of byLeader) {
      const body = {
        replicaId: -1,
        isolationLevel: isolation === 'read_committed' ? 1 : 0,
        topics: byTopic(led).map(([name, indexes]) => ({
          name,
          partitions: indexes.map((partitionIndex) => ({ partitionIndex, timestamp })),
        })),
      };
      const connection = await cluster.broker(leader);
      const answer = await connection.send(LIST_OFFSETS, body, { maxVersion: LIST_OFFSETS_VERSION });
      for (const { name: topic, partitions: answers } of answer.topics) {
        for (const each of answers) {
          const at = { topic, partition: each.partitionIndex };
          if (each.errorCode !== 0) cluster.forgetLeader(at.topic, at.partition);
          throwIfFailed(each, `ListOffsets of ${partitionName(at)}`);
          found.set(partitionName(at), each.offset);
        }
      }
    }
    left = left.filter((each) => !found.has(partitionName(each)));
  });
  return found;
}

/** Partitions by the broker that leads them. */
export async function groupByLeader<T extends TopicPartition>(
  cluster: Cluster,
  partitions: readonly T[],
): Promise<Map<number, T[]>> {
  const groups = new Map<number, T[]>();
  for (const each of partitions) {
    const leader = await cluster.leaderOf(each.topic, each.partition);
    const led = groups.get(leader);
    if (led === undefined) groups.set(leader, [each]);
    else led.push(each);
  }
  return groups;
}

/** Partition indexes by topic, in the shape that many requests have. */
export function byTopic(partitions: readonly TopicPartition[]): [topic: string, indexes: number[]][] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    const indexes = topics.get(topic);
    if (indexes === undefined) topics.set(topic, [partition]);
    else indexes.push(partition);
  }
  return [...topics];
}
