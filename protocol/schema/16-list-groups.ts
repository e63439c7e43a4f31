/** ListGroups, API key 16: versions 0–5, flexible from 3. */
import { array, int16, int32, message, string } from './table.ts';

export const listGroupsRequest = message({
  name: 'ListGroupsRequest',
  versions: '0-5',
  flexible: '3+',
  apiKey: 16,
  listeners: ['broker'],
  fields: {
    statesFilter: array('4+', 'string'),
    typesFilter: array('5+', 'string'),
  },
});

export const listGroupsResponse = message({
  name: 'ListGroupsResponse',
  versions: '0-5',
  flexible: '3+',
  apiKey: 16,
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0+'),
    groups: array('0+', {
      groupId: string('0+', { entityType: 'groupId' }),
      protocolType: string('0+'),
      groupState: string('4+', { ignorable: true }),
      groupType: string('5+', { ignorable: true }),
    }),
  },
});
