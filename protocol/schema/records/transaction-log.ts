/** TransactionLog: key and value of a record of __transaction_state, record type 0. */
import { array, int8, int16, int32, int64, message, string } from '../table.ts';

export const transactionLogKey = message({
  name: 'TransactionLogKey',
  versions: '0',
  flexible: 'none',
  apiKey: 0,
  fields: {
    transactionalId: string('0'),
  },
});

export const transactionLogValue = message({
  name: 'TransactionLogValue',
  versions: '0-1',
  flexible: '1+',
  apiKey: 0,
  fields: {
    producerId: int64('0+'),
    previousProducerId: int64('1+', { tagged: '1+', tag: 0, default: -1 }),
    nextProducerId: int64('1+', { tagged: '1+', tag: 1, default: -1 }),
    producerEpoch: int16('0+'),
    nextProducerEpoch: int16('1+', { tagged: '1+', tag: 3, default: -1 }),
    transactionTimeoutMs: int32('0+'),
    transactionStatus: int8('0+'),
    transactionPartitions: array(
      '0+',
      {
        topic: string('0+'),
        partitionIds: array('0+', 'int32'),
      },
      { nullable: '0+' },
    ),
    transactionLastUpdateTimestampMs: int64('0+'),
    transactionStartTimestampMs: int64('0+'),
    clientTransactionVersion: int16('1+', { tagged: '1+', tag: 2, default: 0 }),
  },
});
