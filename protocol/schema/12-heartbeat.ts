/** Heartbeat, API key 12: versions 0–4, flexible from 4. */
import { int16, int32, message, string } from './table.ts';

export const heartbeatRequest = message({
  name: 'HeartbeatRequest',
  versions: '0-4',
  flexible: '4+',
  apiKey: 12,
  listeners: ['broker'],
  fields: {
    groupId: string('0+', { entityType: 'groupId' }),
    generationId: int32('0+'),
    memberId: string('0+'),
    groupInstanceId: string('3+', { nullable: '3+', default: null }),
  },
});

export const heartbeatResponse = message({
  name: 'HeartbeatResponse',
  versions: '0-4',
  flexible: '4+',
  apiKey: 12,
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0+'),
  },
});
