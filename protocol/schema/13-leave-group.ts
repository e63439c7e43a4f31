/** LeaveGroup, API key 13: versions 0–5, flexible from 4. */
import { array, int16, int32, message, string } from './table.ts';

export const leaveGroupRequest = message({
  name: 'LeaveGroupRequest',
  versions: '0-5',
  flexible: '4+',
  apiKey: 13,
  listeners: ['broker'],
  fields: {
    groupId: string('0+', { entityType: 'groupId' }),
    memberId: string('0-2'),
    members: array('3+', {
      memberId: string('3+'),
      groupInstanceId: string('3+', { nullable: '3+', default: null }),
      reason: string('5+', { nullable: '5+', default: null, ignorable: true }),
    }),
  },
});

export const leaveGroupResponse = message({
  name: 'LeaveGroupResponse',
  versions: '0-5',
  flexible: '4+',
  apiKey: 13,
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0+'),
    members: array('3+', {
      memberId: string('3+'),
      groupInstanceId: string('3+', { nullable: '3+' }),
      errorCode: int16('3+'),
    }),
  },
});
