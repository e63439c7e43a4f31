/** ConsumerGroupTargetAssignmentMetadata: key and value of a record of __consumer_offsets, record type 6. */
import { int32, int64, message, string } from '../table.ts';

export const consumerGroupTargetAssignmentMetadataKey = message({
  name: 'ConsumerGroupTargetAssignmentMetadataKey',
  versions: '0',
  flexible: 'none',
  apiKey: 6,
  fields: {
    groupId: string('0'),
  },
});

export const consumerGroupTargetAssignmentMetadataValue = message({
  name: 'ConsumerGroupTargetAssignmentMetadataValue',
  versions: '0',
  flexible: '0+',
  apiKey: 6,
  fields: {
    assignmentEpoch: int32('0+'),
    assignmentTimestamp: int64('0+', { tagged: '0+', tag: 0, default: 0, ignorable: true }),
  },
});
