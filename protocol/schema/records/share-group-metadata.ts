/** ShareGroupMetadata: key and value of a record of __consumer_offsets, record type 11. */
import { int32, int64bits, message, string } from '../table.ts';

export const shareGroupMetadataKey = message({
  name: 'ShareGroupMetadataKey',
  versions: '0',
  flexible: 'none',
  apiKey: 11,
  fields: {
    groupId: string('0'),
  },
});

export const shareGroupMetadataValue = message({
  name: 'ShareGroupMetadataValue',
  versions: '0',
  flexible: '0+',
  apiKey: 11,
  fields: {
    epoch: int32('0+'),
    metadataHash: int64bits('0+'),
  },
});
