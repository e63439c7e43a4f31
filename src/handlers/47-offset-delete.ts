/** OffsetDelete (KIP-496). */
import { offsetDeleteRequest, offsetDeleteResponse } from '../../protocol/schema/47-offset-delete.ts';
import { handler } from './handler.ts';
import { askForKnownPartitions } from './known-partitions.ts';

export const offsetDelete = handler({
  request: offsetDeleteRequest,
  response: offsetDeleteResponse,

  handle: (request, context, broker) =>
    askForKnownPartitions(request.topics, context, broker, (topics) =>
      broker.groups.offsetDelete(context, { ...request, topics }),
    ),

  failed: (_request, { errorCode }) => ({ errorCode }),
});
