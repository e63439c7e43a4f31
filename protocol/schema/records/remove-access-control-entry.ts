/** RemoveAccessControlEntryRecord: a record of the cluster metadata log, record type 19. */
import { message, uuid } from '../table.ts';

export const removeAccessControlEntryRecord = message({
  name: 'RemoveAccessControlEntryRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 19,
  fields: {
    id: uuid('0+'),
  },
});
