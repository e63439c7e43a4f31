/** OffsetFetch, of one group or several (KIP-709). Offsets of topics that the client may not describe stay hidden. */
import { ErrorCode } from '../../protocol/errors.ts';
import { offsetFetchRequest, offsetFetchResponse } from '../../protocol/schema/09-offset-fetch.ts';
import type { Encodable } from '../../protocol/schema/table.ts';
import { AclOperation } from '../metadata/acls.ts';
import { groupForbidden, mayDoToGroup, mayDoToTopic } from './access.ts';
import type { BrokerContext } from './context.ts';
import { handler } from './handler.ts';
import type { RequestContext } from './request-context.ts';

type Group = NonNullable<Encodable<typeof offsetFetchResponse>['groups']>[number];
type Topic = NonNullable<Group['topics']>[number];

const FIRST_BATCHED_VERSION = 8;

export const offsetFetch = handler({
  request: offsetFetchRequest,
  response: offsetFetchResponse,

  async handle(request, context, broker) {
    if (broker.authorizer === null) return broker.groups.offsetFetch(context, request);
    const mayDescribe = (group: string): boolean => mayDoToGroup(broker, context, AclOperation.DESCRIBE, group);
    if (context.apiVersion < FIRST_BATCHED_VERSION) {
      if (!mayDescribe(request.groupId)) throw groupForbidden(request.groupId);
      const { topics = [], ...rest } = await broker.groups.offsetFetch(context, request);
      return { ...rest, topics: visible(topics, request.topics === null, context, broker) };
    }
    const allowed = request.groups.filter(({ groupId }) => mayDescribe(groupId));
    const { groups = [] } = await broker.groups.offsetFetch(context, { ...request, groups: allowed });
    const hidden = request.groups.filter((group) => !allowed.includes(group));
    return {
      groups: [
        ...hidden.map(({ groupId }) => ({ groupId, errorCode: groupForbidden(groupId).errorCode })),
        ...groups.map((group, i) => ({
          ...group,
          topics: visible(group.topics ?? [], allowed[i]?.topics === null, context, broker),
        })),
      ],
    };
  },

  failed: (request, { errorCode }, { apiVersion }) =>
    apiVersion < FIRST_BATCHED_VERSION
      ? { errorCode }
      : { groups: request.groups.map(({ groupId }) => ({ groupId, errorCode })) },
});

/** Of all topics, those that the client may not describe are left out; those it named are refused. */
function visible(
  topics: readonly Topic[],
  wantedAll: boolean,
  context: RequestContext,
  broker: BrokerContext,
): Topic[] {
  const isVisible = ({ name, topicId }: Topic): boolean => {
    const topic = name || broker.image().topicsById.get(topicId ?? '')?.name;
    return topic === undefined || mayDoToTopic(broker, context, AclOperation.DESCRIBE, topic);
  };
  if (wantedAll) return topics.filter(isVisible);
  return topics.map((topic) =>
    isVisible(topic)
      ? topic
      : {
          ...topic,
          partitions: (topic.partitions ?? []).map(({ partitionIndex }) => ({
            partitionIndex,
            committedOffset: -1,
            committedLeaderEpoch: -1,
            metadata: '',
            errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
          })),
        },
  );
}
