/** NoOpRecord: a record of the cluster metadata log, record type 20. */
import { message } from '../table.ts';

export const noOpRecord = message({
  name: 'NoOpRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 20,
  fields: {},
});
