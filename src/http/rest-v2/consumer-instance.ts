import type { Cluster } from '../../client/cluster.ts';
import { commitOffsets, committedOffsets } from '../../client/committed-offsets.ts';
import { GroupConsumer } from '../../client/group-consumer.ts';
import { listOffsets, partitionName, SpecialTimestamp, type TopicPartition } from '../../client/offsets.ts';
import { PartitionReader, type ReadBatch } from '../../client/partition-reader.ts';
import type { ConsumedMessage } from '../../local-client/messages.ts';
import { RestError } from '../rest-error.ts';
import type { Format } from './formats.ts';
import { RestCode } from './rest-error.ts';

/** What an instance reads at once, and may hold until it is asked again. */
const READ_BYTES = 256 * 1024;

export interface InstanceSettings {
  readonly groupId: string;
  readonly instanceId: string;
  readonly format: Format;
  readonly offsetReset: 'earliest' | 'latest';
  readonly autoCommit: boolean;
  /** `consumer.request.timeout.ms`: how long a request for records waits. */
  readonly requestTimeoutMs: number;
}

export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number;
  readonly metadata?: string;
}

/**
 * A consumer that lives in the broker and is worked by requests: as a member of a group once it has subscribed, or with
 * partitions that it was given. One thing at a time.
 */
export class ConsumerInstance {
  readonly settings: InstanceSettings;
  readonly #cluster: Cluster;
  #topics: readonly string[] = [];
  #member: GroupConsumer | undefined;
  #reader: PartitionReader | undefined;
  /** Read and not handed out, for the bound to an answer's size. */
  #left: ConsumedMessage[] = [];
  #queue: Promise<unknown> = Promise.resolve();

  constructor(cluster: Cluster, settings: InstanceSettings) {
    this.#cluster = cluster;
    this.settings = settings;
  }

  get subscription(): readonly string[] {
    return this.#topics;
  }

