/** ListConfigResources, API key 74: versions 0–1, flexible from 0. */
import { array, int8, int16, int32, message, string } from './table.ts';

export const listConfigResourcesRequest = message({
  name: 'ListConfigResourcesRequest',
  versions: '0-1',
  flexible: '0+',
  apiKey: 74,
  listeners: ['broker'],
  fields: {
    resourceTypes: array('1+', 'int8'),
  },
});

export const listConfigResourcesResponse = message({
  name: 'ListConfigResourcesResponse',
  versions: '0-1',
  flexible: '0+',
  apiKey: 74,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    configResources: array('0+', {
      resourceName: string('0+'),
      resourceType: int8('1+', { default: 16, ignorable: true }),
    }),
  },
});
