/** ShareUpdate: key and value of a record of __share_group_state, record type 1. */
import { array, int8, int16, int32, int64, message, string, uuid } from '../table.ts';

export const shareUpdateKey = message({
  name: 'ShareUpdateKey',
  versions: '0',
  flexible: 'none',
  apiKey: 1,
  fields: {
    groupId: string('0'),
    topicId: uuid('0'),
    partition: int32('0'),
  },
});

export const shareUpdateValue = message({
  name: 'ShareUpdateValue',
  versions: '0',
  flexible: '0+',
  apiKey: 1,
  fields: {
    snapshotEpoch: int32('0+'),
    leaderEpoch: int32('0+'),
    startOffset: int64('0+'),
    deliveryCompleteCount: int32('0+', { tagged: '0+', tag: 0, default: -1 }),
    stateBatches: array('0+', {
      firstOffset: int64('0+'),
      lastOffset: int64('0+'),
      deliveryState: int8('0+'),
      deliveryCount: int16('0+'),
    }),
  },
});
