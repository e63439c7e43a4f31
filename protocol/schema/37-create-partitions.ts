/** CreatePartitions, API key 37: versions 0–3, flexible from 2. */
import { array, bool, int16, int32, message, string } from './table.ts';

export const createPartitionsRequest = message({
  name: 'CreatePartitionsRequest',
  versions: '0-3',
  flexible: '2+',
  apiKey: 37,
  listeners: ['broker', 'controller'],
  fields: {
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName', mapKey: true }),
      count: int32('0+'),
      assignments: array(
        '0+',
        {
          brokerIds: array('0+', 'int32', { entityType: 'brokerId' }),
        },
        { nullable: '0+' },
      ),
    }),
    timeoutMs: int32('0+'),
    validateOnly: bool('0+'),
  },
});

export const createPartitionsResponse = message({
  name: 'CreatePartitionsResponse',
  versions: '0-3',
  flexible: '2+',
  apiKey: 37,
  fields: {
    throttleTimeMs: int32('0+'),
    results: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+', default: null }),
    }),
  },
});
