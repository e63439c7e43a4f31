/** IncrementalAlterConfigs (KIP-339): SET, DELETE, APPEND and SUBTRACT; of loggers (KIP-412) SET and DELETE. */
import {
  incrementalAlterConfigsRequest,
  incrementalAlterConfigsResponse,
} from '../../protocol/schema/44-incremental-alter-configs.ts';
import { AlterConfigOp } from '../metadata/controller-requests.ts';
import { alterResources, failedResources } from './config-alterations.ts';
import { handler } from './handler.ts';
import { alterLoggers } from './logger-levels.ts';

export const incrementalAlterConfigs = handler({
  request: incrementalAlterConfigsRequest,
  response: incrementalAlterConfigsResponse,

  async handle({ resources, validateOnly }, context, broker) {
    const responses = await alterResources(resources, context, broker, {
      alterLoggers: (resource) => alterLoggers(broker.loggers, broker.config.nodeId, resource, validateOnly),
      mayBeNull: ({ configOperation }) => configOperation === AlterConfigOp.DELETE,
      ask: (forwarded) => broker.controller.incrementalAlterConfigs(forwarded, validateOnly),
    });
    return { responses };
  },

  failed: ({ resources }, error) => ({ responses: failedResources(resources, error) }),
});
