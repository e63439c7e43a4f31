/** AlterConfigs, API key 33: versions 0–2, flexible from 2. */
import { array, bool, int8, int16, int32, message, string } from './table.ts';

export const alterConfigsRequest = message({
  name: 'AlterConfigsRequest',
  versions: '0-2',
  flexible: '2+',
  apiKey: 33,
  listeners: ['broker', 'controller'],
  fields: {
    resources: array('0+', {
      resourceType: int8('0+', { mapKey: true }),
      resourceName: string('0+', { mapKey: true }),
      configs: array('0+', {
        name: string('0+', { mapKey: true }),
        value: string('0+', { nullable: '0+' }),
      }),
    }),
    validateOnly: bool('0+'),
  },
});

export const alterConfigsResponse = message({
  name: 'AlterConfigsResponse',
  versions: '0-2',
  flexible: '2+',
  apiKey: 33,
  fields: {
    throttleTimeMs: int32('0+'),
    responses: array('0+', {
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
      resourceType: int8('0+'),
      resourceName: string('0+'),
    }),
  },
});
