/** ShareGroupMemberMetadata: key and value of a record of __consumer_offsets, record type 10. */
import { array, message, string } from '../table.ts';

export const shareGroupMemberMetadataKey = message({
  name: 'ShareGroupMemberMetadataKey',
  versions: '0',
  flexible: 'none',
  apiKey: 10,
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

export const shareGroupMemberMetadataValue = message({
  name: 'ShareGroupMemberMetadataValue',
  versions: '0',
  flexible: '0+',
  apiKey: 10,
  fields: {
    rackId: string('0+', { nullable: '0+' }),
    clientId: string('0+'),
    clientHost: string('0+'),
    subscribedTopicNames: array('0+', 'string'),
  },
});
