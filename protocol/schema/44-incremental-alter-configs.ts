/** IncrementalAlterConfigs, API key 44: versions 0–1, flexible from 1. */
import { array, bool, int8, int16, int32, message, string } from './table.ts';

export const incrementalAlterConfigsRequest = message({
  name: 'IncrementalAlterConfigsRequest',
  versions: '0-1',
  flexible: '1+',
  apiKey: 44,
  listeners: ['broker', 'controller'],
  fields: {
    resources: array('0+', {
      resourceType: int8('0+', { mapKey: true }),
      resourceName: string('0+', { mapKey: true }),
      configs: array('0+', {
        name: string('0+', { mapKey: true }),
        configOperation: int8('0+', { mapKey: true }),
        value: string('0+', { nullable: '0+' }),
      }),
    }),
    validateOnly: bool('0+'),
  },
});

export const incrementalAlterConfigsResponse = message({
  name: 'IncrementalAlterConfigsResponse',
  versions: '0-1',
  flexible: '1+',
  apiKey: 44,
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
