/** BrokerHeartbeat, API key 63: versions 0–2, flexible from 0. */
import { array, bool, int16, int32, int64, message } from './table.ts';

export const brokerHeartbeatRequest = message({
  name: 'BrokerHeartbeatRequest',
  versions: '0-2',
  flexible: '0+',
  apiKey: 63,
  listeners: ['controller'],
  fields: {
    brokerId: int32('0+', { entityType: 'brokerId' }),
    brokerEpoch: int64('0+', { default: -1 }),
    currentMetadataOffset: int64('0+'),
    wantFence: bool('0+'),
    wantShutDown: bool('0+'),
    offlineLogDirs: array('1+', 'uuid', { tagged: '1+', tag: 0 }),
    cordonedLogDirs: array('2+', 'uuid', { nullable: '2+', tagged: '2+', tag: 1, default: null }),
  },
});

export const brokerHeartbeatResponse = message({
  name: 'BrokerHeartbeatResponse',
  versions: '0-2',
  flexible: '0+',
  apiKey: 63,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    isCaughtUp: bool('0+', { default: false }),
    isFenced: bool('0+', { default: true }),
    shouldShutDown: bool('0+'),
  },
});
