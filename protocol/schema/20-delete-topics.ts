/** DeleteTopics, API key 20: versions 1–6, flexible from 4. */
import { array, int16, int32, message, string, uuid } from './table.ts';

export const deleteTopicsRequest = message({
  name: 'DeleteTopicsRequest',
  versions: '1-6',
  flexible: '4+',
  apiKey: 20,
  listeners: ['broker', 'controller'],
  fields: {
    topics: array('6+', {
      name: string('6+', { nullable: '6+', default: null, entityType: 'topicName' }),
      topicId: uuid('6+'),
    }),
    topicNames: array('0-5', 'string', { ignorable: true, entityType: 'topicName' }),
    timeoutMs: int32('0+'),
  },
});

export const deleteTopicsResponse = message({
  name: 'DeleteTopicsResponse',
  versions: '1-6',
  flexible: '4+',
  apiKey: 20,
  fields: {
    throttleTimeMs: int32('1+', { ignorable: true }),
    responses: array('0+', {
      name: string('0+', { nullable: '6+', entityType: 'topicName', mapKey: true }),
      topicId: uuid('6+', { ignorable: true }),
      errorCode: int16('0+'),
      errorMessage: string('5+', { nullable: '5+', default: null, ignorable: true }),
    }),
  },
});
