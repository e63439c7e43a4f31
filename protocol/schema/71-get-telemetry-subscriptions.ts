/** GetTelemetrySubscriptions, API key 71: versions 0, flexible from 0. */
import { array, bool, int16, int32, message, uuid } from './table.ts';

export const getTelemetrySubscriptionsRequest = message({
  name: 'GetTelemetrySubscriptionsRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 71,
  listeners: ['broker'],
  fields: {
    clientInstanceId: uuid('0+'),
  },
});

export const getTelemetrySubscriptionsResponse = message({
  name: 'GetTelemetrySubscriptionsResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 71,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    clientInstanceId: uuid('0+'),
    subscriptionId: int32('0+'),
    acceptedCompressionTypes: array('0+', 'int8'),
    pushIntervalMs: int32('0+'),
    telemetryMaxBytes: int32('0+'),
    deltaTemporality: bool('0+'),
    requestedMetrics: array('0+', 'string'),
  },
});
