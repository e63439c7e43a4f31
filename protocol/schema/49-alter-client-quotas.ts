/** AlterClientQuotas, API key 49: versions 0–1, flexible from 1. */
import { array, bool, float64, int16, int32, message, string } from './table.ts';

export const alterClientQuotasRequest = message({
  name: 'AlterClientQuotasRequest',
  versions: '0-1',
  flexible: '1+',
  apiKey: 49,
  listeners: ['broker', 'controller'],
  fields: {
    entries: array('0+', {
      entity: array('0+', {
        entityType: string('0+'),
        entityName: string('0+', { nullable: '0+' }),
      }),
      ops: array('0+', {
        key: string('0+'),
        value: float64('0+'),
        remove: bool('0+'),
      }),
    }),
    validateOnly: bool('0+'),
  },
});

export const alterClientQuotasResponse = message({
  name: 'AlterClientQuotasResponse',
  versions: '0-1',
  flexible: '1+',
  apiKey: 49,
  fields: {
    throttleTimeMs: int32('0+'),
    entries: array('0+', {
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
      entity: array('0+', {
        entityType: string('0+'),
        entityName: string('0+', { nullable: '0+' }),
      }),
    }),
  },
});
