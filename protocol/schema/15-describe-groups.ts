/** DescribeGroups, API key 15: versions 0–6, flexible from 5. */
import { array, bool, bytes, int16, int32, message, string } from './table.ts';

export const describeGroupsRequest = message({
  name: 'DescribeGroupsRequest',
  versions: '0-6',
  flexible: '5+',
  apiKey: 15,
  listeners: ['broker'],
  fields: {
    groups: array('0+', 'string', { entityType: 'groupId' }),
    includeAuthorizedOperations: bool('3+'),
  },
});

export const describeGroupsResponse = message({
  name: 'DescribeGroupsResponse',
  versions: '0-6',
  flexible: '5+',
  apiKey: 15,
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    groups: array('0+', {
      errorCode: int16('0+'),
      errorMessage: string('6+', { nullable: '6+', default: null }),
      groupId: string('0+', { entityType: 'groupId' }),
      groupState: string('0+'),
      protocolType: string('0+'),
      protocolData: string('0+'),
      members: array('0+', {
        memberId: string('0+'),
        groupInstanceId: string('4+', { nullable: '4+', default: null, ignorable: true }),
        clientId: string('0+'),
        clientHost: string('0+'),
        memberMetadata: bytes('0+'),
        memberAssignment: bytes('0+'),
      }),
      authorizedOperations: int32('3+', { default: -2147483648 }),
    }),
  },
});
