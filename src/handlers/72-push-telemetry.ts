/** PushTelemetry (KIP-714): a client's metrics. */
import { ErrorCode } from '../../protocol/errors.ts';
import { pushTelemetryRequest, pushTelemetryResponse } from '../../protocol/schema/72-push-telemetry.ts';
import { clientDescription } from './client-description.ts';
import { handler } from './handler.ts';

export const pushTelemetry = handler({
  request: pushTelemetryRequest,
  response: pushTelemetryResponse,

  handle(request, context, broker) {
    broker.clientMetrics.push(request, clientDescription(context));
    return { errorCode: ErrorCode.NONE };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
