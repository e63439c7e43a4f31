/** Takes away all that clients can put into the metadata, in one change: for tests that begin anew on a running broker. */

import { quotaEntityParts } from '../client-quotas.ts';
import type { ControllerConfig } from '../controller-config.ts';
import { ConfigResource, configResource, type MetadataImage } from '../image.ts';
import type { MetadataRecord } from '../records.ts';
import { securityRecords } from '../security-records.ts';
import { type Decision, RecordWriter } from './decision.ts';
import { isElrEnabled, MIN_ISR } from './topic-configs.ts';

/**
 * Topics, configs, client quotas, SCRAM users, access control entries and delegation tokens; what a format writes comes
 * back to its value. Brokers and feature levels stay. Answers the names of the topics that were there.
 */
export function resetMetadata(
  state: MetadataImage,
  { minInsyncReplicas }: Pick<ControllerConfig, 'minInsyncReplicas'>,
): Decision<string[]> {
  const writer = new RecordWriter(state);
  const records: MetadataRecord[] = [];
  for (const { id } of state.topicsByName.values()) records.push(writer.write('RemoveTopicRecord', { topicId: id }));
  for (const [key, configs] of state.configsByResource) {
    const { type: resourceType, name: resourceName } = configResource(key);
    // A topic takes its configs along.
    if (resourceType === ConfigResource.TOPIC && state.topicsByName.has(resourceName)) continue;
    for (const [name, before] of configs) {
      // A cluster has its minimum in the metadata from its first day on, while ELR is enabled (KIP-966).
      const isKept = resourceType === ConfigResource.BROKER && resourceName === '' && name === MIN_ISR;
      const value = isKept && isElrEnabled(state) ? String(minInsyncReplicas) : null;
      if (value !== before) records.push(writer.write('ConfigRecord', { resourceType, resourceName, name, value }));
    }
  }
  for (const { entity, values } of state.clientQuotas.values()) {
    const parts = quotaEntityParts(entity);
    for (const [key, value] of values) {
      records.push(writer.write('ClientQuotaRecord', { entity: parts, key, value, remove: true }));
    }
  }
  for (const { user, mechanism } of state.scramCredentials.values()) {
    records.push(writer.write('RemoveUserScramCredentialRecord', { name: user, mechanism }));
  }
  const { acls, tokens } = securityRecords(state);
  for (const id of acls.keys()) records.push(writer.write('RemoveAccessControlEntryRecord', { id }));
  for (const tokenId of tokens.keys()) records.push(writer.write('RemoveDelegationTokenRecord', { tokenId }));
  return { records, answer: [...state.topicsByName.keys()] };
}
