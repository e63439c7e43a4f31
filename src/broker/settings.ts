/** The configuration as the parts of a broker want it. */
import { compressionType } from '../../protocol/records/compression.ts';
import type { ActedOnKey } from '../config/acted-on.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { Settings } from '../config/settings.ts';
import type { GroupCoordinatorConfig } from '../coordinator/group/config.ts';
import type { CleanerConfig } from '../log/compaction/log-cleaner.ts';
import type { SnapshotConfig } from '../metadata/snapshot-generator.ts';
import type { ListenerConfig } from '../net/connection.ts';
import { type ConnectionLimits, defaultNetLimits, type NetLimits } from '../net/limits.ts';
import { defaultRaftConfig, type RaftConfig } from '../raft/raft-config.ts';

const MINUTE_MS = 60_000;
/** `offsets.commit.timeout.ms`, Kafka's default; not a key that Samsa lets change. */
const OFFSETS_COMMIT_TIMEOUT_MS = 5_000;

export function groupCoordinatorConfig(config: BrokerConfig): GroupCoordinatorConfig {
  return {
    minSessionTimeoutMs: config.groupMinSessionTimeoutMs,
    maxSessionTimeoutMs: config.groupMaxSessionTimeoutMs,
    maxSize: config.groupMaxSize,
    initialRebalanceDelayMs: config.groupInitialRebalanceDelayMs,
    appendLingerMs: config.groupCoordinatorAppendLingerMs,
    offsetMetadataMaxBytes: config.offsetMetadataMaxBytes,
    offsetsRetentionMs: config.offsetsRetentionMinutes * MINUTE_MS,
    offsetsRetentionCheckIntervalMs: config.offsetsRetentionCheckIntervalMs,
    offsetsCommitTimeoutMs: OFFSETS_COMMIT_TIMEOUT_MS,
    offsetsLoadBufferSize: config.offsetsLoadBufferSize,
    compression: compressionType(config.offsetsTopicCompressionCodec),
    maxBatchBytes: config.messageMaxBytes,
  };
}

/** What compaction runs on; `settings` has what was altered since the start. */
export function cleanerConfig(settings: Settings): CleanerConfig {
  const number = (key: ActedOnKey): number => Number(settings.value(key));
  return {
    threads: number('log.cleaner.threads'),
    backoffMs: number('log.cleaner.backoff.ms'),
    dedupeBufferBytes: number('log.cleaner.dedupe.buffer.size'),
    loadFactor: number('log.cleaner.io.buffer.load.factor'),
    ioBufferBytes: number('log.cleaner.io.buffer.size'),
    maxIoBytesPerSecond: number('log.cleaner.io.max.bytes.per.second'),
  };
}

/** The quorum's time-outs and sizes. */
export function raftConfig(config: BrokerConfig): RaftConfig {
  return {
    ...defaultRaftConfig,
    electionTimeoutMs: config.controllerQuorumElectionTimeoutMs,
    electionBackoffMaxMs: config.controllerQuorumElectionBackoffMaxMs,
    fetchTimeoutMs: config.controllerQuorumFetchTimeoutMs,
    requestTimeoutMs: config.controllerQuorumRequestTimeoutMs,
    retryBackoffMs: config.controllerQuorumRetryBackoffMs,
    fetchMaxBytes: config.controllerQuorumFetchMaxBytes,
    fetchSnapshotMaxBytes: config.controllerQuorumFetchSnapshotMaxBytes,
  };
}

/** When snapshots of the metadata are made, and what is kept behind them. */
export function snapshotConfig(config: BrokerConfig): SnapshotConfig {
  return {
    maxBytes: config.metadataLogMaxRecordBytesBetweenSnapshots,
    maxIntervalMs: config.metadataLogMaxSnapshotIntervalMs,
    retentionBytes: config.metadataMaxRetentionBytes,
    retentionMs: config.metadataMaxRetentionMs,
  };
}

/** The listeners to bind; those of controllers stay reachable when clients have used up `max.connections`. */
export function netListeners(config: BrokerConfig): ListenerConfig[] {
  return config.listeners.map(({ name, host, port, securityProtocol }) => {
    if (securityProtocol !== 'PLAINTEXT') {
      throw new Error(`listener ${name} asks for ${securityProtocol}; this version of Samsa serves PLAINTEXT`);
    }
    return { name, host, port, securityProtocol, isPrivileged: config.controllerListenerNames.includes(name) };
  });
}

export function netLimits(config: BrokerConfig): NetLimits {
  return {
    ...defaultNetLimits,
    socketRequestMaxBytes: config.socketRequestMaxBytes,
    queuedMaxRequestBytes: config.queuedMaxRequestBytes,
    maxInFlightPerConnection: {
      requests: config.samsaConnectionMaxInFlightRequests,
      bytes: config.samsaConnectionMaxInFlightBytes,
    },
    connectionsMaxIdleMs: config.connectionsMaxIdleMs,
    ...connectionLimits(config),
  };
}

/** The limits that may be altered while the broker runs. */
export function connectionLimits(config: BrokerConfig): ConnectionLimits {
  const { maxConnections, maxConnectionsPerIp, maxConnectionsPerIpOverrides } = config;
  return { maxConnections, maxConnectionsPerIp, maxConnectionsPerIpOverrides };
}
