import type { ListenerType } from '../../protocol/schema/table.ts';
import type { BufferPool } from '../collections/buffer-pool.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { GroupCoordinator } from '../coordinator/group/group-coordinator.ts';
import type { BrokerContext, LiveBroker, ServedApi, TopicCreation } from '../handlers/context.ts';
import type { LogManager } from '../log/log-manager.ts';
import { supportedFeatures } from '../metadata/features.ts';
import type { MetadataNode } from '../metadata/metadata-node.ts';
import { isKnownHost } from '../platform/host-names.ts';
import type { Logger } from '../platform/logger.ts';
import type { LoggerLevels } from '../platform/logger-levels.ts';
import type { FetchSessionCache } from '../replication/fetch-session.ts';
import type { LogDirMoves } from '../replication/log-dir-moves.ts';
import type { ReplicaManager } from '../replication/replica-manager.ts';
import type { Authorizer } from '../security/authorizer.ts';
import type { ClientMetrics } from './client-metrics.ts';
import type { ConfigView } from './config-view.ts';
import type { FetchMemory } from './fetch-memory.ts';
import type { ParkedRequests } from './parked-requests.ts';
import type { ProducerIds } from './producer-ids.ts';

export interface BrokerParts {
  readonly config: BrokerConfig;
  readonly listenerType: ListenerType;
  readonly authorizer: Authorizer | null;
  readonly logger: Logger;
  readonly loggers: LoggerLevels;
  readonly metadata: MetadataNode;
  readonly logs: LogManager;
  readonly replicas: ReplicaManager;
  readonly moves: LogDirMoves;
  readonly groups: GroupCoordinator;
  readonly parked: ParkedRequests;
  readonly fetchSessions: FetchSessionCache;
  readonly fetchMemory: FetchMemory;
  readonly buffers: BufferPool;
  readonly clientMetrics: ClientMetrics;
  readonly producerIds: ProducerIds;
  readonly topics: TopicCreation;
  readonly view: ConfigView;
  readonly servedApis: readonly ServedApi[];
  readonly dispatchForwarded: BrokerContext['dispatchForwarded'];
}

/** What handlers see of a broker's parts. */
export function brokerContext(parts: BrokerParts): BrokerContext {
  const {
    config,
    listenerType,
    authorizer,
    logger,
    loggers,
    metadata,
    logs,
    replicas,
    moves,
    groups,
    parked,
    fetchSessions,
    fetchMemory,
    buffers,
    clientMetrics,
    producerIds,
    topics,
    view,
  } = parts;
  const image = () => metadata.image();
  return {
    config,
    listenerType,
    authorizer,
    logger,
    loggers,
    controller: metadata.controller,
    quorum: metadata.quorum,
    logs,
    replicas,
    moves,
    groups,
    parked,
    fetchSessions,
    fetchMemory,
    buffers,
    clientMetrics,
    producerIds,
    topics,
    isKnownHost,
    servedApis: parts.servedApis,
    dispatchForwarded: parts.dispatchForwarded,
    image,
    // Clients before version 4 cannot read a feature that may be at level 0 (KAFKA-17492).
    supportedFeatures: (apiVersion) =>
      supportedFeatures
        .filter(({ minSupportedVersion }) => apiVersion >= 4 || minSupportedVersion > 0)
        .map(({ name, minSupportedVersion, maxSupportedVersion }) => ({
          name,
          minVersion: minSupportedVersion,
          maxVersion: maxSupportedVersion,
        })),
    liveBrokers(listenerName) {
      const live: LiveBroker[] = [];
      for (const { id, rack, fenced, endpoints } of image().brokers.values()) {
        const endpoint = endpoints.find(({ name }) => name === listenerName);
        if (!fenced && endpoint !== undefined)
          live.push({ nodeId: id, host: endpoint.host, port: endpoint.port, rack });
      }
      return live;
    },
    describeConfigs: (resourceType, resourceName) => view.describe(resourceType, resourceName),
    describeNewTopic: (name, wanted) => view.describeNewTopic(name, wanted),
  };
}
