/** OffsetFetch, of one group or several (KIP-709). */
import { offsetFetchRequest, offsetFetchResponse } from '../../protocol/schema/09-offset-fetch.ts';
import { handler } from './handler.ts';

export const offsetFetch = handler({
  request: offsetFetchRequest,
  response: offsetFetchResponse,

  handle: (request, context, broker) => broker.groups.offsetFetch(context, request),

  failed: (request, { errorCode }, { apiVersion }) =>
    apiVersion < 8 ? { errorCode } : { groups: request.groups.map(({ groupId }) => ({ groupId, errorCode })) },
});
