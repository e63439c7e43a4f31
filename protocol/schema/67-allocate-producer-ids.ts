/** AllocateProducerIds, API key 67: versions 0, flexible from 0. */
import { int16, int32, int64, message } from './table.ts';

export const allocateProducerIdsRequest = message({
  name: 'AllocateProducerIdsRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 67,
  listeners: ['controller'],
  fields: {
    brokerId: int32('0+', { entityType: 'brokerId' }),
    brokerEpoch: int64('0+', { default: -1 }),
  },
});

export const allocateProducerIdsResponse = message({
  name: 'AllocateProducerIdsResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 67,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    producerIdStart: int64('0+', { entityType: 'producerId' }),
    producerIdLen: int32('0+'),
  },
});
