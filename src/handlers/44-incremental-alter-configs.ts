/** IncrementalAlterConfigs (KIP-339): SET, DELETE, APPEND and SUBTRACT. */
import {
  incrementalAlterConfigsRequest,
  incrementalAlterConfigsResponse,
} from '../../protocol/schema/44-incremental-alter-configs.ts';
import { alteredResponses, failedResources } from './altered-configs.ts';
import { handler } from './handler.ts';

export const incrementalAlterConfigs = handler({
  request: incrementalAlterConfigsRequest,
  response: incrementalAlterConfigsResponse,

  async handle({ resources, validateOnly }, _context, broker) {
    return { responses: alteredResponses(await broker.controller.incrementalAlterConfigs(resources, validateOnly)) };
  },

  failed: ({ resources }, error) => ({ responses: failedResources(resources, error) }),
});
