/** DeleteGroups, API key 42: versions 0–2, flexible from 2. */
import { array, int16, int32, message, string } from './table.ts';

export const deleteGroupsRequest = message({
  name: 'DeleteGroupsRequest',
  versions: '0-2',
  flexible: '2+',
  apiKey: 42,
  listeners: ['broker'],
  fields: {
    groupsNames: array('0+', 'string', { entityType: 'groupId' }),
  },
});

export const deleteGroupsResponse = message({
  name: 'DeleteGroupsResponse',
  versions: '0-2',
  flexible: '2+',
  apiKey: 42,
  fields: {
    throttleTimeMs: int32('0+'),
    results: array('0+', {
      groupId: string('0+', { entityType: 'groupId', mapKey: true }),
      errorCode: int16('0+'),
    }),
  },
});
