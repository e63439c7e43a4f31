import type { KafkaError } from '../../protocol/errors.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import type { CompressionType } from '../../protocol/records/compression.ts';
import { produceRequest, produceResponse } from '../../protocol/schema/00-produce.ts';
import { fetchRequest, fetchResponse } from '../../protocol/schema/01-fetch.ts';
import { listOffsetsRequest, listOffsetsResponse } from '../../protocol/schema/02-list-offsets.ts';
import { metadataRequest, metadataResponse } from '../../protocol/schema/03-metadata.ts';
import { createTopicsRequest, createTopicsResponse } from '../../protocol/schema/19-create-topics.ts';
import { deleteTopicsRequest, deleteTopicsResponse } from '../../protocol/schema/20-delete-topics.ts';
import type { Decoded, Encodable, Message as MessageTable } from '../../protocol/schema/table.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { type Attributes, type SpanKind, type Tracing, traced } from '../platform/tracing.ts';
import { errorOf, throwIfFailed } from './errors.ts';
import { type LocalApi, LocalRequests, type LocalRequestsOptions } from './local-requests.ts';
import { type ConsumedMessage, type Message, readRecords, recordSizeBound, toRecord } from './messages.ts';
import { partitionForKey, StickyPartitions } from './partitioner.ts';
import { append, type PartitionBatch, type ProduceOutcome } from './produce.ts';

const PRODUCE = [produceRequest, produceResponse] as const;
const FETCH = [fetchRequest, fetchResponse] as const;
const LIST_OFFSETS = [listOffsetsRequest, listOffsetsResponse] as const;
const METADATA = [metadataRequest, metadataResponse] as const;
const CREATE_TOPICS = [createTopicsRequest, createTopicsResponse] as const;
const DELETE_TOPICS = [deleteTopicsRequest, deleteTopicsResponse] as const;
/** The last versions that name topics. */
const PRODUCE_VERSION = 12;
const FETCH_VERSION = 12;
const LIST_OFFSETS_VERSION = 10;
const METADATA_VERSION = 13;
const CREATE_TOPICS_VERSION = 7;
const DELETE_TOPICS_VERSION = 6;

const DEFAULT_TIMEOUT_MS = 30_000;
/** `fetch.max.bytes` of the Java consumer is 50 MiB; what is read here becomes objects at once. */
const DEFAULT_FETCH_BYTES = 1024 * 1024;

/** Offsets that ListOffsets takes in the place of a timestamp. */
export const EARLIEST = -2;
export const LATEST = -1;

export type Isolation = 'read_uncommitted' | 'read_committed';

const SPANS = {
  send: { type: 'send', kind: 'producer' },
  poll: { type: 'receive', kind: 'client' },
} as const satisfies Record<string, { readonly type: string; readonly kind: SpanKind }>;

export interface LocalClientOptions extends LocalRequestsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Told of what is produced and fetched; nobody when absent. */
  readonly tracing?: Tracing | undefined;
}

export interface ProduceOptions {
  /** −1 when absent: all replicas that are in sync. */
  readonly acks?: 1 | -1;
  readonly timeoutMs?: number;
  /** None when absent. */
  readonly compression?: CompressionType;
  /** Whether a topic that is missing is made where `auto.create.topics.enable` allows it; true when absent. */
  readonly allowAutoTopicCreation?: boolean;
}

export interface FetchOptions {
  readonly partitions: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[];
  /** Of records, as stored; at least one batch comes, whatever its size. 1 MiB when absent. */
  readonly maxBytes?: number;
  /** Of each partition. */
  readonly maxMessages?: number;
  /** How long to wait for `minBytes`; 0 when absent: what is there now. */
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
  readonly isolation?: Isolation;
  readonly signal?: AbortSignal | undefined;
}

/** What was read of one partition. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly error: KafkaError | null;
  readonly messages: ConsumedMessage[];
  /** Where to read on. */
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
}

