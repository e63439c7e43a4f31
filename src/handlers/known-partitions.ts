import { ErrorCode } from '../../protocol/errors.ts';
import { AclOperation } from '../metadata/acls.ts';
import { mayDoToTopic } from './access.ts';
import type { BrokerContext } from './context.ts';
import type { RequestContext } from './request-context.ts';

interface Wanted<P> {
  readonly name: string;
  readonly topicId?: string;
  readonly partitions: readonly P[];
}
interface Answered<A> {
  readonly name?: string | undefined;
  readonly topicId?: string | undefined;
  readonly partitions?: readonly A[] | undefined;
}

/**
 * Coordinators know topics, not how many partitions they have: what a request names beyond them is taken out before it
 * is asked, and put back into the answer as UNKNOWN_TOPIC_OR_PARTITION; and so are topics that the client may not read,
 * as TOPIC_AUTHORIZATION_FAILED.
 */
export async function askForKnownPartitions<
  P extends { readonly partitionIndex: number },
  T extends Wanted<P>,
  A extends { readonly partitionIndex?: number | undefined; readonly errorCode?: number | undefined },
  R extends { readonly topics?: readonly Answered<A>[] | undefined },
>(topics: readonly T[], context: RequestContext, broker: BrokerContext, ask: (topics: T[]) => Promise<R>) {
  const image = broker.image();
  const unknown = new Map<T, P[]>();
  const forbidden = new Set<T>();
  const known = topics.map((topic) => {
    const found = image.topicsByName.get(topic.name) ?? image.topicsById.get(topic.topicId ?? '');
    if (!mayDoToTopic(broker, context, AclOperation.READ, found?.name ?? topic.name)) {
      forbidden.add(topic);
      unknown.set(topic, [...topic.partitions]);
      return { ...topic, partitions: [] };
    }
    const missing = found === undefined ? [] : topic.partitions.filter((p) => !found.partitions.has(p.partitionIndex));
    if (missing.length === 0) return topic;
    unknown.set(topic, missing);
    return { ...topic, partitions: topic.partitions.filter((p) => !missing.includes(p)) };
  });
  const response = await ask(known);
  if (unknown.size === 0) return response;
  const answers = (response.topics ?? []).map((answer, i) => {
    const missing = unknown.get(topics[i]!) ?? [];
    const refused = missing.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode: forbidden.has(topics[i]!)
        ? ErrorCode.TOPIC_AUTHORIZATION_FAILED
        : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    }));
    return { ...answer, partitions: [...(answer.partitions ?? []), ...refused] };
  });
  return { ...response, topics: answers };
}
