/** AddOffsetsToTxn, API key 25: versions 0–4, flexible from 3. */
import { int16, int32, int64, message, string } from './table.ts';

export const addOffsetsToTxnRequest = message({
  name: 'AddOffsetsToTxnRequest',
  versions: '0-4',
  flexible: '3+',
  apiKey: 25,
  listeners: ['broker'],
  fields: {
    transactionalId: string('0+', { entityType: 'transactionalId' }),
    producerId: int64('0+', { entityType: 'producerId' }),
    producerEpoch: int16('0+'),
    groupId: string('0+', { entityType: 'groupId' }),
  },
});

export const addOffsetsToTxnResponse = message({
  name: 'AddOffsetsToTxnResponse',
  versions: '0-4',
  flexible: '3+',
  apiKey: 25,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
  },
});
