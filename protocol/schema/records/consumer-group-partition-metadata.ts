/** ConsumerGroupPartitionMetadata: key and value of a record of __consumer_offsets, record type 4. */
import { array, int32, message, string, uuid } from '../table.ts';

export const consumerGroupPartitionMetadataKey = message({
  name: 'ConsumerGroupPartitionMetadataKey',
  versions: '0',
  flexible: 'none',
  apiKey: 4,
  fields: {
    groupId: string('0'),
  },
});

export const consumerGroupPartitionMetadataValue = message({
  name: 'ConsumerGroupPartitionMetadataValue',
  versions: '0',
  flexible: '0+',
  apiKey: 4,
  fields: {
    topics: array('0+', {
      topicId: uuid('0+'),
      topicName: string('0+'),
      numPartitions: int32('0+'),
      partitionMetadata: array('0+', {
        partition: int32('0+'),
        racks: array('0+', 'string'),
      }),
    }),
  },
});
