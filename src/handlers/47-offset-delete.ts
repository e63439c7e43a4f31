/** OffsetDelete (KIP-496). */
import { offsetDeleteRequest, offsetDeleteResponse } from '../../protocol/schema/47-offset-delete.ts';
import { handler } from './handler.ts';

export const offsetDelete = handler({
  request: offsetDeleteRequest,
  response: offsetDeleteResponse,

  handle: (request, context, broker) => broker.groups.offsetDelete(context, request),

  failed: (_request, { errorCode }) => ({ errorCode }),
});
