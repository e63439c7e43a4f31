/** ClientQuotaRecord: a record of the cluster metadata log, record type 14. */
import { array, bool, float64, message, string } from '../table.ts';

export const clientQuotaRecord = message({
  name: 'ClientQuotaRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 14,
  fields: {
    entity: array('0+', {
      entityType: string('0+'),
      entityName: string('0+', { nullable: '0+' }),
    }),
    key: string('0+'),
    value: float64('0+'),
    remove: bool('0+'),
  },
});
