/** StreamsGroupTargetAssignmentMember: key and value of a record of __consumer_offsets, record type 21. */
import { array, type Fields, message, string } from '../table.ts';

export const streamsGroupTargetAssignmentMemberKey = message({
  name: 'StreamsGroupTargetAssignmentMemberKey',
  versions: '0',
  flexible: 'none',
  apiKey: 21,
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

const taskIds = {
  subtopologyId: string('0+'),
  partitions: array('0+', 'int32'),
} as const satisfies Fields;

export const streamsGroupTargetAssignmentMemberValue = message({
  name: 'StreamsGroupTargetAssignmentMemberValue',
  versions: '0',
  flexible: '0+',
  apiKey: 21,
  fields: {
    activeTasks: array('0+', taskIds),
    standbyTasks: array('0+', taskIds),
    warmupTasks: array('0+', taskIds),
  },
});
