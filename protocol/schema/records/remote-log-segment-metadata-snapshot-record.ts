/** RemoteLogSegmentMetadataSnapshotRecord: a record of tiered storage's metadata topic, record type 3. */
import { array, bool, bytes, int8, int32, int64, message, uuid } from '../table.ts';

export const remoteLogSegmentMetadataSnapshotRecord = message({
  name: 'RemoteLogSegmentMetadataSnapshotRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 3,
  fields: {
    segmentId: uuid('0+'),
    startOffset: int64('0+'),
    endOffset: int64('0+'),
    brokerId: int32('0+'),
    maxTimestampMs: int64('0+'),
    eventTimestampMs: int64('0+'),
    segmentLeaderEpochs: array('0+', {
      leaderEpoch: int32('0+'),
      offset: int64('0+'),
    }),
    segmentSizeInBytes: int32('0+'),
    customMetadata: bytes('0+', { nullable: '0+', default: null }),
    remoteLogSegmentState: int8('0+'),
    txnIndexEmpty: bool('0+', { tagged: '0+', tag: 0 }),
  },
});
