/** RemoteLogSegmentMetadataUpdateRecord: a record of tiered storage's metadata topic, record type 1. */
import { bytes, int8, int32, int64, message, string, struct, uuid } from '../table.ts';

export const remoteLogSegmentMetadataUpdateRecord = message({
  name: 'RemoteLogSegmentMetadataUpdateRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 1,
  fields: {
    remoteLogSegmentId: struct('0+', {
      topicIdPartition: struct('0+', {
        name: string('0+'),
        id: uuid('0+'),
        partition: int32('0+'),
      }),
      id: uuid('0+'),
    }),
    brokerId: int32('0+'),
    eventTimestampMs: int64('0+'),
    customMetadata: bytes('0+', { nullable: '0+', default: null }),
    remoteLogSegmentState: int8('0+'),
  },
});
