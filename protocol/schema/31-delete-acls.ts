/** DeleteAcls, API key 31: versions 1–3, flexible from 2. */
import { array, int8, int16, int32, message, string } from './table.ts';

export const deleteAclsRequest = message({
  name: 'DeleteAclsRequest',
  versions: '1-3',
  flexible: '2+',
  apiKey: 31,
  listeners: ['broker', 'controller'],
  fields: {
    filters: array('0+', {
      resourceTypeFilter: int8('0+'),
      resourceNameFilter: string('0+', { nullable: '0+' }),
      patternTypeFilter: int8('1+', { default: 3 }),
      principalFilter: string('0+', { nullable: '0+' }),
      hostFilter: string('0+', { nullable: '0+' }),
      operation: int8('0+'),
      permissionType: int8('0+'),
    }),
  },
});

export const deleteAclsResponse = message({
  name: 'DeleteAclsResponse',
  versions: '1-3',
  flexible: '2+',
  apiKey: 31,
  fields: {
    throttleTimeMs: int32('0+'),
    filterResults: array('0+', {
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
      matchingAcls: array('0+', {
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
        resourceType: int8('0+'),
        resourceName: string('0+'),
        patternType: int8('1+', { default: 3 }),
        principal: string('0+'),
        host: string('0+'),
        operation: int8('0+'),
        permissionType: int8('0+'),
      }),
    }),
  },
});
