/** DescribeConfigs (KIP-133, KIP-226 synonyms, KIP-412 loggers, KIP-714 client metrics, KIP-848 groups). */
import { ErrorCode, KafkaError, toKafkaError } from '../../protocol/errors.ts';
import { describeConfigsRequest, describeConfigsResponse } from '../../protocol/schema/32-describe-configs.ts';
import { AclOperation } from '../metadata/acls.ts';
import { ConfigResource } from '../metadata/image.ts';
import { checkConfigAccess } from './access.ts';
import { handler } from './handler.ts';

const TYPES: ReadonlySet<number> = new Set(Object.values(ConfigResource));

export const describeConfigs = handler({
  request: describeConfigsRequest,
  response: describeConfigsResponse,

  handle(request, context, broker) {
    const unknown = request.resources.find(({ resourceType }) => !TYPES.has(resourceType));
    if (unknown !== undefined) {
      const { resourceType, resourceName } = unknown;
      throw new KafkaError('INVALID_REQUEST', `Unexpected resource type ${resourceType} for resource ${resourceName}`);
    }
    return {
      results: request.resources.map(({ resourceType, resourceName, configurationKeys }) => {
        try {
          checkConfigAccess(broker, context, AclOperation.DESCRIBE_CONFIGS, resourceType, resourceName);
          const entries = broker.describeConfigs(resourceType, resourceName);
          const wanted =
            configurationKeys === null || configurationKeys.length === 0
              ? entries
              : entries.filter(({ name }) => configurationKeys.includes(name));
          const configs = wanted.map((entry) => ({
            ...entry,
            synonyms: request.includeSynonyms ? entry.synonyms : [],
            documentation: request.includeDocumentation || entry.documentation === '' ? entry.documentation : null,
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
