/** Produce, API key 0: versions 3–13, flexible from 9. */
import { array, int16, int32, int64, message, records, string, struct, uuid } from './table.ts';

export const produceRequest = message({
  name: 'ProduceRequest',
  versions: '3-13',
  flexible: '9+',
  apiKey: 0,
  listeners: ['broker'],
  fields: {
    transactionalId: string('3+', { nullable: '3+', default: null, entityType: 'transactionalId' }),
    acks: int16('0+'),
    timeoutMs: int32('0+'),
    topicData: array('0+', {
      name: string('0-12', { ignorable: true, entityType: 'topicName', mapKey: true }),
      topicId: uuid('13+', { ignorable: true, mapKey: true }),
      partitionData: array('0+', {
        index: int32('0+'),
        records: records('0+', { nullable: '0+' }),
      }),
    }),
  },
});

export const produceResponse = message({
  name: 'ProduceResponse',
  versions: '3-13',
  flexible: '9+',
  apiKey: 0,
  fields: {
    responses: array('0+', {
      name: string('0-12', { ignorable: true, entityType: 'topicName', mapKey: true }),
      topicId: uuid('13+', { ignorable: true, mapKey: true }),
      partitionResponses: array('0+', {
        index: int32('0+'),
        errorCode: int16('0+'),
        baseOffset: int64('0+'),
        logAppendTimeMs: int64('2+', { default: -1, ignorable: true }),
        logStartOffset: int64('5+', { default: -1, ignorable: true }),
        recordErrors: array(
          '8+',
          {
            batchIndex: int32('8+'),
            batchIndexErrorMessage: string('8+', { nullable: '8+', default: null }),
          },
          { ignorable: true },
        ),
        errorMessage: string('8+', { nullable: '8+', default: null, ignorable: true }),
        currentLeader: struct(
          '10+',
          {
            leaderId: int32('10+', { default: -1, entityType: 'brokerId' }),
            leaderEpoch: int32('10+', { default: -1 }),
          },
          { tagged: '10+', tag: 0 },
        ),
      }),
    }),
    throttleTimeMs: int32('1+', { default: 0, ignorable: true }),
    nodeEndpoints: array(
      '10+',
      {
        nodeId: int32('10+', { entityType: 'brokerId', mapKey: true }),
        host: string('10+'),
        port: int32('10+'),
        rack: string('10+', { nullable: '10+', default: null }),
      },
      { tagged: '10+', tag: 0 },
    ),
  },
});
