/** DescribeConfigs (KIP-133, KIP-226 synonyms): topics and brokers. */
import { ErrorCode, toKafkaError } from '../../protocol/errors.ts';
import { describeConfigsRequest, describeConfigsResponse } from '../../protocol/schema/32-describe-configs.ts';
import { handler } from './handler.ts';

export const describeConfigs = handler({
  request: describeConfigsRequest,
  response: describeConfigsResponse,

  handle(request, _context, broker) {
    return {
      results: request.resources.map(({ resourceType, resourceName, configurationKeys }) => {
        try {
          const entries = broker.describeConfigs(resourceType, resourceName);
          const wanted =
            configurationKeys === null ? entries : entries.filter(({ name }) => configurationKeys.includes(name));
          const configs = wanted.map((entry) => ({
            ...entry,
            synonyms: request.includeSynonyms ? entry.synonyms : [],
            documentation: null,
          }));
          return { errorCode: ErrorCode.NONE, errorMessage: null, resourceType, resourceName, configs };
        } catch (thrown) {
          const { errorCode, message } = toKafkaError(thrown);
          return { errorCode, errorMessage: message, resourceType, resourceName, configs: [] };
        }
      }),
    };
  },

  failed(request, { errorCode, message }) {
    return {
      results: request.resources.map(({ resourceType, resourceName }) => ({
        errorCode,
        errorMessage: message,
        resourceType,
        resourceName,
        configs: [],
      })),
    };
  },
});
