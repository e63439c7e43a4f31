/** GetTelemetrySubscriptions (KIP-714): which metrics the client is to push, and how often. */
import { ErrorCode } from '../../protocol/errors.ts';
import {
  getTelemetrySubscriptionsRequest,
  getTelemetrySubscriptionsResponse,
} from '../../protocol/schema/71-get-telemetry-subscriptions.ts';
import { clientDescription } from './client-description.ts';
import { handler } from './handler.ts';

/** zstd, lz4, gzip, snappy: what is preferred comes first. */
const ACCEPTED_COMPRESSION = [4, 3, 1, 2];

export const getTelemetrySubscriptions = handler({
  request: getTelemetrySubscriptionsRequest,
  response: getTelemetrySubscriptionsResponse,

  handle({ clientInstanceId: asked }, context, broker) {
    const subscription = broker.clientMetrics.subscribe(asked, clientDescription(context));
    return {
      errorCode: ErrorCode.NONE,
      clientInstanceId: subscription.clientInstanceId,
      subscriptionId: subscription.subscriptionId,
      acceptedCompressionTypes: ACCEPTED_COMPRESSION,
      pushIntervalMs: subscription.pushIntervalMs,
      telemetryMaxBytes: broker.clientMetrics.maxBytes,
      deltaTemporality: true,
      requestedMetrics: subscription.metrics,
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
