/** DeleteRecords (KIP-107): moves log start offsets up, to an offset or to the high watermark (−1). */
import { ErrorCode, KafkaError, toKafkaError } from '../../protocol/errors.ts';
import { deleteRecordsRequest, deleteRecordsResponse } from '../../protocol/schema/21-delete-records.ts';
import { AclOperation } from '../metadata/acls.ts';
import { checkTopicAccess } from './access.ts';
import { handler } from './handler.ts';
import { isInternalTopic } from './internal-topics.ts';

export const deleteRecords = handler({
  request: deleteRecordsRequest,
  response: deleteRecordsResponse,

  handle(request, context, broker) {
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, offset }) => {
          try {
            checkTopicAccess(broker, context, AclOperation.DELETE, name);
            if (isInternalTopic(name)) {
              throw new KafkaError('INVALID_TOPIC_EXCEPTION', `records of internal topic ${name} cannot be deleted`);
            }
            const partition = broker.replicas.get({ topic: name, partition: partitionIndex });
            partition.checkLeader(-1);
            return { partitionIndex, errorCode: ErrorCode.NONE, lowWatermark: partition.deleteRecordsBefore(offset) };
          } catch (thrown) {
            return { partitionIndex, errorCode: toKafkaError(thrown).errorCode, lowWatermark: -1 };
          }
        }),
      })),
    };
  },

  failed(request, { errorCode }) {
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode, lowWatermark: -1 })),
      })),
    };
  },
});
