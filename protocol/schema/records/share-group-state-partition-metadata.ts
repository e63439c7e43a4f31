/** ShareGroupStatePartitionMetadata: key and value of a record of __consumer_offsets, record type 15. */
import { array, type Fields, message, string, uuid } from '../table.ts';

export const shareGroupStatePartitionMetadataKey = message({
  name: 'ShareGroupStatePartitionMetadataKey',
  versions: '0',
  flexible: 'none',
  apiKey: 15,
  fields: {
    groupId: string('0'),
  },
});

const topicPartitionsInfo = {
  topicId: uuid('0+'),
  topicName: string('0+'),
  partitions: array('0+', 'int32'),
} as const satisfies Fields;

const topicInfo = {
  topicId: uuid('0+'),
  topicName: string('0+'),
} as const satisfies Fields;

export const shareGroupStatePartitionMetadataValue = message({
  name: 'ShareGroupStatePartitionMetadataValue',
  versions: '0',
  flexible: '0+',
  apiKey: 15,
  fields: {
    initializingTopics: array('0+', topicPartitionsInfo),
    initializedTopics: array('0+', topicPartitionsInfo),
    deletingTopics: array('0+', topicInfo),
  },
});
