/**
 * Committed offsets of all groups of a partition, and those of transactions that are still open. What a group commits
 * in a transaction is pending, under the producer's id, until the transaction's marker is replayed.
 */
import { type Offset, type SnapshotRegistry, TimelineMap } from '../../runtime/timeline.ts';
import type { OffsetCommitRecord } from '../group-records.ts';

/** Where a group is in a partition. */
export interface CommittedOffset {
  readonly offset: number;
  /** −1 when the client gave none. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestampMs: number;
  /** Null where the broker's retention decides. */
  readonly expireTimestampMs: number | null;
  /** All zero when the client committed by name. */
  readonly topicId: string;
  /** Of the record that says so; a later one wins over an earlier, in whatever order transactions end. */
  readonly recordOffset: Offset;
}

type PartitionOffsets = TimelineMap<number, CommittedOffset>;
type TopicOffsets = TimelineMap<string, PartitionOffsets>;

/** Offsets by group, topic and partition. Maps that run empty are dropped. */
class OffsetTree {
  readonly #registry: SnapshotRegistry;
  readonly #groups: TimelineMap<string, TopicOffsets>;

  constructor(registry: SnapshotRegistry) {
    this.#registry = registry;
    this.#groups = new TimelineMap(registry);
  }

  group(groupId: string, at?: Offset): TopicOffsets | undefined {
    return this.#groups.get(groupId, at);
  }

  groupIds(): Iterable<string> {
    return this.#groups.keys();
  }

  get(groupId: string, topic: string, partition: number, at?: Offset): CommittedOffset | undefined {
    return this.#groups.get(groupId, at)?.get(topic, at)?.get(partition, at);
  }

  set(groupId: string, topic: string, partition: number, value: CommittedOffset): void {
    let topics = this.#groups.get(groupId);
    if (topics === undefined) {
      topics = new TimelineMap(this.#registry);
      this.#groups.set(groupId, topics);
    }
    let partitions = topics.get(topic);
    if (partitions === undefined) {
      partitions = new TimelineMap(this.#registry);
      topics.set(topic, partitions);
    }
    partitions.set(partition, value);
  }

  delete(groupId: string, topic: string, partition: number): void {
    const topics = this.#groups.get(groupId);
    const partitions = topics?.get(topic);
    if (topics === undefined || partitions === undefined) return;
    partitions.delete(partition);
    if (partitions.isEmpty()) topics.delete(topic);
    if (topics.isEmpty()) this.#groups.delete(groupId);
  }
}

const NO_PRODUCER = -1;

export class OffsetStore {
  readonly #registry: SnapshotRegistry;
  readonly #committed: OffsetTree;
  /** By producer id. */
  readonly #pending: TimelineMap<number, OffsetTree>;

  constructor(registry: SnapshotRegistry) {
    this.#registry = registry;
    this.#committed = new OffsetTree(registry);
    this.#pending = new TimelineMap(registry);
  }

  get(groupId: string, topic: string, partition: number, at?: Offset): CommittedOffset | undefined {
    return this.#committed.get(groupId, topic, partition, at);
  }

  /** A group's offsets, topic by topic. */
  *ofGroup(groupId: string, at?: Offset): Generator<[topic: string, offsets: Iterable<[number, CommittedOffset]>]> {
    const topics = this.#committed.group(groupId, at);
    if (topics === undefined) return;
    for (const [topic, partitions] of topics.entries(at)) yield [topic, partitions.entries(at)];
  }

  hasOffsets(groupId: string): boolean {
    return this.#committed.group(groupId) !== undefined;
  }

  /** Groups with an offset, pending ones included. */
  groupIds(): Set<string> {
    const ids = new Set(this.#committed.groupIds());
    for (const tree of this.#pending.values()) for (const id of tree.groupIds()) ids.add(id);
    return ids;
  }

  hasPending(groupId: string, topic: string, partition: number): boolean {
    for (const tree of this.#pending.values()) if (tree.get(groupId, topic, partition) !== undefined) return true;
    return false;
  }

  /** Whether a transaction that committed offsets of the group is open. */
  hasOpenTransaction(groupId: string): boolean {
    for (const tree of this.#pending.values()) if (tree.group(groupId) !== undefined) return true;
    return false;
  }

  /** Every topic and partition with a committed or pending offset of the group, once. */
  *partitionsOf(groupId: string): Generator<[topic: string, partition: number, offset: CommittedOffset]> {
    const seen = new Set<string>();
    for (const tree of [this.#committed, ...this.#pending.values()]) {
      const topics = tree.group(groupId);
      if (topics === undefined) continue;
      for (const [topic, partitions] of topics.entries()) {
        for (const [partition, offset] of partitions.entries()) {
          const key = `${topic}\n${partition}`;
          if (seen.has(key)) continue;
          seen.add(key);
          yield [topic, partition, offset];
        }
      }
    }
  }

  replay(recordOffset: Offset, producerId: number, { key, value }: OffsetCommitRecord): void {
    const { group, topic, partition } = key;
    if (value === null) {
      this.#committed.delete(group, topic, partition);
      for (const tree of this.#pending.values()) tree.delete(group, topic, partition);
      return;
    }
    this.#treeOf(producerId).set(group, topic, partition, {
      offset: value.offset,
      leaderEpoch: value.leaderEpoch,
      metadata: value.metadata,
      commitTimestampMs: value.commitTimestamp,
      expireTimestampMs: value.expireTimestamp < 0 ? null : value.expireTimestamp,
      topicId: value.topicId,
      recordOffset,
    });
  }

  /** A transaction's marker: its offsets count from now on, or never did. */
  replayEndTransaction(producerId: number, committed: boolean): void {
    const pending = this.#pending.get(producerId);
    if (pending === undefined) return;
    this.#pending.delete(producerId);
    if (!committed) return;
    for (const groupId of [...pending.groupIds()]) {
      for (const [topic, partitions] of pending.group(groupId)?.entries() ?? []) {
        for (const [partition, value] of partitions.entries()) this.#settle(groupId, topic, partition, value);
      }
    }
  }

  /** Compaction keeps records in order of offset, so the later record must win, not the later marker. */
  #settle(groupId: string, topic: string, partition: number, value: CommittedOffset): void {
    const present = this.#committed.get(groupId, topic, partition);
    if (present !== undefined && present.recordOffset > value.recordOffset) return;
    this.#committed.set(groupId, topic, partition, value);
  }

  #treeOf(producerId: number): OffsetTree {
    if (producerId === NO_PRODUCER) return this.#committed;
    let tree = this.#pending.get(producerId);
    if (tree === undefined) {
      tree = new OffsetTree(this.#registry);
      this.#pending.set(producerId, tree);
    }
    return tree;
  }
}
