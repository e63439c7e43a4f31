/** DeleteTopics, by name or by id (KIP-516). */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import { deleteTopicsRequest, deleteTopicsResponse } from '../../protocol/schema/20-delete-topics.ts';
import type { Decoded } from '../../protocol/schema/table.ts';
import { AclOperation } from '../metadata/acls.ts';
import { ZERO_UUID } from '../replication/fetch-session.ts';
import { mayDoToTopic } from './access.ts';
import type { BrokerContext } from './context.ts';
import { handler } from './handler.ts';
import type { RequestContext } from './request-context.ts';

type Reference = { readonly name: string | null; readonly topicId: string };

/** Names travel in `topicNames` before version 6. */
function references({ topics, topicNames }: Decoded<typeof deleteTopicsRequest>, apiVersion: number): Reference[] {
  return apiVersion < 6 ? topicNames.map((name) => ({ name, topicId: ZERO_UUID })) : topics;
}

/** What is not there may be asked for by anybody who knows its id. */
function mayDelete({ name, topicId }: Reference, context: RequestContext, broker: BrokerContext): boolean {
  const topic = name ?? broker.image().topicsById.get(topicId)?.name;
  return topic === undefined || mayDoToTopic(broker, context, AclOperation.DELETE, topic);
}

export const deleteTopics = handler({
  request: deleteTopicsRequest,
  response: deleteTopicsResponse,

  async handle(request, context, broker) {
    const { apiVersion } = context;
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
    const refused = wanted.filter((topic) => !mayDelete(topic, context, broker));
    const allowed = wanted.filter((topic) => !refused.includes(topic));
    const deleted = await broker.controller.deleteTopics(
      allowed.map(({ name, topicId }) => (name === null ? { topicId } : { name })),
    );
    const { errorCode, message } = new KafkaError('TOPIC_AUTHORIZATION_FAILED', 'Topic authorization failed.');
    return {
      responses: [
        ...refused.map(({ name, topicId }) => ({ name, topicId, errorCode, errorMessage: message })),
        ...deleted.map(({ name, topicId, error }) => ({
          name,
          topicId,
          errorCode: error?.errorCode ?? ErrorCode.NONE,
          errorMessage: error?.message ?? null,
        })),
      ],
    };
  },

  failed(request, { errorCode, message }, { apiVersion }) {
    // A topic named twice is refused once, as Kafka does.
    const distinct = new Map(references(request, apiVersion).map((topic) => [topic.name ?? topic.topicId, topic]));
    return { responses: [...distinct.values()].map((topic) => ({ ...topic, errorCode, errorMessage: message })) };
  },
});
