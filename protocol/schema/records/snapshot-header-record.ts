/** SnapshotHeaderRecord: the value of a control record of the metadata log. */
import { int16, int64, message } from '../table.ts';

export const snapshotHeaderRecord = message({
  name: 'SnapshotHeaderRecord',
  versions: '0',
  flexible: '0+',
  fields: {
    version: int16('0+'),
    lastContainedLogTimestamp: int64('0+'),
  },
});
