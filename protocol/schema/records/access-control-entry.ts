/** AccessControlEntryRecord: a record of the cluster metadata log, record type 18. */
import { int8, message, string, uuid } from '../table.ts';

export const accessControlEntryRecord = message({
  name: 'AccessControlEntryRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 18,
  fields: {
    id: uuid('0+'),
    resourceType: int8('0+'),
    resourceName: string('0+'),
    patternType: int8('0+'),
    principal: string('0+'),
    host: string('0+'),
    operation: int8('0+'),
    permissionType: int8('0+'),
  },
});
