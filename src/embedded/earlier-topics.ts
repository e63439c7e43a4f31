import { produceRequest } from '../../protocol/schema/00-produce.ts';
import type { Decoded } from '../../protocol/schema/table.ts';
import type { Intercepted } from '../broker/dispatcher.ts';
import { mayDoToCluster, mayDoToTopic } from '../handlers/access.ts';
import { AclOperation } from '../metadata/acls.ts';

/**
 * The topics of before a reset, for producers that outlive it. Such a producer believes that they are there, is answered
 * UNKNOWN_TOPIC_OR_PARTITION, asks for Metadata, which makes the topic, and tries again, in kafkajs after 300 ms. Here its
 * first record makes the topic, where Metadata would have made it.
 */
export class EarlierTopics {
  readonly #names = new Set<string>();

  add(names: readonly string[]): void {
    for (const name of names) this.#names.add(name);
  }

  /** See `Interceptor`. */
  intercept({ handler, request, context, broker }: Intercepted): Promise<void> | undefined {
    if (this.#names.size === 0 || handler.request.apiKey !== produceRequest.apiKey) return undefined;
    if (!broker.config.autoCreateTopicsEnable) return undefined;
    const { topicData } = request as Decoded<typeof produceRequest>;
    const missing = topicData.flatMap(({ name }) => (this.#isMissing(name, broker) ? [name] : []));
    const mayCreateAll = mayDoToCluster(broker, context, AclOperation.CREATE);
    const names = missing.filter((name) => mayCreateAll || mayDoToTopic(broker, context, AclOperation.CREATE, name));
    return names.length === 0 ? undefined : this.#make(names, broker);
  }

  #isMissing(name: string, broker: Intercepted['broker']): boolean {
    return this.#names.has(name) && !broker.image().topicsByName.has(name);
  }

  /** What cannot be made is answered as the topic that is not there. */
  async #make(names: readonly string[], broker: Intercepted['broker']): Promise<void> {
    await broker.topics.createMissing(names);
    for (const name of names) this.#names.delete(name);
  }
}