  /** Joins the group for these topics at the next read; none leaves it. */
  subscribe(topics: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#reader !== undefined) throw illegal('Subscription to topics and manual assignment exclude each other');
      this.#seekBack();
      await this.#member?.close();
      this.#topics = topics;
      const { groupId, offsetReset, autoCommit } = this.settings;
      const options = {
        groupId,
        topics,
        offsetReset,
        autoCommit,
        maxBytes: READ_BYTES,
        isolation: 'read_committed',
      } as const;
      this.#member = topics.length === 0 ? undefined : new GroupConsumer(this.#cluster, options);
    });
  }

  assign(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#member !== undefined) throw illegal('Subscription to topics and manual assignment exclude each other');
      const { groupId, offsetReset } = this.settings;
      // What is read already is read on where it was.
      const readOn = new Map(this.#handedOut().map((each) => [partitionName(each), each.offset]));
      const committed = await committedOffsets(this.#cluster, groupId, partitions);
      const timestamp = offsetReset === 'earliest' ? SpecialTimestamp.EARLIEST : SpecialTimestamp.LATEST;
      const reset = await listOffsets(this.#cluster, partitions, timestamp);
      const reader = new PartitionReader(this.#cluster, {
        isolation: 'read_committed',
        offsetReset,
        maxBytes: READ_BYTES,
      });
      reader.assign(
        partitions.map((each) => {
          const name = partitionName(each);
          return { ...each, offset: readOn.get(name) ?? committed.get(name)?.offset ?? reset.get(name) ?? 0 };
        }),
      );
      this.#left = [];
      this.#reader = reader;
    });
  }

  /** The partitions that are read, and where each is to be read on. */
  assignment(): readonly TopicPartitionOffset[] {
    return this.#member?.assignment() ?? this.#reader?.positions() ?? [];
  }

  /**
   * Messages as they come, at least one unless `timeoutMs` passes; about `maxBytes` of them, each as `shown` shows it. One
   * that it throws for ends the answer, and is the next one's failure until a seek passes over it. When the signal is
   * aborted nothing is taken: the next one who asks gets it.
   */
  read<T>(
    { timeoutMs, maxBytes, signal }: { timeoutMs: number; maxBytes: number; signal: AbortSignal },
    shown: (message: ConsumedMessage) => T,
  ): Promise<T[]> {
    return this.#inTurn(async () => {
      const { clock } = this.#cluster.ports;
      const endMs = clock.monotonic() + timeoutMs;
      while (this.#left.length === 0 && !signal.aborted) {
        this.#left = (await this.#poll()).flatMap(({ messages }) => messages);
        if (clock.monotonic() >= endMs) break;
      }
      return signal.aborted ? [] : this.#take(maxBytes, shown);
    });
  }

  #take<T>(maxBytes: number, shown: (message: ConsumedMessage) => T): T[] {
    const taken: T[] = [];
    let bytes = 0;
    for (const message of this.#left) {
      bytes += (message.key?.length ?? 0) + (message.value?.length ?? 0);
      if (taken.length > 0 && bytes > maxBytes) break;
      try {
        taken.push(shown(message));
      } catch (failure) {
        if (taken.length === 0) throw failure;
        break;
      }
    }
    this.#left.splice(0, taken.length);
    return taken;
  }

  seek(offsets: readonly TopicPartitionOffset[]): Promise<void> {
    return this.#inTurn(async () => this.#seek(offsets));
  }

  seekTo(place: 'beginning' | 'end', partitions: readonly TopicPartition[]): Promise<void> {
    return this.#inTurn(async () => {
      const timestamp = place === 'beginning' ? SpecialTimestamp.EARLIEST : SpecialTimestamp.LATEST;
      const offsets = await listOffsets(this.#cluster, partitions, timestamp, 'read_committed');
      this.#seek(partitions.map((each) => ({ ...each, offset: offsets.get(partitionName(each)) ?? 0 })));
    });
  }

  /** Commits these offsets, or all that was handed out. */
  commit(offsets: readonly TopicPartitionOffset[] | null): Promise<void> {
    return this.#inTurn(async () => {
      const wanted = offsets ?? this.#handedOut();
      if (this.#member === undefined) await commitOffsets(this.#cluster, this.settings.groupId, wanted);
      else await this.#member.commit(wanted);
    });
  }

  async committed(partitions: readonly TopicPartition[]): Promise<TopicPartitionOffset[]> {
    return [...(await committedOffsets(this.#cluster, this.settings.groupId, partitions)).values()];
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#seekBack();
      const { autoCommit, groupId } = this.settings;
      try {
        if (autoCommit && this.#reader !== undefined) await commitOffsets(this.#cluster, groupId, this.assignment());
        await this.#member?.close();
      } finally {
        this.#cluster.close();
      }
    });
  }

  /** What is under way fails, the close too: a group misses the member by its session. */
  abandon(): void {
    this.#cluster.close();
  }

  #poll(): Promise<ReadBatch[]> {
    if (this.#member !== undefined) return this.#member.poll();
    if (this.#reader !== undefined) return this.#reader.poll();
    throw illegal('Consumer is not subscribed to any topics or assigned any partitions');
  }

  #seek(offsets: readonly TopicPartitionOffset[]): void {
    const mine = new Set(this.assignment().map(partitionName));
    const foreign = offsets.find((each) => !mine.has(partitionName(each)));
    if (foreign !== undefined) throw illegal(`No current assignment for partition ${partitionName(foreign)}`);
    for (const each of offsets) {
      this.#member?.seek(each, each.offset);
      this.#reader?.seek(each, each.offset);
      this.#left = this.#left.filter((message) => partitionName(message) !== partitionName(each));
    }
  }

  /** Positions without what was read and not handed out. */
  #handedOut(): TopicPartitionOffset[] {
    const firstLeft = new Map(this.#left.toReversed().map((message) => [partitionName(message), message.offset]));
    return this.assignment().map((each) => ({ ...each, offset: firstLeft.get(partitionName(each)) ?? each.offset }));
  }

  #seekBack(): void {
    this.#seek(this.#handedOut());
    this.#left = [];
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }
}

function illegal(sentence: string): RestError {
  return new RestError(RestCode.ILLEGAL_STATE, sentence);
}
