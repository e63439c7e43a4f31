import type { BrokerConfig } from '../../config/broker-config.ts';
import type { GroupCoordinator } from '../../coordinator/group/group-coordinator.ts';
import type { LogManager } from '../../log/log-manager.ts';
import type { MetadataNode } from '../../metadata/metadata-node.ts';
import type { SocketServer } from '../../net/server.ts';
import type { ReplicaManager } from '../../replication/replica-manager.ts';
import type { ClientMetrics } from '../client-metrics.ts';
import type { FetchMemory } from '../fetch-memory.ts';
import type { ParkedRequests } from '../parked-requests.ts';
import type { RequestStats } from './request-stats.ts';

/** The parts that are looked at. */
export interface ObservedParts {
  readonly config: BrokerConfig;
  readonly stats: RequestStats;
  readonly sockets: Pick<SocketServer, 'connections' | 'queuedRequestBytes'>;
  readonly metadata: MetadataNode;
  readonly logs: LogManager;
  readonly replicas: ReplicaManager;
  readonly groups: GroupCoordinator;
  readonly parked: Pick<ParkedRequests, 'size'>;
  readonly clientMetrics: Pick<ClientMetrics, 'samples'>;
  readonly fetchMemory: Pick<FetchMemory, 'heldBytes'>;
}
