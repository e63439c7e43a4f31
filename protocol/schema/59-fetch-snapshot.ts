/** FetchSnapshot, API key 59: versions 0–1, flexible from 0. */
import { array, int16, int32, int64, message, records, string, struct, uint16, uuid } from './table.ts';

export const fetchSnapshotRequest = message({
  name: 'FetchSnapshotRequest',
  versions: '0-1',
  flexible: '0+',
  apiKey: 59,
  listeners: ['controller'],
  fields: {
    clusterId: string('0+', { nullable: '0+', tagged: '0+', tag: 0, default: null }),
    replicaId: int32('0+', { default: -1, entityType: 'brokerId' }),
    maxBytes: int32('0+', { default: 2147483647 }),
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partition: int32('0+'),
        currentLeaderEpoch: int32('0+'),
        snapshotId: struct('0+', {
          endOffset: int64('0+'),
          epoch: int32('0+'),
        }),
        position: int64('0+'),
        replicaDirectoryId: uuid('1+', { tagged: '1+', tag: 0, ignorable: true }),
      }),
    }),
  },
});

export const fetchSnapshotResponse = message({
  name: 'FetchSnapshotResponse',
  versions: '0-1',
  flexible: '0+',
  apiKey: 59,
  fields: {
    throttleTimeMs: int32('0+', { ignorable: true }),
    errorCode: int16('0+'),
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        index: int32('0+'),
        errorCode: int16('0+'),
        snapshotId: struct('0+', {
          endOffset: int64('0+'),
          epoch: int32('0+'),
        }),
        currentLeader: struct(
          '0+',
          {
            leaderId: int32('0+', { entityType: 'brokerId' }),
            leaderEpoch: int32('0+'),
          },
          { tagged: '0+', tag: 0 },
        ),
        size: int64('0+'),
        position: int64('0+'),
        unalignedRecords: records('0+'),
      }),
    }),
    nodeEndpoints: array(
      '1+',
      {
        nodeId: int32('1+', { entityType: 'brokerId', mapKey: true }),
        host: string('1+'),
        port: uint16('1+'),
      },
      { tagged: '1+', tag: 0 },
    ),
  },
});
