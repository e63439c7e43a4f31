/** AlterConfigs, the old API: what is not named goes back to its default. */
import { alterConfigsRequest, alterConfigsResponse } from '../../protocol/schema/33-alter-configs.ts';
import { alteredResponses, failedResources } from './altered-configs.ts';
import { handler } from './handler.ts';

export const alterConfigs = handler({
  request: alterConfigsRequest,
  response: alterConfigsResponse,

  async handle({ resources, validateOnly }, _context, broker) {
    return { responses: alteredResponses(await broker.controller.alterConfigs(resources, validateOnly)) };
  },

  failed: ({ resources }, error) => ({ responses: failedResources(resources, error) }),
});
