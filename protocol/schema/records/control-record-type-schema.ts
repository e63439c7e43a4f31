/** ControlRecordTypeSchema: the key of a control record. */
import { int16, message } from '../table.ts';

export const controlRecordTypeSchema = message({
  name: 'ControlRecordTypeSchema',
  versions: '0',
  flexible: 'none',
  fields: {
    type: int16('0+'),
  },
});
