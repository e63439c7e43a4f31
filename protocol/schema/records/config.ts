/** ConfigRecord: a record of the cluster metadata log, record type 4. */
import { int8, message, string } from '../table.ts';

export const configRecord = message({
  name: 'ConfigRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 4,
  fields: {
    resourceType: int8('0+'),
    resourceName: string('0+'),
    name: string('0+'),
    value: string('0+', { nullable: '0+' }),
  },
});
