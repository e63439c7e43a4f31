/** PartitionChangeRecord: a record of the cluster metadata log, record type 5. */
import { array, int8, int32, message, uuid } from '../table.ts';

export const partitionChangeRecord = message({
  name: 'PartitionChangeRecord',
  versions: '0-2',
  flexible: '0+',
  apiKey: 5,
  fields: {
    partitionId: int32('0+', { default: -1 }),
    topicId: uuid('0+'),
    isr: array('0+', 'int32', { nullable: '0+', tagged: '0+', tag: 0, default: null, entityType: 'brokerId' }),
    leader: int32('0+', { tagged: '0+', tag: 1, default: -2, entityType: 'brokerId' }),
    replicas: array('0+', 'int32', { nullable: '0+', tagged: '0+', tag: 2, default: null, entityType: 'brokerId' }),
    removingReplicas: array('0+', 'int32', {
      nullable: '0+',
      tagged: '0+',
      tag: 3,
      default: null,
      entityType: 'brokerId',
    }),
    addingReplicas: array('0+', 'int32', {
      nullable: '0+',
      tagged: '0+',
      tag: 4,
      default: null,
      entityType: 'brokerId',
    }),
    leaderRecoveryState: int8('0+', { tagged: '0+', tag: 5, default: -1 }),
    directories: array('1+', 'uuid', { nullable: '1+', tagged: '1+', tag: 8, default: null }),
    eligibleLeaderReplicas: array('2+', 'int32', {
      nullable: '2+',
      tagged: '2+',
      tag: 6,
      default: null,
      entityType: 'brokerId',
    }),
    lastKnownElr: array('2+', 'int32', { nullable: '2+', tagged: '2+', tag: 7, default: null, entityType: 'brokerId' }),
  },
});
