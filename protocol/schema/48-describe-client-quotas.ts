/** DescribeClientQuotas, API key 48: versions 0–1, flexible from 1. */
import { array, bool, float64, int8, int16, int32, message, string } from './table.ts';

export const describeClientQuotasRequest = message({
  name: 'DescribeClientQuotasRequest',
  versions: '0-1',
  flexible: '1+',
  apiKey: 48,
  listeners: ['broker'],
  fields: {
    components: array('0+', {
      entityType: string('0+'),
      matchType: int8('0+'),
      match: string('0+', { nullable: '0+' }),
    }),
    strict: bool('0+'),
  },
});

export const describeClientQuotasResponse = message({
  name: 'DescribeClientQuotasResponse',
  versions: '0-1',
  flexible: '1+',
  apiKey: 48,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    entries: array(
      '0+',
      {
        entity: array('0+', {
          entityType: string('0+'),
          entityName: string('0+', { nullable: '0+' }),
        }),
        values: array('0+', {
          key: string('0+'),
          value: float64('0+'),
        }),
      },
      { nullable: '0+' },
    ),
  },
});
