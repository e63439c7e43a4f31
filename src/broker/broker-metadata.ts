/** What the broker does when the metadata changes, in this order: configs, replicas, coordinators. */
import type { GroupCoordinator } from '../coordinator/group/group-coordinator.ts';
import { GROUP_METADATA_TOPIC } from '../handlers/internal-topics.ts';
import {
  ConfigResource,
  configResource,
  type MetadataDelta,
  type MetadataImage,
  type TopicChange,
} from '../metadata/image.ts';
import type { Logger } from '../platform/logger.ts';
import type { ReplicaManager } from '../replication/replica-manager.ts';

export interface BrokerMetadataOptions {
  readonly nodeId: number;
  readonly replicas: ReplicaManager;
  readonly groups: GroupCoordinator;
  readonly logger: Logger;
  /** The broker's own configs changed, or those of all brokers. */
  readonly onBrokerConfigs: () => void;
  /** A topic's configs changed, or with null those that all topics inherit. */
  readonly onTopicConfigs: (topic: string | null) => void;
}

export class BrokerMetadata {
  readonly #options: BrokerMetadataOptions;
  #elections: Promise<void> = Promise.resolve();

  constructor(options: BrokerMetadataOptions) {
    this.#options = options;
  }

  /** Resolves once every coordinator elected so far has loaded. */
  coordinatorsReady(): Promise<void> {
    return this.#elections;
  }

  /** The image listener: resolves when replicas have followed; coordinators load on in the background. */
  async apply(image: MetadataImage, delta: MetadataDelta): Promise<void> {
    const changes = [...delta.topics.values()];
    this.#applyConfigs(delta);
    const gone = changes.flatMap(({ before, after }) => (before !== null && after === null ? [before] : []));
    const deleted = gone.map(({ name }) => name);
    const changed = changes.flatMap(({ after }) => (after === null ? [] : [after.name]));
    await this.#options.replicas.apply(image, { changed, deleted });
    for (const change of changes) this.#applyCoordinators(change);
    if (gone.length > 0) void this.#options.groups.onTopicsDeleted(gone);
  }

  #applyConfigs(delta: MetadataDelta): void {
    for (const key of delta.configs.keys()) {
      const { type, name } = configResource(key);
      if (type === ConfigResource.TOPIC) this.#options.onTopicConfigs(name);
      else if (type === ConfigResource.BROKER) {
        this.#options.onBrokerConfigs();
        this.#options.onTopicConfigs(null);
      }
    }
  }

  #applyCoordinators({ before, after, partitions }: TopicChange): void {
    if ((after ?? before)?.name !== GROUP_METADATA_TOPIC) return;
    const { nodeId, groups, logger } = this.#options;
    for (const [index, change] of partitions) {
      if (change.after === null) groups.onResignation(index, null);
      else if (change.after.leader !== nodeId) groups.onResignation(index, change.after.leaderEpoch);
      else if (change.before?.leader !== nodeId || change.before.leaderEpoch !== change.after.leaderEpoch) {
        const election = groups
          .onElection(index, change.after.leaderEpoch)
          .catch((err: unknown) =>
            logger.error({ err, partition: index }, 'groups of the partition could not be loaded'),
          );
        const earlier = this.#elections;
        this.#elections = election.then(() => earlier);
      }
    }
  }
}
