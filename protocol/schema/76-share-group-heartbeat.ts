/** ShareGroupHeartbeat, API key 76: versions 1, flexible from 0. */
import { array, type Fields, int16, int32, message, string, struct, uuid } from './table.ts';

export const shareGroupHeartbeatRequest = message({
  name: 'ShareGroupHeartbeatRequest',
  versions: '1',
  flexible: '0+',
  apiKey: 76,
  listeners: ['broker'],
  fields: {
    groupId: string('0+', { entityType: 'groupId' }),
    memberId: string('0+'),
    memberEpoch: int32('0+'),
    rackId: string('0+', { nullable: '0+', default: null }),
    subscribedTopicNames: array('0+', 'string', { nullable: '0+', default: null, entityType: 'topicName' }),
  },
});

const topicPartitions = {
  topicId: uuid('0+'),
  partitions: array('0+', 'int32'),
} as const satisfies Fields;

export const shareGroupHeartbeatResponse = message({
  name: 'ShareGroupHeartbeatResponse',
  versions: '1',
  flexible: '0+',
  apiKey: 76,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+', default: null }),
    memberId: string('0+', { nullable: '0+', default: null }),
    memberEpoch: int32('0+'),
    heartbeatIntervalMs: int32('0+'),
    assignment: struct(
      '0+',
      {
        topicPartitions: array('0+', topicPartitions),
      },
      { nullable: '0+', default: null },
    ),
  },
});
