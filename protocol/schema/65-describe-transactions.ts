/** DescribeTransactions, API key 65: versions 0, flexible from 0. */
import { array, int16, int32, int64, message, string } from './table.ts';

export const describeTransactionsRequest = message({
  name: 'DescribeTransactionsRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 65,
  listeners: ['broker'],
  fields: {
    transactionalIds: array('0+', 'string', { entityType: 'transactionalId' }),
  },
});

export const describeTransactionsResponse = message({
  name: 'DescribeTransactionsResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 65,
  fields: {
    throttleTimeMs: int32('0+'),
    transactionStates: array('0+', {
      errorCode: int16('0+'),
      transactionalId: string('0+', { entityType: 'transactionalId' }),
      transactionState: string('0+'),
      transactionTimeoutMs: int32('0+'),
      transactionStartTimeMs: int64('0+'),
      producerId: int64('0+', { entityType: 'producerId' }),
      producerEpoch: int16('0+'),
      topics: array('0+', {
        topic: string('0+', { entityType: 'topicName', mapKey: true }),
        partitions: array('0+', 'int32'),
      }),
    }),
  },
});
