/**
 * Produce (KIP-98, KIP-516). Kafka 4.3 serves versions 3–13 but advertises 0–13 for librdkafka's sake (KAFKA-18659);
 * what comes at 0–2 is answered UNSUPPORTED_VERSION.
 */
import { ErrorCode, type ErrorName, KafkaError, toKafkaError } from '../../protocol/errors.ts';
import { BATCH_HEADER_BYTES, LOG_OVERHEAD_BYTES } from '../../protocol/records/batch.ts';
import { produceRequest, produceResponse } from '../../protocol/schema/00-produce.ts';
import type { Decoded, Encodable } from '../../protocol/schema/table.ts';
import { InvalidRecordError } from '../log/invalid-record-error.ts';
import { AclOperation } from '../metadata/acls.ts';
import type { Partition } from '../replication/partition.ts';
import { checkTopicAccess } from './access.ts';
import type { BrokerContext } from './context.ts';
import { CloseConnection, handler } from './handler.ts';
import { isInternalTopic } from './internal-topics.ts';
import { leaderHint, nodeEndpointsOf } from './leader-hint.ts';
import type { RequestContext } from './request-context.ts';

const FIRST_SERVED_VERSION = 3;
const FIRST_ZSTD_VERSION = 7;
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

type Topic = Decoded<typeof produceRequest>['topicData'][number];
type PartitionAnswer = NonNullable<
  NonNullable<Encodable<typeof produceResponse>['responses']>[number]['partitionResponses']
>[number] & { readonly errorCode: number };

export const produce = handler({
  request: { ...produceRequest, versions: '0-13' },
  response: { ...produceResponse, versions: '0-13' },
  releasesFrame: true,

  async handle(request, context, broker) {
    if (context.apiVersion < FIRST_SERVED_VERSION) {
      throw new KafkaError('UNSUPPORTED_VERSION', `Produce version ${context.apiVersion} is not served, 3 to 13 are`);
    }
    if (request.acks < -1 || request.acks > 1) {
      throw new KafkaError('INVALID_REQUIRED_ACKS', `acks is ${request.acks}; −1, 0 and 1 are allowed`);
    }
    // Every append starts before the first is awaited: requests of a connection keep their order in the log.
    const appends = request.topicData.flatMap((topic) => appendsTo(topic, request.transactionalId, context, broker));
    // Most small requests are for one partition: they go without the promises that `all` adds.
    const answers = appends.length === 1 ? [await appends[0]!] : await Promise.all(appends);
    const failures = answers.filter(isFailure);
    if (request.acks === 0) {
      if (failures.length > 0) {
        // A client that waits for no answer learns of an error only by losing its connection.
        throw new CloseConnection(`produce with acks=0 failed: ${failures[0]?.errorMessage}`);
      }
      return null;
    }
    const nodeEndpoints = failures.length > 0 ? nodeEndpointsOf(failures, context, broker) : [];
    let from = 0;
    const responses = request.topicData.map(({ name, topicId, partitionData }) => {
      const partitionResponses = answers.slice(from, from + partitionData.length);
      from += partitionData.length;
      return { name, topicId, partitionResponses };
    });
    return { responses, nodeEndpoints };
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

function isFailure({ errorCode }: PartitionAnswer): boolean {
  return errorCode !== ErrorCode.NONE;
}

/** Starts the appends to a topic's partitions, in their order; none of the promises rejects. */
function appendsTo(
  { name, topicId, partitionData }: Topic,
  transactionalId: string | null,
  context: RequestContext,
  broker: BrokerContext,
): Promise<PartitionAnswer>[] {
  const usesTopicIds = context.apiVersion >= 13;
  const topicName = usesTopicIds ? broker.image().topicsById.get(topicId)?.name : name;
  return partitionData.map(async ({ index, records }): Promise<PartitionAnswer> => {
    let partition: Partition | undefined;
    let reachedLog = false;
    try {
      if (topicName === undefined) throw new KafkaError('UNKNOWN_TOPIC_ID', `there is no topic with id ${topicId}`);
      checkTopicAccess(broker, context, AclOperation.WRITE, topicName);
      partition = broker.replicas.get({ topic: topicName, partition: index });
      if (isInternalTopic(topicName) && context.clientId !== ADMIN_CLIENT_ID) {
        throw new KafkaError('INVALID_TOPIC_EXCEPTION', `${topicName} is the broker's own topic`);
      }
      if (records === null) throw new KafkaError('INVALID_RECORD', 'a produce request needs a record batch');
      checkBatch(records, transactionalId, context.apiVersion);
      reachedLog = true;
      const { baseOffset, logAppendTimeMs, logStartOffset } = await partition.append(records, 'client');
      return { index, errorCode: ErrorCode.NONE, baseOffset, logAppendTimeMs, logStartOffset };
    } catch (thrown) {
      const error = toKafkaError(thrown);
      if (error.error === 'UNKNOWN_SERVER_ERROR') {
        broker.logger.error({ err: thrown, topic: topicName, partition: index }, 'append failed');
      }
      const tellsLogStart = reachedLog && !WITHOUT_LOG_START.has(error.error);
      const logStartOffset = tellsLogStart ? (partition?.log.logStartOffset ?? -1) : -1;
      return { ...failure(index, error), logStartOffset, ...leaderHint(error, partition, context.apiVersion >= 10) };
    }
  });
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
