/** ListTransactions, API key 66: versions 0–2, flexible from 0. */
import { array, int16, int32, int64, message, string } from './table.ts';

export const listTransactionsRequest = message({
  name: 'ListTransactionsRequest',
  versions: '0-2',
  flexible: '0+',
  apiKey: 66,
  listeners: ['broker'],
  fields: {
    stateFilters: array('0+', 'string'),
    producerIdFilters: array('0+', 'int64', { entityType: 'producerId' }),
    durationFilter: int64('1+', { default: -1 }),
    transactionalIdPattern: string('2+', { nullable: '2+', default: null }),
  },
});

export const listTransactionsResponse = message({
  name: 'ListTransactionsResponse',
  versions: '0-2',
  flexible: '0+',
  apiKey: 66,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    unknownStateFilters: array('0+', 'string'),
    transactionStates: array('0+', {
      transactionalId: string('0+', { entityType: 'transactionalId' }),
      producerId: int64('0+', { entityType: 'producerId' }),
      transactionState: string('0+'),
    }),
  },
});
