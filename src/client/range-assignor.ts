/** Kafka's range assignor (`RangeAssignor`), for members without racks. */
import type { TopicPartition } from './offsets.ts';

/**
 * Each topic's partitions in ranges over its subscribers in the order of their ids; the first ones get one more where it
 * does not come out even. Every member is in the answer.
 */
export function assignRanges(
  subscriptions: ReadonlyMap<string, readonly string[]>,
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, TopicPartition[]> {
  const assigned = new Map<string, TopicPartition[]>([...subscriptions.keys()].map((memberId) => [memberId, []]));
  const topics = [...new Set([...subscriptions.values()].flat())].sort();
  for (const topic of topics) {
    const members = [...subscriptions].filter(([, wanted]) => wanted.includes(topic)).map(([memberId]) => memberId);
    const count = partitionCounts.get(topic) ?? 0;
    let next = 0;
    members.sort().forEach((memberId, place) => {
      const share = Math.floor(count / members.length) + (place < count % members.length ? 1 : 0);
      for (const end = next + share; next < end; next++) assigned.get(memberId)!.push({ topic, partition: next });
    });
  }
  return assigned;
}
