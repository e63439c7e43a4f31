/**
 * Produce (KIP-98, KIP-516). Kafka 4.3 serves versions 3–13 but advertises 0–13 for librdkafka's sake (KAFKA-18659);
 * what comes at 0–2 is answered UNSUPPORTED_VERSION.
 */
import { ErrorCode, type ErrorName, KafkaError, toKafkaError } from '../../protocol/errors.ts';
import { BATCH_HEADER_BYTES, LOG_OVERHEAD_BYTES } from '../../protocol/records/batch.ts';
import { produceRequest, produceResponse } from '../../protocol/schema/00-produce.ts';
import type { Decoded, Encodable } from '../../protocol/schema/table.ts';
import { InvalidRecordError } from '../log/invalid-record-error.ts';
import type { AppendInfo, AppendListener } from '../log/log.ts';
import { AclOperation } from '../metadata/acls.ts';
import { Later } from '../platform/later.ts';
import type { Partition } from '../replication/partition.ts';
import { checkTopicAccess } from './access.ts';
import type { BrokerContext } from './context.ts';
import { CloseConnection, handler } from './handler.ts';
import { isInternalTopic } from './internal-topics.ts';
import { leaderHint, nodeEndpointsOf } from './leader-hint.ts';
import type { RequestContext } from './request-context.ts';

const FIRST_SERVED_VERSION = 3;
const FIRST_ZSTD_VERSION = 7;
const FIRST_VERSION_WITH_TOPIC_IDS = 13;
const ZSTD = 4;
const TRANSACTIONAL_BIT = 0x10;
/** Where a batch's attributes lie: behind base offset, length, leader epoch, magic and CRC; low byte second. */
const ATTRIBUTES_LOW_BYTE = 22;

/** The one client that Kafka lets write to internal topics. */
const ADMIN_CLIENT_ID = '__admin_client';
const BATCH_LENGTH = 8;
const MAGIC = 16;
/** Errors whose answer Kafka gives without the log's start; all others that the log itself raises carry it. */
const WITHOUT_LOG_START: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_LEADER_OR_FOLLOWER',
  'MESSAGE_TOO_LARGE',
  'CORRUPT_MESSAGE',
  'KAFKA_STORAGE_ERROR',
]);

type Request = Decoded<typeof produceRequest>;
type Topic = Request['topicData'][number];
type PartitionAnswer = NonNullable<
  NonNullable<Encodable<typeof produceResponse>['responses']>[number]['partitionResponses']
>[number] & { readonly errorCode: number };

export const produce = handler({
  request: { ...produceRequest, versions: '0-13' },
  response: { ...produceResponse, versions: '0-13' },
  releasesFrame: true,

  handle(request, context, broker) {
    if (context.apiVersion < FIRST_SERVED_VERSION) {
      throw new KafkaError('UNSUPPORTED_VERSION', `Produce version ${context.apiVersion} is not served, 3 to 13 are`);
    }
    if (request.acks < -1 || request.acks > 1) {
      throw new KafkaError('INVALID_REQUIRED_ACKS', `acks is ${request.acks}; −1, 0 and 1 are allowed`);
    }
    return new RunningProduce(request, context, broker).start();
  },

  failed(request, error) {
    if (request.acks === 0) throw new CloseConnection(`produce with acks=0 failed: ${error.message}`, { cause: error });
    return {
      responses: request.topicData.map(({ name, topicId, partitionData }) => ({
        name,
        topicId,
        partitionResponses: partitionData.map(({ index }) => failure(index, error)),
      })),
    };
  },
});

/** A Produce request from its first append to its answer, which is there with the last of them. */
class RunningProduce {
  readonly request: Request;
  readonly context: RequestContext;
  readonly broker: BrokerContext;
  readonly #answer = new Later<Encodable<typeof produceResponse> | null>();
  readonly #appends: PartitionProduce[] = [];
  #unanswered = 0;

  constructor(request: Request, context: RequestContext, broker: BrokerContext) {
    this.request = request;
    this.context = context;
    this.broker = broker;
  }

  /** Every append starts before this returns: requests of a connection keep their order in the log. */
  start(): Later<Encodable<typeof produceResponse> | null> {
    for (const topic of this.request.topicData) {
      for (const { index } of topic.partitionData) this.#appends.push(new PartitionProduce(this, topic, index));
    }
    let next = 0;
    this.#unanswered = this.#appends.length + 1;
    for (const { partitionData } of this.request.topicData) {
      for (const { records } of partitionData) this.#appends[next++]!.start(records);
    }
    this.answered();
    return this.#answer;
  }

  /** One more append has its answer. */
  answered(): void {
    if (--this.#unanswered > 0) return;
    const failures = this.#appends.map(({ answer }) => answer!).filter(({ errorCode }) => errorCode !== ErrorCode.NONE);
    if (this.request.acks !== 0) {
      this.#answer.resolve(this.#response(failures));
    } else if (failures.length === 0) {
      this.#answer.resolve(null);
    } else {
      // A client that waits for no answer learns of an error only by losing its connection.
      this.#answer.reject(new CloseConnection(`produce with acks=0 failed: ${failures[0]?.errorMessage}`));
    }
  }

  #response(failures: readonly PartitionAnswer[]): Encodable<typeof produceResponse> {
    const nodeEndpoints = failures.length > 0 ? nodeEndpointsOf(failures, this.context, this.broker) : [];
    let next = 0;
    const responses = this.request.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(() => this.#appends[next++]!.answer!),
    }));
    return { responses, nodeEndpoints };
  }
}

