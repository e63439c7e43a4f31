/** ShareSnapshot: key and value of a record of __share_group_state, record type 0. */
import { array, int8, int16, int32, int64, message, string, uuid } from '../table.ts';

export const shareSnapshotKey = message({
  name: 'ShareSnapshotKey',
  versions: '0',
  flexible: 'none',
  apiKey: 0,
  fields: {
    groupId: string('0'),
    topicId: uuid('0'),
    partition: int32('0'),
  },
});

export const shareSnapshotValue = message({
  name: 'ShareSnapshotValue',
  versions: '0',
  flexible: '0+',
  apiKey: 0,
  fields: {
    snapshotEpoch: int32('0+'),
    stateEpoch: int32('0+'),
    leaderEpoch: int32('0+'),
    startOffset: int64('0+'),
    deliveryCompleteCount: int32('0+', { tagged: '0+', tag: 0, default: -1 }),
    createTimestamp: int64('0+'),
    writeTimestamp: int64('0+'),
    stateBatches: array('0+', {
      firstOffset: int64('0+'),
      lastOffset: int64('0+'),
      deliveryState: int8('0+'),
      deliveryCount: int16('0+'),
    }),
  },
});
