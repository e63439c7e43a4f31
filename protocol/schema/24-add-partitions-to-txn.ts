/** AddPartitionsToTxn, API key 24: versions 0–5, flexible from 3. */
import { array, bool, type Fields, int16, int32, int64, message, string } from './table.ts';

const addPartitionsToTxnTopic = {
  name: string('0+', { entityType: 'topicName', mapKey: true }),
  partitions: array('0+', 'int32'),
} as const satisfies Fields;

export const addPartitionsToTxnRequest = message({
  name: 'AddPartitionsToTxnRequest',
  versions: '0-5',
  flexible: '3+',
  apiKey: 24,
  listeners: ['broker'],
  fields: {
    transactions: array('4+', {
      transactionalId: string('4+', { entityType: 'transactionalId', mapKey: true }),
      producerId: int64('4+', { entityType: 'producerId' }),
      producerEpoch: int16('4+'),
      verifyOnly: bool('4+', { default: false }),
      topics: array('4+', addPartitionsToTxnTopic),
    }),
    v3AndBelowTransactionalId: string('0-3', { entityType: 'transactionalId' }),
    v3AndBelowProducerId: int64('0-3', { entityType: 'producerId' }),
    v3AndBelowProducerEpoch: int16('0-3'),
    v3AndBelowTopics: array('0-3', addPartitionsToTxnTopic),
  },
});

const addPartitionsToTxnPartitionResult = {
  partitionIndex: int32('0+', { mapKey: true }),
  partitionErrorCode: int16('0+'),
} as const satisfies Fields;

const addPartitionsToTxnTopicResult = {
  name: string('0+', { entityType: 'topicName', mapKey: true }),
  resultsByPartition: array('0+', addPartitionsToTxnPartitionResult),
} as const satisfies Fields;

export const addPartitionsToTxnResponse = message({
  name: 'AddPartitionsToTxnResponse',
  versions: '0-5',
  flexible: '3+',
  apiKey: 24,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('4+', { ignorable: true }),
    resultsByTransaction: array('4+', {
      transactionalId: string('4+', { entityType: 'transactionalId', mapKey: true }),
      topicResults: array('4+', addPartitionsToTxnTopicResult),
    }),
    resultsByTopicV3AndBelow: array('0-3', addPartitionsToTxnTopicResult),
  },
});