/** One partition's part of it. */
class PartitionProduce implements AppendListener {
  answer: PartitionAnswer | undefined;
  readonly #produce: RunningProduce;
  readonly #topic: Topic;
  readonly #index: number;
  #partition: Partition | undefined;
  #reachedLog = false;

  constructor(produce: RunningProduce, topic: Topic, index: number) {
    this.#produce = produce;
    this.#topic = topic;
    this.#index = index;
  }

  start(records: Buffer | null): void {
    const { request, context, broker } = this.#produce;
    try {
      const topic = this.#topicName();
      if (topic === undefined) {
        throw new KafkaError('UNKNOWN_TOPIC_ID', `there is no topic with id ${this.#topic.topicId}`);
      }
      checkTopicAccess(broker, context, AclOperation.WRITE, topic);
      this.#partition = broker.replicas.get({ topic, partition: this.#index });
      if (isInternalTopic(topic) && context.clientId !== ADMIN_CLIENT_ID) {
        throw new KafkaError('INVALID_TOPIC_EXCEPTION', `${topic} is the broker's own topic`);
      }
      if (records === null) throw new KafkaError('INVALID_RECORD', 'a produce request needs a record batch');
      checkBatch(records, request.transactionalId, context.apiVersion);
      this.#reachedLog = true;
      this.#partition.traffic.produces++;
      this.#partition.startAppend(records, 'client', this);
    } catch (thrown) {
      this.refused(thrown);
    }
  }

  appended({ baseOffset, logAppendTimeMs, logStartOffset }: AppendInfo): void {
    this.answer = { index: this.#index, errorCode: ErrorCode.NONE, baseOffset, logAppendTimeMs, logStartOffset };
    this.#produce.answered();
  }

  refused(thrown: unknown): void {
    const { context, broker } = this.#produce;
    const error = toKafkaError(thrown);
    if (this.#reachedLog) this.#partition!.traffic.failedProduces++;
    if (error.error === 'UNKNOWN_SERVER_ERROR') {
      broker.logger.error({ err: thrown, topic: this.#topicName(), partition: this.#index }, 'append failed');
    }
    const tellsLogStart = this.#reachedLog && !WITHOUT_LOG_START.has(error.error);
    const logStartOffset = tellsLogStart ? (this.#partition?.log.logStartOffset ?? -1) : -1;
    const hint = leaderHint(error, this.#partition, context.apiVersion >= 10);
    this.answer = { ...failure(this.#index, error), logStartOffset, ...hint };
    this.#produce.answered();
  }

  #topicName(): string | undefined {
    const { context, broker } = this.#produce;
    if (context.apiVersion < FIRST_VERSION_WITH_TOPIC_IDS) return this.#topic.name;
    return broker.image().topicsById.get(this.#topic.topicId)?.name;
  }
}

/** What depends on the request and not on the log; the log checks the rest of the batch. */
function checkBatch(records: Buffer, transactionalId: string | null, apiVersion: number): void {
  if (records.length < BATCH_HEADER_BYTES) throw new KafkaError('INVALID_RECORD', 'these bytes are no record batch');
  const sizeInBytes = LOG_OVERHEAD_BYTES + records.readInt32BE(BATCH_LENGTH);
  if (sizeInBytes >= BATCH_HEADER_BYTES) {
    if (sizeInBytes !== records.length) {
      throw new KafkaError('INVALID_RECORD', 'a produce request takes exactly one record batch a partition');
    }
    const magic = records[MAGIC];
    if (magic === 0 || magic === 1) throw new KafkaError('INVALID_RECORD', `batches are of magic 2, this is ${magic}`);
  }
  const attributes = records[ATTRIBUTES_LOW_BYTE] ?? 0;
  if ((attributes & 0x07) === ZSTD && apiVersion < FIRST_ZSTD_VERSION) {
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `zstd needs Produce version 7, this is ${apiVersion}`);
  }
  if ((attributes & TRANSACTIONAL_BIT) !== 0) {
    if (transactionalId === null) {
      throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'a transactional batch needs a transactional id');
    }
    throw new KafkaError('INVALID_TXN_STATE', 'the partition is not part of an ongoing transaction');
  }
}

function failure(index: number, error: KafkaError): PartitionAnswer {
  return {
    index,
    errorCode: error.errorCode,
    baseOffset: -1,
    logAppendTimeMs: -1,
    errorMessage: error.message,
    recordErrors:
      error instanceof InvalidRecordError
        ? error.recordErrors.map(({ batchIndex, message }) => ({ batchIndex, batchIndexErrorMessage: message }))
        : [],
  };
}
