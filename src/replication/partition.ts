import { KafkaError } from '../../protocol/errors.ts';
import type {
  AppendInfo,
  AppendListener,
  AppendOrigin,
  FetchData,
  Isolation,
  Log,
  ReadLimits,
  TopicPartition,
} from '../log/log.ts';
import type { PartitionRegistration } from '../metadata/image.ts';
import { Traffic } from './traffic.ts';

/** What a partition's watchers are told: something a parked request may be waiting for has happened. */
export type PartitionListener = (partition: Partition) => void;

export interface PartitionOptions {
  readonly log: Log;
  readonly topicId: string;
  readonly localBrokerId: number;
  readonly registration: PartitionRegistration;
  /** Called on append, high watermark, log start, epoch change and deletion. */
  readonly onChange: PartitionListener;
}

/**
 * One partition's replica on this broker: its place in the metadata (leader, epochs, in-sync replicas) over its log. It
 * alone moves the log's high watermark. Kafka's `kafka.cluster.Partition`.
 */
export class Partition {
  readonly topicPartition: TopicPartition;
  /** `topic-partition`, as in directories and messages; made once, since each append looks for its watchers by it. */
  readonly name: string;
  readonly topicId: string;
  readonly traffic = new Traffic();
  readonly #localBrokerId: number;
  readonly #onChange: PartitionListener;
  #log: Log;
  #registration: PartitionRegistration;
  #isDeleted = false;
  /** Records up to here are counted. */
  #countedTo: number;

  constructor({ log, topicId, localBrokerId, registration, onChange }: PartitionOptions) {
    this.#log = log;
    this.topicPartition = log.topicPartition;
    this.name = `${log.topicPartition.topic}-${log.topicPartition.partition}`;
    this.topicId = topicId;
    this.#localBrokerId = localBrokerId;
    this.#onChange = onChange;
    this.#registration = registration;
    this.#countedTo = log.logEndOffset;
    log.watchAppends(this.#onAppended);
  }

  /** Another one once it was moved to another log dir. */
  get log(): Log {
    return this.#log;
  }

  /** The log was moved: this one has all that the other had. */
  replaceLog(log: Log): void {
    this.#log = log;
    log.watchAppends(this.#onAppended);
    this.becomeLeaderIfElected();
    this.#onChange(this);
  }

  get leaderId(): number {
    return this.#registration.leader;
  }

  get leaderEpoch(): number {
    return this.#registration.leaderEpoch;
  }

  get isLeader(): boolean {
    return this.#registration.leader === this.#localBrokerId && !this.#isDeleted && !this.log.isOffline;
  }

  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  /** All bytes appended since start; the difference of two readings tells a parked fetch how much has come. */
  get appendedBytes(): number {
    return this.traffic.bytesIn;
  }

  /** Takes a new registration from the metadata; a leader's epoch begins at its log's end. */
  update(registration: PartitionRegistration): void {
    this.#registration = registration;
    this.becomeLeaderIfElected();
    this.#onChange(this);
  }

  /** A leader's epoch begins at its log's end. */
  becomeLeaderIfElected(): void {
    if (!this.isLeader) return;
    if (this.log.latestEpoch() !== this.leaderEpoch) {
      this.log.assignEpochStartOffset(this.leaderEpoch, this.log.logEndOffset);
      this.#countedTo = this.log.logEndOffset;
    }
    this.#advanceHighWatermark();
  }

  /** The log is offline: wakes who waits on it. */
  markOffline(): void {
    this.#onChange(this);
  }

  /** Marks the partition as gone and wakes who waits on it. */
  markDeleted(): void {
    this.#isDeleted = true;
    this.#onChange(this);
  }

  /**
   * Refuses a request that is not for this leader or not of its epoch.
   * @param currentLeaderEpoch the client's idea of the epoch, −1 for none
   * @throws NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, UNKNOWN_TOPIC_OR_PARTITION,
   *   KAFKA_STORAGE_ERROR
   */
  checkLeader(currentLeaderEpoch: number): void {
    this.checkOnline();
    if (currentLeaderEpoch >= 0 && currentLeaderEpoch < this.leaderEpoch) {
      throw new KafkaError(
        'FENCED_LEADER_EPOCH',
        `epoch ${currentLeaderEpoch} of ${this.name} is over, it is at ${this.leaderEpoch}`,
      );
    }
    if (currentLeaderEpoch > this.leaderEpoch) {
      throw new KafkaError('UNKNOWN_LEADER_EPOCH', `epoch ${currentLeaderEpoch} of ${this.name} is not known here yet`);
    }
    if (!this.isLeader)
      throw new KafkaError('NOT_LEADER_OR_FOLLOWER', `broker ${this.#localBrokerId} does not lead ${this.name}`);
  }

  /** @throws UNKNOWN_TOPIC_OR_PARTITION, KAFKA_STORAGE_ERROR */
  checkOnline(): void {
    if (this.#isDeleted) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `${this.name} was deleted`);
    if (this.log.isOffline) throw new KafkaError('KAFKA_STORAGE_ERROR', `the log dir of ${this.name} is offline`);
  }

  /**
   * Appends batches as the leader. `listener` is told once they are written, and everybody who watches the partition has
   * been; of what the log refuses, too. Throws what `checkLeader` does.
   */
  startAppend(records: Buffer, origin: AppendOrigin, listener: AppendListener): void {
    this.checkLeader(-1);
    this.#log.startAppend(records, { leaderEpoch: this.leaderEpoch, origin }, listener);
  }

  /** `startAppend` as a promise. */
  append(records: Buffer, origin: AppendOrigin): Promise<AppendInfo> {
    return new Promise((appended, refused) => this.startAppend(records, origin, { appended, refused }));
  }

  readonly #onAppended = (bytes: number): void => {
    this.traffic.bytesIn += bytes;
    const { logEndOffset } = this.#log;
    this.traffic.messagesIn += logEndOffset - this.#countedTo;
    this.#countedTo = logEndOffset;
    this.#advanceHighWatermark();
    this.#onChange(this);
  };

  /** The offset that a read of this isolation stops before. */
  endOffset(isolation: Isolation): number {
    if (isolation === 'logEnd') return this.log.logEndOffset;
    return isolation === 'lastStable' ? this.log.lastStableOffset : this.log.highWatermark;
  }

  /** Reads from `offset`, at once where it can; OFFSET_OUT_OF_RANGE outside the log or above the high watermark. */
  read(offset: number, limits: ReadLimits): FetchData | Promise<FetchData> {
    return this.log.readNow(offset, limits) ?? this.log.read(offset, limits);
  }

  /** DeleteRecords: moves the log start; −1 means the high watermark. Returns the new log start offset. */
  deleteRecordsBefore(offset: number): number {
    if (!this.log.config.cleanupPolicy.has('delete')) {
      throw new KafkaError(
        'POLICY_VIOLATION',
        `records of ${this.name} cannot be deleted, its cleanup.policy is compact`,
      );
    }
    const target = offset === -1 ? this.log.highWatermark : offset;
    if (target < 0 || target > this.log.highWatermark) {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `${offset} is outside 0 to ${this.log.highWatermark} of ${this.name}`,
      );
    }
    this.log.incrementLogStartOffset(target);
    this.#onChange(this);
    return this.log.logStartOffset;
  }

  /** With its only in-sync replica here, everything written is committed. */
  #advanceHighWatermark(): void {
    if (!this.isLeader) return;
    const { isr } = this.#registration;
    if (isr.length === 1 && isr[0] === this.#localBrokerId) this.log.updateHighWatermark(this.log.logEndOffset);
  }
}
