/** ShareAcknowledge, API key 79: versions 1–2, flexible from 0. */
import { array, bool, int16, int32, int64, message, string, struct, uuid } from './table.ts';

export const shareAcknowledgeRequest = message({
  name: 'ShareAcknowledgeRequest',
  versions: '1-2',
  flexible: '0+',
  apiKey: 79,
  listeners: ['broker'],
  fields: {
    groupId: string('0+', { nullable: '0+', default: null, entityType: 'groupId' }),
    memberId: string('0+', { nullable: '0+' }),
    shareSessionEpoch: int32('0+'),
    isRenewAck: bool('2+', { default: false }),
    topics: array('0+', {
      topicId: uuid('0+', { mapKey: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+', { mapKey: true }),
        acknowledgementBatches: array('0+', {
          firstOffset: int64('0+'),
          lastOffset: int64('0+'),
          acknowledgeTypes: array('0+', 'int8'),
        }),
      }),
    }),
  },
});

export const shareAcknowledgeResponse = message({
  name: 'ShareAcknowledgeResponse',
  versions: '1-2',
  flexible: '0+',
  apiKey: 79,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+', default: null }),
    acquisitionLockTimeoutMs: int32('2+', { ignorable: true }),
    responses: array('0+', {
      topicId: uuid('0+', { mapKey: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+', default: null }),
        currentLeader: struct('0+', {
          leaderId: int32('0+'),
          leaderEpoch: int32('0+'),
        }),
      }),
    }),
    nodeEndpoints: array('0+', {
      nodeId: int32('0+', { entityType: 'brokerId', mapKey: true }),
      host: string('0+'),
      port: int32('0+'),
      rack: string('0+', { nullable: '0+', default: null }),
    }),
  },
});
