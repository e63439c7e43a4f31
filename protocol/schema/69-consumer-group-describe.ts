/** ConsumerGroupDescribe, API key 69: versions 0–1, flexible from 0. */
import { array, bool, type Fields, int8, int16, int32, message, string, struct, uuid } from './table.ts';

export const consumerGroupDescribeRequest = message({
  name: 'ConsumerGroupDescribeRequest',
  versions: '0-1',
  flexible: '0+',
  apiKey: 69,
  listeners: ['broker'],
  fields: {
    groupIds: array('0+', 'string', { entityType: 'groupId' }),
    includeAuthorizedOperations: bool('0+'),
  },
});

const topicPartitions = {
  topicId: uuid('0+'),
  topicName: string('0+', { entityType: 'topicName' }),
  partitions: array('0+', 'int32'),
} as const satisfies Fields;

const assignment = {
  topicPartitions: array('0+', topicPartitions),
} as const satisfies Fields;

export const consumerGroupDescribeResponse = message({
  name: 'ConsumerGroupDescribeResponse',
  versions: '0-1',
  flexible: '0+',
  apiKey: 69,
  fields: {
    throttleTimeMs: int32('0+'),
    groups: array('0+', {
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+', default: null }),
      groupId: string('0+', { entityType: 'groupId' }),
      groupState: string('0+'),
      groupEpoch: int32('0+'),
      assignmentEpoch: int32('0+'),
      assignorName: string('0+'),
      members: array('0+', {
        memberId: string('0+'),
        instanceId: string('0+', { nullable: '0+', default: null }),
        rackId: string('0+', { nullable: '0+', default: null }),
        memberEpoch: int32('0+'),
        clientId: string('0+'),
        clientHost: string('0+'),
        subscribedTopicNames: array('0+', 'string', { entityType: 'topicName' }),
        subscribedTopicRegex: string('0+', { nullable: '0+', default: null }),
        assignment: struct('0+', assignment),
        targetAssignment: struct('0+', assignment),
        memberType: int8('1+', { default: -1, ignorable: true }),
      }),
      authorizedOperations: int32('0+', { default: -2147483648 }),
    }),
  },
});
