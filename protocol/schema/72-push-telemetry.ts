/** PushTelemetry, API key 72: versions 0, flexible from 0. */
import { bool, bytes, int8, int16, int32, message, uuid } from './table.ts';

export const pushTelemetryRequest = message({
  name: 'PushTelemetryRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 72,
  listeners: ['broker'],
  fields: {
    clientInstanceId: uuid('0+'),
    subscriptionId: int32('0+'),
    terminating: bool('0+'),
    compressionType: int8('0+'),
    metrics: bytes('0+'),
  },
});

export const pushTelemetryResponse = message({
  name: 'PushTelemetryResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 72,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
  },
});
