/** ShareGroupTargetAssignmentMember: key and value of a record of __consumer_offsets, record type 13. */
import { array, message, string, uuid } from '../table.ts';

export const shareGroupTargetAssignmentMemberKey = message({
  name: 'ShareGroupTargetAssignmentMemberKey',
  versions: '0',
  flexible: 'none',
  apiKey: 13,
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

export const shareGroupTargetAssignmentMemberValue = message({
  name: 'ShareGroupTargetAssignmentMemberValue',
  versions: '0',
  flexible: '0+',
  apiKey: 13,
  fields: {
    topicPartitions: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', 'int32'),
    }),
  },
});
