/** The topics' part of replaying: topics and partitions as records change them. */
import type { Decoded } from '../../protocol/schema/table.ts';
import type { Change, MetadataImage, PartitionRegistration, TopicChange, TopicImage } from './image.ts';
import { DirectoryId } from './image.ts';
import type { metadataRecords } from './records.ts';

type PartitionValue = Decoded<(typeof metadataRecords)['PartitionRecord']>;
type PartitionChangeValue = Decoded<(typeof metadataRecords)['PartitionChangeRecord']>;

/** PartitionChangeRecord's marks for what stays as it is. */
export const NO_LEADER_CHANGE = -2;
const NO_RECOVERY_STATE_CHANGE = -1;

interface EditedTopic {
  readonly id: string;
  readonly name: string;
  readonly before: TopicImage | undefined;
  readonly partitions: Map<number, PartitionRegistration>;
  readonly changed: Set<number>;
}

/** Shared by all partitions that have nothing in a list: most lists of most partitions. */
const NONE: readonly never[] = Object.freeze([]);

export class TopicsBuilder {
  readonly #from: MetadataImage;
  readonly #edited = new Map<string, EditedTopic>();
  readonly #removed = new Map<string, TopicImage>();

  constructor(from: MetadataImage) {
    this.#from = from;
  }

