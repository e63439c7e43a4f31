/** SyncGroup, API key 14: versions 0–5, flexible from 4. */
import { array, bytes, int16, int32, message, string } from './table.ts';

export const syncGroupRequest = message({
  name: 'SyncGroupRequest',
  versions: '0-5',
  flexible: '4+',
  apiKey: 14,
  listeners: ['broker'],
  fields: {
    groupId: string('0+', { entityType: 'groupId' }),
    generationId: int32('0+'),
    memberId: string('0+'),
    groupInstanceId: string('3+', { nullable: '3+', default: null }),
    protocolType: string('5+', { nullable: '5+', default: null, ignorable: true }),
    protocolName: string('5+', { nullable: '5+', default: null, ignorable: true }),
    assignments: array('0+', {
      memberId: string('0+'),
      assignment: bytes('0+'),
    }),
  },
});

export const syncGroupResponse = message({
  name: 'SyncGroupResponse',
  versions: '0-5',
  flexible: '4+',
  apiKey: 14,
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0+'),
    protocolType: string('5+', { nullable: '5+', default: null, ignorable: true }),
    protocolName: string('5+', { nullable: '5+', default: null, ignorable: true }),
    assignment: bytes('0+'),
  },
});
