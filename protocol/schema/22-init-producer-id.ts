/** InitProducerId, API key 22: versions 0–6, flexible from 2. */
import { bool, int16, int32, int64, message, string } from './table.ts';

export const initProducerIdRequest = message({
  name: 'InitProducerIdRequest',
  versions: '0-6',
  flexible: '2+',
  apiKey: 22,
  listeners: ['broker'],
  latestVersionUnstable: true,
  fields: {
    transactionalId: string('0+', { nullable: '0+', entityType: 'transactionalId' }),
    transactionTimeoutMs: int32('0+'),
    producerId: int64('3+', { default: -1, entityType: 'producerId' }),
    producerEpoch: int16('3+', { default: -1 }),
    enable2Pc: bool('6+', { default: false }),
    keepPreparedTxn: bool('6+', { default: false }),
  },
});

export const initProducerIdResponse = message({
  name: 'InitProducerIdResponse',
  versions: '0-6',
  flexible: '2+',
  apiKey: 22,
  fields: {
    throttleTimeMs: int32('0+', { ignorable: true }),
    errorCode: int16('0+'),
    producerId: int64('0+', { default: -1, entityType: 'producerId' }),
    producerEpoch: int16('0+'),
    ongoingTxnProducerId: int64('6+', { default: -1, entityType: 'producerId' }),
    ongoingTxnProducerEpoch: int16('6+', { default: -1 }),
  },
});
