/** CreateTopics (KIP-464 defaults, KIP-525 configs in the answer). A topic is usable when this returns. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import { createTopicsRequest, createTopicsResponse } from '../../protocol/schema/19-create-topics.ts';
import { AclOperation } from '../metadata/acls.ts';
import { ZERO_UUID } from '../replication/fetch-session.ts';
import { mayDoToCluster, mayDoToTopic } from './access.ts';
import { handler } from './handler.ts';

const FIRST_VERSION_WITH_CONFIGS = 5;

export const createTopics = handler({
  request: createTopicsRequest,
  response: createTopicsResponse,

  async handle(request, context, broker) {
    const { apiVersion } = context;
    const mayCreateAll = mayDoToCluster(broker, context, AclOperation.CREATE);
    const times = new Map<string, number>();
    for (const { name } of request.topics) times.set(name, (times.get(name) ?? 0) + 1);
    const refusal = (name: string): KafkaError | undefined => {
      if (times.get(name) !== 1) return new KafkaError('INVALID_REQUEST', `Duplicate topic in request.`);
      if (name === '__cluster_metadata') {
        return new KafkaError('INVALID_REQUEST', `Creation of internal topic ${name} is prohibited.`);
      }
      if (mayCreateAll || mayDoToTopic(broker, context, AclOperation.CREATE, name)) return undefined;
      return new KafkaError('TOPIC_AUTHORIZATION_FAILED', 'Authorization failed.');
    };
    const created = await broker.controller.createTopics({
      topics: request.topics.filter(({ name }) => refusal(name) === undefined),
      validateOnly: request.validateOnly,
    });
    const byName = new Map(created.map((topic) => [topic.name, topic]));
    const topics = [...times.keys()].map((name) => {
      const refused = refusal(name);
      if (refused !== undefined) return failure(name, refused);
      const topic = byName.get(name)!;
      if (topic.error !== null) return failure(name, topic.error);
      const { topicId, numPartitions, replicationFactor } = topic;
      if (!mayDoToTopic(broker, context, AclOperation.DESCRIBE_CONFIGS, name)) {
        return {
          name,
          topicId,
          numPartitions: -1,
          replicationFactor: -1,
          configs: [],
          topicConfigErrorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
        };
      }
      const wanted = request.topics.find((candidate) => candidate.name === name)?.configs ?? [];
      const configs = apiVersion < FIRST_VERSION_WITH_CONFIGS ? [] : broker.describeNewTopic(name, wanted);
      return { name, topicId, numPartitions, replicationFactor, configs };
    });
    return { topics };
  },

  failed: (request, error) => ({ topics: request.topics.map(({ name }) => failure(name, error)) }),
});

function failure(name: string, { errorCode, message }: KafkaError) {
  return {
    name,
    topicId: ZERO_UUID,
    errorCode,
    errorMessage: message,
    numPartitions: -1,
    replicationFactor: -1,
    configs: [],
    topicConfigErrorCode: ErrorCode.NONE,
  };
}
