/** PartitionRecord: a record of the cluster metadata log, record type 3. */
import { array, int8, int32, message, uuid } from '../table.ts';

export const partitionRecord = message({
  name: 'PartitionRecord',
  versions: '0-2',
  flexible: '0+',
  apiKey: 3,
  fields: {
    partitionId: int32('0+', { default: -1 }),
    topicId: uuid('0+'),
    replicas: array('0+', 'int32', { entityType: 'brokerId' }),
    isr: array('0+', 'int32'),
    removingReplicas: array('0+', 'int32', { entityType: 'brokerId' }),
    addingReplicas: array('0+', 'int32', { entityType: 'brokerId' }),
    leader: int32('0+', { default: -1, entityType: 'brokerId' }),
    leaderRecoveryState: int8('0+', { tagged: '0+', tag: 0, default: 0 }),
    leaderEpoch: int32('0+', { default: -1 }),
    partitionEpoch: int32('0+', { default: -1 }),
    directories: array('1+', 'uuid'),
    eligibleLeaderReplicas: array('2+', 'int32', {
      nullable: '2+',
      tagged: '2+',
      tag: 1,
      default: null,
      entityType: 'brokerId',
    }),
    lastKnownElr: array('2+', 'int32', { nullable: '2+', tagged: '2+', tag: 2, default: null, entityType: 'brokerId' }),
  },
});
