/** CreatePartitions (KIP-195). The new partitions are usable when this returns. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import { createPartitionsRequest, createPartitionsResponse } from '../../protocol/schema/37-create-partitions.ts';
import { AclOperation } from '../metadata/acls.ts';
import { mayDoToTopic } from './access.ts';
import { handler } from './handler.ts';

export const createPartitions = handler({
  request: createPartitionsRequest,
  response: createPartitionsResponse,

  async handle({ topics, validateOnly }, context, broker) {
    const mayAlter = (name: string): boolean => mayDoToTopic(broker, context, AclOperation.ALTER, name);
    const times = new Map<string, number>();
    for (const { name } of topics) times.set(name, (times.get(name) ?? 0) + 1);
    const results = await broker.controller.createPartitions({
      topics: topics.filter(({ name }) => times.get(name) === 1 && mayAlter(name)),
      validateOnly,
    });
    const twice = [...times].filter(([, count]) => count > 1);
    const duplicate = new KafkaError('INVALID_REQUEST', 'Duplicate topic in request.');
    return {
      results: [
        ...twice.map(([name]) => ({ name, errorCode: duplicate.errorCode, errorMessage: duplicate.message })),
        ...[...times.keys()]
          .filter((name) => times.get(name) === 1 && !mayAlter(name))
          .map((name) => ({ name, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, errorMessage: null })),
        ...results.map(({ name, error }) => ({
          name,
          errorCode: error?.errorCode ?? ErrorCode.NONE,
          errorMessage: error?.message ?? null,
        })),
      ],
    };
  },

  failed: ({ topics }, { errorCode, message }) => ({
    results: topics.map(({ name }) => ({ name, errorCode, errorMessage: message })),
  }),
});
