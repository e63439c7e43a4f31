/** DeleteTopics, by name or by id (KIP-516). */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import { deleteTopicsRequest, deleteTopicsResponse } from '../../protocol/schema/20-delete-topics.ts';
import type { Decoded } from '../../protocol/schema/table.ts';
import { ZERO_UUID } from '../replication/fetch-session.ts';
import { handler } from './handler.ts';

type Reference = { readonly name: string | null; readonly topicId: string };

/** Names travel in `topicNames` before version 6. */
function references({ topics, topicNames }: Decoded<typeof deleteTopicsRequest>, apiVersion: number): Reference[] {
  return apiVersion < 6 ? topicNames.map((name) => ({ name, topicId: ZERO_UUID })) : topics;
}

export const deleteTopics = handler({
  request: deleteTopicsRequest,
  response: deleteTopicsResponse,

  async handle(request, { apiVersion }, broker) {
    if (!broker.config.deleteTopicEnable) {
      throw new KafkaError(
        apiVersion < 3 ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED',
        'delete.topic.enable is false',
      );
    }
    const wanted = references(request, apiVersion);
    const keys = new Map<string, number>();
    for (const { name, topicId } of wanted) {
      const id = broker.image().topicsByName.get(name ?? '')?.id ?? topicId;
      const key = id === ZERO_UUID ? `name ${name}` : id;
      keys.set(key, (keys.get(key) ?? 0) + 1);
    }
    const hasBoth = wanted.find(({ name, topicId }) => name !== null && topicId !== ZERO_UUID);
    if (hasBoth !== undefined)
      throw new KafkaError('INVALID_REQUEST', 'You may not specify both topic name and topic id.');
    if ([...keys.values()].some((times) => times > 1)) {
      throw new KafkaError('INVALID_REQUEST', 'a topic is named twice in the request');
    }
    const deleted = await broker.controller.deleteTopics(
      wanted.map(({ name, topicId }) => (name === null ? { topicId } : { name })),
    );
    return {
      responses: deleted.map(({ name, topicId, error }) => ({
        name,
        topicId,
        errorCode: error?.errorCode ?? ErrorCode.NONE,
        errorMessage: error?.message ?? null,
      })),
    };
  },

  failed(request, { errorCode, message }, { apiVersion }) {
    // A topic named twice is refused once, as Kafka does.
    const distinct = new Map(references(request, apiVersion).map((topic) => [topic.name ?? topic.topicId, topic]));
    return { responses: [...distinct.values()].map((topic) => ({ ...topic, errorCode, errorMessage: message })) };
  },
});
