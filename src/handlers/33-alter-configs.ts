/** AlterConfigs, the old API: what is not named goes back to its default. */
import { alterConfigsRequest, alterConfigsResponse } from '../../protocol/schema/33-alter-configs.ts';
import { alterResources, failedResources } from './config-alterations.ts';
import { handler } from './handler.ts';

export const alterConfigs = handler({
  request: alterConfigsRequest,
  response: alterConfigsResponse,

  async handle({ resources, validateOnly }, context, broker) {
    const responses = await alterResources(resources, context, broker, {
      mayBeNull: () => false,
      ask: (forwarded) => broker.controller.alterConfigs(forwarded, validateOnly),
    });
    return { responses };
  },

  failed: ({ resources }, error) => ({ responses: failedResources(resources, error) }),
});
