/** OffsetForLeaderEpoch (KIP-101, KIP-320): where an epoch ended in the leader's log. */
import { ErrorCode, toKafkaError } from '../../protocol/errors.ts';
import {
  offsetForLeaderEpochRequest,
  offsetForLeaderEpochResponse,
} from '../../protocol/schema/23-offset-for-leader-epoch.ts';
import { AclOperation } from '../metadata/acls.ts';
import { checkTopicAccess, mayDoToCluster } from './access.ts';
import { handler } from './handler.ts';

const UNDEFINED = { leaderEpoch: -1, endOffset: -1 };

export const offsetForLeaderEpoch = handler({
  request: offsetForLeaderEpochRequest,
  response: offsetForLeaderEpochResponse,

  handle(request, context, broker) {
    const isBroker = mayDoToCluster(broker, context, AclOperation.CLUSTER_ACTION);
    return {
      topics: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch }) => {
          try {
            if (!isBroker) checkTopicAccess(broker, context, AclOperation.DESCRIBE, topic);
            const partition = broker.replicas.get({ topic, partition: index });
            partition.checkLeader(currentLeaderEpoch);
            const end = partition.log.endOffsetForEpoch(leaderEpoch) ?? UNDEFINED;
            return { partition: index, errorCode: ErrorCode.NONE, ...end };
          } catch (thrown) {
            return { partition: index, errorCode: toKafkaError(thrown).errorCode, ...UNDEFINED };
          }
        }),
      })),
    };
  },

  failed(request, { errorCode }) {
    return {
      topics: request.topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => ({ partition, errorCode, ...UNDEFINED })),
      })),
    };
  },
});
