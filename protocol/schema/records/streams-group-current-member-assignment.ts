/** StreamsGroupCurrentMemberAssignment: key and value of a record of __consumer_offsets, record type 22. */
import { array, type Fields, int8, int32, message, string } from '../table.ts';

export const streamsGroupCurrentMemberAssignmentKey = message({
  name: 'StreamsGroupCurrentMemberAssignmentKey',
  versions: '0',
  flexible: 'none',
  apiKey: 22,
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

const taskIds = {
  subtopologyId: string('0+'),
  partitions: array('0+', 'int32'),
  assignmentEpochs: array('0+', 'int32', { nullable: '0+', tagged: '0+', tag: 0 }),
} as const satisfies Fields;

export const streamsGroupCurrentMemberAssignmentValue = message({
  name: 'StreamsGroupCurrentMemberAssignmentValue',
  versions: '0',
  flexible: '0+',
  apiKey: 22,
  fields: {
    memberEpoch: int32('0+'),
    previousMemberEpoch: int32('0+'),
    state: int8('0+'),
    activeTasks: array('0+', taskIds),
    standbyTasks: array('0+', taskIds),
    warmupTasks: array('0+', taskIds),
    activeTasksPendingRevocation: array('0+', taskIds),
    standbyTasksPendingRevocation: array('0+', taskIds),
    warmupTasksPendingRevocation: array('0+', taskIds),
  },
});
