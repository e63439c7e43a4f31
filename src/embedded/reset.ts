import { describeConfigsRequest, describeConfigsResponse } from '../../protocol/schema/32-describe-configs.ts';
import {
  incrementalAlterConfigsRequest,
  incrementalAlterConfigsResponse,
} from '../../protocol/schema/44-incremental-alter-configs.ts';
import {
  listConfigResourcesRequest,
  listConfigResourcesResponse,
} from '../../protocol/schema/74-list-config-resources.ts';
import { throwIfFailed } from '../local-client/errors.ts';
import type { LocalClient } from '../local-client/local-client.ts';
import { ConfigResource } from '../metadata/image.ts';

const DESCRIBE_CONFIGS = [describeConfigsRequest, describeConfigsResponse] as const;
const INCREMENTAL_ALTER_CONFIGS = [incrementalAlterConfigsRequest, incrementalAlterConfigsResponse] as const;
const LIST_CONFIG_RESOURCES = [listConfigResourcesRequest, listConfigResourcesResponse] as const;

/** Where a value comes from that was altered, in DescribeConfigs: everywhere but in the file and the defaults. */
const DYNAMIC_SOURCES: ReadonlySet<number> = new Set([2, 3, 6, 7, 8]);
const DELETE = 1;
/** A cluster's own from its first day on, and never altered, while ELR is enabled (KIP-966). */
const KEPT = 'min.insync.replicas';

/**
 * Deletes every topic, and with the broker's own all groups, their members and their offsets; then the configs that were
 * altered while it ran. Clients stay connected.
 */
export async function resetBroker(client: LocalClient): Promise<void> {
  const { topics } = await client.metadata(null);
  const names = topics.flatMap(({ name }) => (name === null ? [] : [name]));
  if (names.length > 0) {
    for (const deleted of await client.deleteTopics(names)) {
      throwIfFailed(deleted, `DeleteTopics of ${deleted.name}`);
    }
  }
  await deleteConfigs(client);
}

async function deleteConfigs(client: LocalClient): Promise<void> {
  const resourceTypes = [ConfigResource.BROKER, ConfigResource.CLIENT_METRICS, ConfigResource.GROUP];
  const { configResources } = await client.request(LIST_CONFIG_RESOURCES, 1, { resourceTypes });
  const defaults = { resourceType: ConfigResource.BROKER, resourceName: '' };
  const resources = [...configResources, defaults].map(({ resourceType, resourceName }) => ({
    ...{ resourceType, resourceName },
    configurationKeys: null,
  }));
  const { results } = await client.request(DESCRIBE_CONFIGS, 4, { resources });
  const altered = results.flatMap(({ resourceType, resourceName, configs }) => {
    const dynamic = configs.filter(({ name, configSource }) => DYNAMIC_SOURCES.has(configSource) && name !== KEPT);
    if (dynamic.length === 0) return [];
    const deletions = dynamic.map(({ name }) => ({ name, configOperation: DELETE, value: null }));
    return [{ resourceType, resourceName, configs: deletions }];
  });
  if (altered.length === 0) return;
  const { responses } = await client.request(INCREMENTAL_ALTER_CONFIGS, 1, { resources: altered });
  for (const answer of responses) throwIfFailed(answer, `IncrementalAlterConfigs of ${answer.resourceName}`);
}
