/** CreateAcls, API key 30: versions 1–3, flexible from 2. */
import { array, int8, int16, int32, message, string } from './table.ts';

export const createAclsRequest = message({
  name: 'CreateAclsRequest',
  versions: '1-3',
  flexible: '2+',
  apiKey: 30,
  listeners: ['broker', 'controller'],
  fields: {
    creations: array('0+', {
      resourceType: int8('0+'),
      resourceName: string('0+'),
      resourcePatternType: int8('1+', { default: 3 }),
      principal: string('0+'),
      host: string('0+'),
      operation: int8('0+'),
      permissionType: int8('0+'),
    }),
  },
});

export const createAclsResponse = message({
  name: 'CreateAclsResponse',
  versions: '1-3',
  flexible: '2+',
  apiKey: 30,
  fields: {
    throttleTimeMs: int32('0+'),
    results: array('0+', {
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
    }),
  },
});