export interface NewTopic {
  readonly name: string;
  /** `num.partitions` when absent. */
  readonly numPartitions?: number;
  /** `default.replication.factor` when absent. */
  readonly replicationFactor?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export type ClusterMetadata = Decoded<typeof metadataResponse>;
export type TopicMetadata = ClusterMetadata['topics'][number];
export type CreatedTopic = Decoded<typeof createTopicsResponse>['topics'][number];
export type DeletedTopic = Decoded<typeof deleteTopicsResponse>['responses'][number];

/**
 * A client of the broker in its own process, for the embedding program and for HTTP. Its calls are Kafka's requests,
 * served as those of sockets are (`LocalRequests`); errors are `KafkaError`s.
 */
export class LocalClient {
  readonly #requests: LocalRequests;
  readonly #clock: Clock;
  readonly #sticky: StickyPartitions;
  readonly #clientId: string;
  readonly #tracing: Tracing | undefined;

  constructor({ clock, random, tracing, ...requests }: LocalClientOptions) {
    this.#requests = new LocalRequests(requests);
    this.#clock = clock;
    this.#sticky = new StickyPartitions(random);
    this.#clientId = requests.clientId;
    this.#tracing = tracing;
  }

  /** Any request of Kafka's and its answer. See `LocalRequests.send`. */
  request<Req extends MessageTable, Res extends MessageTable>(
    api: LocalApi<Req, Res>,
    version: number,
    body: Encodable<Req>,
    signal?: AbortSignal,
  ): Promise<Decoded<Res>> {
    return this.#requests.send(api, version, body, signal);
  }

  /**
   * Appends messages to a topic, in their order within each partition, and answers for each in the order given. Those
   * without a partition go where the Java client sends them. Rejects when the topic as a whole cannot be written to.
   */
  produce(topic: string, messages: readonly Message[], options: ProduceOptions = {}): Promise<ProduceOutcome[]> {
    return this.#traced('send', topic, { 'messaging.batch.message_count': messages.length }, () =>
      this.#produce(topic, messages, options),
    );
  }

