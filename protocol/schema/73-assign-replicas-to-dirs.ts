/** AssignReplicasToDirs, API key 73: versions 0, flexible from 0. */
import { array, int16, int32, int64, message, uuid } from './table.ts';

export const assignReplicasToDirsRequest = message({
  name: 'AssignReplicasToDirsRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 73,
  listeners: ['controller'],
  fields: {
    brokerId: int32('0+', { entityType: 'brokerId' }),
    brokerEpoch: int64('0+', { default: -1 }),
    directories: array('0+', {
      id: uuid('0+'),
      topics: array('0+', {
        topicId: uuid('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
        }),
      }),
    }),
  },
});

export const assignReplicasToDirsResponse = message({
  name: 'AssignReplicasToDirsResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 73,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    directories: array('0+', {
      id: uuid('0+'),
      topics: array('0+', {
        topicId: uuid('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          errorCode: int16('0+'),
        }),
      }),
    }),
  },
});
