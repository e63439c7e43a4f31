/** ConsumerGroupMetadata: key and value of a record of __consumer_offsets, record type 3. */
import { int32, int64bits, message, string } from '../table.ts';

export const consumerGroupMetadataKey = message({
  name: 'ConsumerGroupMetadataKey',
  versions: '0',
  flexible: 'none',
  apiKey: 3,
  fields: {
    groupId: string('0'),
  },
});

export const consumerGroupMetadataValue = message({
  name: 'ConsumerGroupMetadataValue',
  versions: '0',
  flexible: '0+',
  apiKey: 3,
  fields: {
    epoch: int32('0+'),
    metadataHash: int64bits('0+', { tagged: '0+', tag: 0, default: 0n }),
  },
});