  add(id: string, name: string): void {
    if (this.#edited.has(id) || this.#from.topicsById.has(id)) throw new Error(`TopicRecord for ${id}, which is there`);
    this.#edited.set(id, { id, name, before: undefined, partitions: new Map(), changed: new Set() });
  }

  addPartition(value: PartitionValue): void {
    const topic = this.#edit(value.topicId, 'PartitionRecord');
    topic.partitions.set(value.partitionId, registrationOf(value));
    topic.changed.add(value.partitionId);
  }

  changePartition(value: PartitionChangeValue): void {
    const topic = this.#edit(value.topicId, 'PartitionChangeRecord');
    const partition = topic.partitions.get(value.partitionId);
    if (partition === undefined) {
      throw new Error(`PartitionChangeRecord for ${topic.name}-${value.partitionId}, which does not exist`);
    }
    topic.partitions.set(value.partitionId, mergeChange(partition, value));
    topic.changed.add(value.partitionId);
  }

  /** Returns the name that the topic had. */
  remove(id: string): string {
    const edited = this.#edited.get(id);
    const topic = edited === undefined ? this.#from.topicsById.get(id) : edited.before;
    const name = edited?.name ?? topic?.name;
    if (name === undefined || this.#removed.has(id)) throw new Error(`RemoveTopicRecord for unknown topic id ${id}`);
    this.#edited.delete(id);
    if (topic !== undefined) this.#removed.set(id, topic);
    return name;
  }

  /** Of one topic, or of all when the name is ''. */
  clearElr(topicName: string): void {
    for (const id of topicName === '' ? this.#ids() : [this.#idOf(topicName)]) {
      const topic = this.#edited.get(id) ?? this.#from.topicsById.get(id)!;
      for (const [number, partition] of topic.partitions) {
        if (partition.elr.length === 0 && partition.lastKnownElr.length === 0) continue;
        const edited = this.#edit(id, 'ClearElrRecord');
        edited.partitions.set(number, {
          ...partition,
          elr: NONE,
          lastKnownElr: NONE,
          partitionEpoch: partition.partitionEpoch + 1,
        });
        edited.changed.add(number);
      }
    }
  }

  build(): {
    readonly topicsByName: ReadonlyMap<string, TopicImage>;
    readonly topicsById: ReadonlyMap<string, TopicImage>;
    readonly changes: ReadonlyMap<string, TopicChange>;
  } {
    const { topicsByName, topicsById } = this.#from;
    const changes = new Map<string, TopicChange>();
    if (this.#edited.size === 0 && this.#removed.size === 0) return { topicsByName, topicsById, changes };
    const byName = new Map(topicsByName);
    const byId = new Map(topicsById);
    for (const [id, before] of this.#removed) {
      byName.delete(before.name);
      byId.delete(id);
      changes.set(id, { before, after: null, partitions: removedPartitions(before) });
    }
    for (const { id, name, before, partitions, changed } of this.#edited.values()) {
      const after: TopicImage = { name, id, partitions };
      byName.set(name, after);
      byId.set(id, after);
      const partitionChanges = new Map<number, Change<PartitionRegistration>>();
      for (const number of changed) {
        partitionChanges.set(number, {
          before: before?.partitions.get(number) ?? null,
          after: partitions.get(number) ?? null,
        });
      }
      changes.set(id, { before: before ?? null, after, partitions: partitionChanges });
    }
    return { topicsByName: byName, topicsById: byId, changes };
  }

  #edit(id: string, type: string): EditedTopic {
    let topic = this.#edited.get(id);
    if (topic === undefined) {
      const before = this.#removed.has(id) ? undefined : this.#from.topicsById.get(id);
      if (before === undefined) throw new Error(`${type} for unknown topic id ${id}`);
      topic = { id, name: before.name, before, partitions: new Map(before.partitions), changed: new Set() };
      this.#edited.set(id, topic);
    }
    return topic;
  }

  #ids(): string[] {
    const ids = new Set([...this.#from.topicsById.keys(), ...this.#edited.keys()]);
    return [...ids].filter((id) => !this.#removed.has(id));
  }

  #idOf(name: string): string {
    for (const topic of this.#edited.values()) if (topic.name === name) return topic.id;
    const topic = this.#from.topicsByName.get(name);
    if (topic === undefined || this.#removed.has(topic.id)) throw new Error(`ClearElrRecord for unknown topic ${name}`);
    return topic.id;
  }
}

function removedPartitions(topic: TopicImage): ReadonlyMap<number, Change<PartitionRegistration>> {
  return new Map(Array.from(topic.partitions, ([number, before]) => [number, { before, after: null }]));
}

function list<T>(values: readonly T[] | null): readonly T[] {
  return values === null || values.length === 0 ? NONE : values;
}

/** Equal lists are stored once: in a topic without a change of replicas, the ISR is the replicas. */
function shared<T>(values: readonly T[], other: readonly T[]): readonly T[] {
  if (values.length === 0) return NONE;
  return values.length === other.length && values.every((value, i) => value === other[i]) ? other : values;
}

function registrationOf(value: PartitionValue): PartitionRegistration {
  return {
    partition: value.partitionId,
    replicas: value.replicas,
    isr: shared(value.isr, value.replicas),
    removingReplicas: list(value.removingReplicas),
    addingReplicas: list(value.addingReplicas),
    leader: value.leader,
    leaderEpoch: value.leaderEpoch,
    partitionEpoch: value.partitionEpoch,
    directories: value.directories.length === 0 ? value.replicas.map(() => DirectoryId.MIGRATING) : value.directories,
    leaderRecoveryState: value.leaderRecoveryState,
    elr: list(value.eligibleLeaderReplicas),
    lastKnownElr: list(value.lastKnownElr),
  };
}

function mergeChange(before: PartitionRegistration, value: PartitionChangeValue): PartitionRegistration {
  const replicas = value.replicas ?? before.replicas;
  const leaderChanges = value.leader !== NO_LEADER_CHANGE;
  return {
    partition: before.partition,
    replicas,
    isr: value.isr === null ? before.isr : shared(value.isr, replicas),
    removingReplicas: value.removingReplicas === null ? before.removingReplicas : list(value.removingReplicas),
    addingReplicas: value.addingReplicas === null ? before.addingReplicas : list(value.addingReplicas),
    leader: leaderChanges ? value.leader : before.leader,
    // A leader of −1 counts: every change of leader, even to none, begins an epoch.
    leaderEpoch: leaderChanges ? before.leaderEpoch + 1 : before.leaderEpoch,
    partitionEpoch: before.partitionEpoch + 1,
    directories: value.directories ?? directoriesFor(replicas, before),
    leaderRecoveryState:
      value.leaderRecoveryState === NO_RECOVERY_STATE_CHANGE ? before.leaderRecoveryState : value.leaderRecoveryState,
    elr: value.eligibleLeaderReplicas === null ? before.elr : list(value.eligibleLeaderReplicas),
    lastKnownElr: value.lastKnownElr === null ? before.lastKnownElr : list(value.lastKnownElr),
  };
}

/** The directories stay with their replicas; a replica new to the list has none yet. */
function directoriesFor(replicas: readonly number[], before: PartitionRegistration): readonly string[] {
  if (replicas === before.replicas) return before.directories;
  return replicas.map((replica) => before.directories[before.replicas.indexOf(replica)] ?? DirectoryId.UNASSIGNED);
}
