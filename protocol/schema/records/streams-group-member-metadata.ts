/** StreamsGroupMemberMetadata: key and value of a record of __consumer_offsets, record type 19. */
import { array, type Fields, int32, message, string, struct, uint16 } from '../table.ts';

export const streamsGroupMemberMetadataKey = message({
  name: 'StreamsGroupMemberMetadataKey',
  versions: '0',
  flexible: 'none',
  apiKey: 19,
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

const endpoint = {
  host: string('0+'),
  port: uint16('0+'),
} as const satisfies Fields;

const keyValue = {
  key: string('0+'),
  value: string('0+'),
} as const satisfies Fields;

export const streamsGroupMemberMetadataValue = message({
  name: 'StreamsGroupMemberMetadataValue',
  versions: '0',
  flexible: '0+',
  apiKey: 19,
  fields: {
    instanceId: string('0+', { nullable: '0+' }),
    rackId: string('0+', { nullable: '0+' }),
    clientId: string('0+'),
    clientHost: string('0+'),
    rebalanceTimeoutMs: int32('0+', { default: -1 }),
    topologyEpoch: int32('0+'),
    processId: string('0+'),
    userEndpoint: struct('0+', endpoint, { nullable: '0+', default: null }),
    clientTags: array('0+', keyValue),
  },
});
