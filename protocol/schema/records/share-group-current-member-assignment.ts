/** ShareGroupCurrentMemberAssignment: key and value of a record of __consumer_offsets, record type 14. */
import { array, type Fields, int8, int32, message, string, uuid } from '../table.ts';

export const shareGroupCurrentMemberAssignmentKey = message({
  name: 'ShareGroupCurrentMemberAssignmentKey',
  versions: '0',
  flexible: 'none',
  apiKey: 14,
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

const topicPartitions = {
  topicId: uuid('0+'),
  partitions: array('0+', 'int32'),
} as const satisfies Fields;

export const shareGroupCurrentMemberAssignmentValue = message({
  name: 'ShareGroupCurrentMemberAssignmentValue',
  versions: '0',
  flexible: '0+',
  apiKey: 14,
  fields: {
    memberEpoch: int32('0+'),
    previousMemberEpoch: int32('0+'),
    state: int8('0+'),
    assignedPartitions: array('0+', topicPartitions),
  },
});
