/** SnapshotFooterRecord: the value of a control record of the metadata log. */
import { int16, message } from '../table.ts';

export const snapshotFooterRecord = message({
  name: 'SnapshotFooterRecord',
  versions: '0',
  flexible: '0+',
  fields: {
    version: int16('0+'),
  },
});
