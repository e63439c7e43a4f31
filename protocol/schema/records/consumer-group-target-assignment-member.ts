/** ConsumerGroupTargetAssignmentMember: key and value of a record of __consumer_offsets, record type 7. */
import { array, message, string, uuid } from '../table.ts';

export const consumerGroupTargetAssignmentMemberKey = message({
  name: 'ConsumerGroupTargetAssignmentMemberKey',
  versions: '0',
  flexible: 'none',
  apiKey: 7,
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

export const consumerGroupTargetAssignmentMemberValue = message({
  name: 'ConsumerGroupTargetAssignmentMemberValue',
  versions: '0',
  flexible: '0+',
  apiKey: 7,
  fields: {
    topicPartitions: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', 'int32'),
    }),
  },
});
