/** EndTxnMarker: the value of a transaction's commit or abort marker. */
import { int32, message } from '../table.ts';

export const endTxnMarker = message({
  name: 'EndTxnMarker',
  versions: '0',
  flexible: 'none',
  fields: {
    coordinatorEpoch: int32('0+'),
  },
});
