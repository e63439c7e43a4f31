/** The topics that Kafka keeps for itself (`org.apache.kafka.common.internals.Topic`). */
export const GROUP_METADATA_TOPIC = '__consumer_offsets';
export const TRANSACTION_STATE_TOPIC = '__transaction_state';
export const SHARE_GROUP_STATE_TOPIC = '__share_group_state';

const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  GROUP_METADATA_TOPIC,
  TRANSACTION_STATE_TOPIC,
  SHARE_GROUP_STATE_TOPIC,
]);

export function isInternalTopic(name: string): boolean {
  return INTERNAL_TOPICS.has(name);
}
