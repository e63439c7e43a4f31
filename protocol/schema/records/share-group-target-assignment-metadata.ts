/** ShareGroupTargetAssignmentMetadata: key and value of a record of __consumer_offsets, record type 12. */
import { int32, int64, message, string } from '../table.ts';

export const shareGroupTargetAssignmentMetadataKey = message({
  name: 'ShareGroupTargetAssignmentMetadataKey',
  versions: '0',
  flexible: 'none',
  apiKey: 12,
  fields: {
    groupId: string('0'),
  },
});

export const shareGroupTargetAssignmentMetadataValue = message({
  name: 'ShareGroupTargetAssignmentMetadataValue',
  versions: '0',
  flexible: '0+',
  apiKey: 12,
  fields: {
    assignmentEpoch: int32('0+'),
    assignmentTimestamp: int64('0+', { tagged: '0+', tag: 0, default: 0, ignorable: true }),
  },
});
