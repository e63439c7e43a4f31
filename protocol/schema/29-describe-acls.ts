/** DescribeAcls, API key 29: versions 1–3, flexible from 2. */
import { array, int8, int16, int32, message, string } from './table.ts';

export const describeAclsRequest = message({
  name: 'DescribeAclsRequest',
  versions: '1-3',
  flexible: '2+',
  apiKey: 29,
  listeners: ['broker', 'controller'],
  fields: {
    resourceTypeFilter: int8('0+'),
    resourceNameFilter: string('0+', { nullable: '0+' }),
    patternTypeFilter: int8('1+', { default: 3 }),
    principalFilter: string('0+', { nullable: '0+' }),
    hostFilter: string('0+', { nullable: '0+' }),
    operation: int8('0+'),
    permissionType: int8('0+'),
  },
});

export const describeAclsResponse = message({
  name: 'DescribeAclsResponse',
  versions: '1-3',
  flexible: '2+',
  apiKey: 29,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    resources: array('0+', {
      resourceType: int8('0+'),
      resourceName: string('0+'),
      patternType: int8('1+', { default: 3 }),
      acls: array('0+', {
        principal: string('0+'),
        host: string('0+'),
        operation: int8('0+'),
        permissionType: int8('0+'),
      }),
    }),
  },
});
