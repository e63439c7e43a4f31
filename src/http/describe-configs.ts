import { KafkaError } from '../../protocol/errors.ts';
import { describeConfigsRequest, describeConfigsResponse } from '../../protocol/schema/32-describe-configs.ts';
import type { Decoded } from '../../protocol/schema/table.ts';
import { throwIfFailed } from '../local-client/errors.ts';
import type { LocalClient } from '../local-client/local-client.ts';

const VERSION = 4;

/** Kafka's `ConfigResource.Type`. */
export const ConfigResourceType = { TOPIC: 2, BROKER: 4 } as const;

type DescribedConfig = Decoded<typeof describeConfigsResponse>['results'][number]['configs'][number];

/** Every config of a topic or a broker, with its synonyms. Rejects with the error of the answer. */
export async function describeConfigs(
  client: LocalClient,
  resourceType: number,
  resourceName: string,
): Promise<DescribedConfig[]> {
  const resources = [{ resourceType, resourceName, configurationKeys: null }];
  const body = { resources, includeSynonyms: true };
  const { results } = await client.request([describeConfigsRequest, describeConfigsResponse], VERSION, body);
  const [result] = results;
  if (result === undefined) {
    throw new KafkaError('UNKNOWN_SERVER_ERROR', `the configs of ${resourceName} were not answered`);
  }
  throwIfFailed(result, `DescribeConfigs of ${resourceName}`);
  return result.configs;
}
