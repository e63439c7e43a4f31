/** EndTxn, API key 26: versions 0–5, flexible from 3. */
import { bool, int16, int32, int64, message, string } from './table.ts';

export const endTxnRequest = message({
  name: 'EndTxnRequest',
  versions: '0-5',
  flexible: '3+',
  apiKey: 26,
  listeners: ['broker'],
  fields: {
    transactionalId: string('0+', { entityType: 'transactionalId' }),
    producerId: int64('0+', { entityType: 'producerId' }),
    producerEpoch: int16('0+'),
    committed: bool('0+'),
  },
});

export const endTxnResponse = message({
  name: 'EndTxnResponse',
  versions: '0-5',
  flexible: '3+',
  apiKey: 26,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    producerId: int64('5+', { default: -1, ignorable: true, entityType: 'producerId' }),
    producerEpoch: int16('5+', { default: -1, ignorable: true }),
  },
});
