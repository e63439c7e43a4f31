/** FindCoordinator, API key 10: versions 0–6, flexible from 3. */
import { array, int8, int16, int32, message, string } from './table.ts';

export const findCoordinatorRequest = message({
  name: 'FindCoordinatorRequest',
  versions: '0-6',
  flexible: '3+',
  apiKey: 10,
  listeners: ['broker'],
  fields: {
    key: string('0-3'),
    keyType: int8('1+', { default: 0 }),
    coordinatorKeys: array('4+', 'string'),
  },
});

export const findCoordinatorResponse = message({
  name: 'FindCoordinatorResponse',
  versions: '0-6',
  flexible: '3+',
  apiKey: 10,
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0-3'),
    errorMessage: string('1-3', { nullable: '1-3', ignorable: true }),
    nodeId: int32('0-3', { entityType: 'brokerId' }),
    host: string('0-3'),
    port: int32('0-3'),
    coordinators: array('4+', {
      key: string('4+'),
      nodeId: int32('4+', { entityType: 'brokerId' }),
      host: string('4+'),
      port: int32('4+'),
      errorCode: int16('4+'),
      errorMessage: string('4+', { nullable: '4+', ignorable: true }),
    }),
  },
});