  async #produce(topic: string, messages: readonly Message[], options: ProduceOptions): Promise<ProduceOutcome[]> {
    const { acks = -1, timeoutMs = DEFAULT_TIMEOUT_MS, compression = 'none' } = options;
    if (messages.length === 0) return [];
    const { partitions } = await this.topicMetadata(topic, options);
    const nowMs = this.#clock.now();
    const placed = messages.map((message) => {
      const record = toRecord(message, nowMs);
      const partition =
        message.partition ??
        (record.key === null
          ? this.#sticky.next(topic, partitions.length, recordSizeBound(record))
          : partitionForKey(record.key, partitions.length));
      return { partition, record };
    });
    const send = async (batches: readonly PartitionBatch[]) => {
      const partitionData = batches.map(({ partition, records }) => ({
        index: partition,
        records: buildBatch(records, { compression }),
      }));
      const body = { acks, timeoutMs, topicData: [{ name: topic, partitionData }] };
      const { responses } = await this.#requests.send(PRODUCE, PRODUCE_VERSION, body);
      const answers = responses.flatMap(({ partitionResponses }) => partitionResponses);
      return new Map(answers.map((answer) => [answer.index, answer]));
    };
    return append(send, topic, placed);
  }

  /** Reads partitions from the offsets given. An error of one partition is in its place; rejects when all failed as one. */
  fetch(options: FetchOptions): Promise<FetchedPartition[]> {
    return this.#traced('poll', options.partitions[0]?.topic ?? '', {}, () => this.#fetch(options));
  }

  async #fetch(options: FetchOptions): Promise<FetchedPartition[]> {
    const { partitions, maxBytes = DEFAULT_FETCH_BYTES, maxMessages = Number.POSITIVE_INFINITY } = options;
    const { maxWaitMs = 0, minBytes = 1, isolation = 'read_uncommitted', signal } = options;
    const body = {
      maxWaitMs,
      minBytes,
      maxBytes,
      isolationLevel: isolation === 'read_committed' ? 1 : 0,
      topics: partitions.map(({ topic, partition, offset }) => ({
        topic,
        partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes }],
      })),
    };
    const answer = await this.#requests.send(FETCH, FETCH_VERSION, body, signal);
    throwIfFailed(answer, 'Fetch');
    const wanted = new Map(partitions.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]));
    return answer.responses.flatMap(({ topic, partitions: answers }) =>
      answers.map((each) => {
        const { partitionIndex: partition, highWatermark, logStartOffset, records } = each;
        const read = readRecords({
          bytes: records ?? Buffer.alloc(0),
          fetchOffset: wanted.get(`${topic}-${partition}`) ?? 0,
          maxMessages,
          abortedTransactions: isolation === 'read_committed' ? each.abortedTransactions : null,
        });
        const messages = read.records.map(({ offset, timestamp, key, value, headers }) => ({
          ...{ topic, partition, offset, timestamp, key, value, headers },
        }));
        const error = errorOf(each, `Fetch of ${topic}-${partition}`);
        return { topic, partition, error, messages, nextOffset: read.nextOffset, highWatermark, logStartOffset };
      }),
    );
  }

  /**
   * The offset that a timestamp stands for in one partition: the first record at it or later, −1 where there is none;
   * `EARLIEST` is the start of the log, `LATEST` its end as consumers see it.
   */
  async listOffset(topic: string, partition: number, timestamp: number, isolation?: Isolation): Promise<number> {
    const body = {
      replicaId: -1,
      isolationLevel: isolation === 'read_committed' ? 1 : 0,
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
    };
    const { topics } = await this.#requests.send(LIST_OFFSETS, LIST_OFFSETS_VERSION, body);
    const answer = topics[0]!.partitions[0]!;
    throwIfFailed(answer, `ListOffsets of ${topic}-${partition}`);
    return answer.offset;
  }

  /** The brokers, and the topics named; all topics where `topics` is null. A topic's error is in its place. */
  metadata(
    topics: readonly string[] | null,
    { allowAutoTopicCreation = false }: Pick<ProduceOptions, 'allowAutoTopicCreation'> = {},
  ): Promise<ClusterMetadata> {
    const body = { topics: topics?.map((name) => ({ name })) ?? null, allowAutoTopicCreation };
    return this.#requests.send(METADATA, METADATA_VERSION, body);
  }

  /** One topic, made on the way where that is allowed. Rejects with UNKNOWN_TOPIC_OR_PARTITION and the like. */
  async topicMetadata(
    topic: string,
    { allowAutoTopicCreation = true }: Pick<ProduceOptions, 'allowAutoTopicCreation'> = {},
  ): Promise<TopicMetadata> {
    const answer = await this.metadata([topic], { allowAutoTopicCreation });
    throwIfFailed(answer, 'Metadata');
    const found = answer.topics[0]!;
    throwIfFailed(found, `Metadata of topic ${topic}`);
    return found;
  }

  /** Each topic's answer, errors in their places (`errorCode`, `errorMessage`). */
  async createTopics(
    topics: readonly NewTopic[],
    { timeoutMs = DEFAULT_TIMEOUT_MS, validateOnly = false }: { timeoutMs?: number; validateOnly?: boolean } = {},
  ): Promise<CreatedTopic[]> {
    const body = {
      timeoutMs,
      validateOnly,
      topics: topics.map(({ name, numPartitions = -1, replicationFactor = -1, configs = {} }) => ({
        ...{ name, numPartitions, replicationFactor },
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      })),
    };
    return (await this.#requests.send(CREATE_TOPICS, CREATE_TOPICS_VERSION, body)).topics;
  }

  /** Each topic's answer, errors in their places. */
  async deleteTopics(
    names: readonly string[],
    { timeoutMs = DEFAULT_TIMEOUT_MS }: { timeoutMs?: number } = {},
  ): Promise<DeletedTopic[]> {
    const body = { timeoutMs, topics: names.map((name) => ({ name })) };
    return (await this.#requests.send(DELETE_TOPICS, DELETE_TOPICS_VERSION, body)).responses;
  }

  /** Spans as OpenTelemetry's conventions for messaging name them. */
  #traced<T>(operation: keyof typeof SPANS, topic: string, more: Attributes, work: () => Promise<T>): Promise<T> {
    if (this.#tracing === undefined) return work();
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.destination.name': topic,
      'messaging.operation.name': operation,
      'messaging.operation.type': SPANS[operation].type,
      'messaging.client.id': this.#clientId,
      ...more,
    };
    return traced(this.#tracing, { name: `${operation} ${topic}`, kind: SPANS[operation].kind, attributes }, work);
  }

  /** Calls back once when the client closes. */
  onClose(callback: () => void): void {
    this.#requests.onClose(callback);
  }

  /** Gives up what waits and resolves when nothing of it is under way any more. */
  close(): Promise<void> {
    return this.#requests.close();
  }
}
