/** Fetch (KIP-74 limits, KIP-98 isolation, KIP-227 sessions, KIP-320 epochs, KIP-516 topic ids, KIP-595 divergence). */
import { ErrorCode } from '../../protocol/errors.ts';
import { fetchRequest, fetchResponse } from '../../protocol/schema/01-fetch.ts';
import type { Encodable } from '../../protocol/schema/table.ts';
import type { FetchContext, FetchPartition } from '../replication/fetch-session.ts';
import type { BrokerContext } from './context.ts';
import { FetchRead, type FetchRequest, type Outcome, type PartitionAnswer, replicaIdOf } from './fetch-read.ts';
import { handler } from './handler.ts';
import { nodeEndpointsOf } from './leader-hint.ts';
import type { RequestContext } from './request-context.ts';

const FIRST_TOPIC_ID_VERSION = 13;

type Answer = Encodable<typeof fetchResponse>;

export const fetch = handler({
  request: fetchRequest,
  response: fetchResponse,

  handle(request, context, broker) {
    const session = broker.fetchSessions.context(sessionRequest(request, context, broker));
    if (session.errorCode !== ErrorCode.NONE) return { errorCode: session.errorCode };
    const read = new FetchRead(request, session.partitions, context, broker);
    const outcomes = read.run();
    if (outcomes instanceof Promise) return finish(read, outcomes, session, context, broker);
    if (outcomes !== null && read.mustWait(outcomes)) return finish(read, outcomes, session, context, broker);
    read.releaseWhenSent();
    return outcomes === null ? null : settle(session, outcomes, context, broker);
  },

  failed(_request, error) {
    return { errorCode: error.errorCode };
  },
});

/** The rest of a fetch that has to wait: for its turn, a file, or records. */
async function finish(
  read: FetchRead,
  begun: Outcome[] | Promise<Outcome[] | null>,
  session: FetchContext,
  context: RequestContext,
  broker: BrokerContext,
): Promise<Answer | null> {
  try {
    let outcomes = await begun;
    if (outcomes !== null && read.mustWait(outcomes)) {
      const wait = read.waitAfter(outcomes);
      // Over the wait only sizes are kept.
      outcomes = null;
      read.release();
      await read.park(wait);
      outcomes = await read.run();
    }
    return outcomes === null ? null : settle(session, outcomes, context, broker);
  } finally {
    read.releaseWhenSent();
  }
}

function sessionRequest(request: FetchRequest, { apiVersion }: RequestContext, broker: BrokerContext) {
  const usesTopicIds = apiVersion >= FIRST_TOPIC_ID_VERSION;
  const nameOf = (topic: string, topicId: string): string | undefined =>
    usesTopicIds ? broker.image().topicsById.get(topicId)?.name : topic;
  const partitions: FetchPartition[] = [];
  for (const { topic, topicId, partitions: wanted } of request.topics) {
    const name = nameOf(topic, topicId);
    for (const each of wanted) {
      const { partition, fetchOffset, currentLeaderEpoch, lastFetchedEpoch, logStartOffset } = each;
      partitions.push({
        topic: name,
        topicId,
        partition,
        fetchOffset,
        maxBytes: each.partitionMaxBytes,
        currentLeaderEpoch,
        lastFetchedEpoch,
        logStartOffset,
      });
    }
  }
  return {
    sessionId: request.sessionId,
    sessionEpoch: request.sessionEpoch,
    usesTopicIds,
    isFollower: replicaIdOf(request) >= 0,
    partitions,
    forgotten: request.forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
      partitions.map((partition) => ({ topic: nameOf(topic, topicId), topicId, partition })),
    ),
  };
}

function settle(
  session: FetchContext,
  outcomes: readonly Outcome[],
  context: RequestContext,
  broker: BrokerContext,
): Answer {
  const { errorCode, sessionId, send } = session.settle(outcomes);
  const responses: { topic: string; topicId: string; partitions: PartitionAnswer[] }[] = [];
  for (const { standing, recordsBytes } of outcomes) {
    if (standing === undefined || recordsBytes === 0) continue;
    standing.partition.traffic.fetches++;
    standing.partition.traffic.bytesOut += recordsBytes;
  }
  session.partitions.forEach(({ topic, topicId }, i) => {
    if (!send[i]) return;
    const last = responses.at(-1);
    const name = topic ?? '';
    if (last !== undefined && last.topic === name && last.topicId === topicId)
      last.partitions.push(outcomes[i]!.answer);
    else responses.push({ topic: name, topicId, partitions: [outcomes[i]!.answer] });
  });
  const hasHints = outcomes.some(({ answer }) => answer.currentLeader !== undefined);
  const nodeEndpoints = hasHints
    ? nodeEndpointsOf(
        outcomes.map(({ answer }) => answer),
        context,
        broker,
      )
    : [];
  return { errorCode, sessionId, responses, nodeEndpoints };
}
