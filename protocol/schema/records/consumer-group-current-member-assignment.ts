/** ConsumerGroupCurrentMemberAssignment: key and value of a record of __consumer_offsets, record type 8. */
import { array, type Fields, int8, int32, message, string, uuid } from '../table.ts';

export const consumerGroupCurrentMemberAssignmentKey = message({
  name: 'ConsumerGroupCurrentMemberAssignmentKey',
  versions: '0',
  flexible: 'none',
  apiKey: 8,
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

const topicPartitions = {
  topicId: uuid('0+'),
  partitions: array('0+', 'int32'),
  assignmentEpochs: array('0+', 'int32', { nullable: '0+', tagged: '0+', tag: 0 }),
} as const satisfies Fields;

export const consumerGroupCurrentMemberAssignmentValue = message({
  name: 'ConsumerGroupCurrentMemberAssignmentValue',
  versions: '0',
  flexible: '0+',
  apiKey: 8,
  fields: {
    memberEpoch: int32('0+'),
    previousMemberEpoch: int32('0+'),
    state: int8('0+'),
    assignedPartitions: array('0+', topicPartitions),
    partitionsPendingRevocation: array('0+', topicPartitions),
  },
});
