/** RemotePartitionDeleteMetadataRecord: a record of tiered storage's metadata topic, record type 2. */
import { int8, int32, int64, message, string, struct, uuid } from '../table.ts';

export const remotePartitionDeleteMetadataRecord = message({
  name: 'RemotePartitionDeleteMetadataRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 2,
  fields: {
    topicIdPartition: struct('0+', {
      name: string('0+'),
      id: uuid('0+'),
      partition: int32('0+'),
    }),
    brokerId: int32('0+'),
    eventTimestampMs: int64('0+'),
    remotePartitionDeleteState: int8('0+'),
  },
});
