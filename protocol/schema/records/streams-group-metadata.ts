/** StreamsGroupMetadata: key and value of a record of __consumer_offsets, record type 17. */
import { array, type Fields, int32, int64bits, message, string } from '../table.ts';

export const streamsGroupMetadataKey = message({
  name: 'StreamsGroupMetadataKey',
  versions: '0',
  flexible: 'none',
  apiKey: 17,
  fields: {
    groupId: string('0'),
  },
});

const lastAssignmentConfig = {
  key: string('0+'),
  value: string('0+'),
} as const satisfies Fields;

export const streamsGroupMetadataValue = message({
  name: 'StreamsGroupMetadataValue',
  versions: '0',
  flexible: '0+',
  apiKey: 17,
  fields: {
    epoch: int32('0+'),
    metadataHash: int64bits('0+'),
    validatedTopologyEpoch: int32('0+', { tagged: '0+', tag: 0, default: -1 }),
    lastAssignmentConfigs: array('0+', lastAssignmentConfig, { nullable: '0+', tagged: '0+', tag: 1 }),
  },
});
