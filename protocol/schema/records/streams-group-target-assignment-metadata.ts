/** StreamsGroupTargetAssignmentMetadata: key and value of a record of __consumer_offsets, record type 20. */
import { int32, int64, message, string } from '../table.ts';

export const streamsGroupTargetAssignmentMetadataKey = message({
  name: 'StreamsGroupTargetAssignmentMetadataKey',
  versions: '0',
  flexible: 'none',
  apiKey: 20,
  fields: {
    groupId: string('0'),
  },
});

export const streamsGroupTargetAssignmentMetadataValue = message({
  name: 'StreamsGroupTargetAssignmentMetadataValue',
  versions: '0',
  flexible: '0+',
  apiKey: 20,
  fields: {
    assignmentEpoch: int32('0+'),
    assignmentTimestamp: int64('0+', { tagged: '0+', tag: 0, default: 0, ignorable: true }),
  },
});
