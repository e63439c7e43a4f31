/** ZkMigrationStateRecord: a record of the cluster metadata log, record type 21. */
import { int8, message } from '../table.ts';

export const zkMigrationStateRecord = message({
  name: 'ZkMigrationStateRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 21,
  fields: {
    zkMigrationState: int8('0+'),
  },
});
