/**
 * A broker, assembled: configuration in, a running node out. The order of a start: sockets are bound, so that port 0 is
 * known; the metadata log and the logs are opened; replicas follow the image; the broker registers and is unfenced; and
 * only then are requests answered. Those that came earlier wait, in order.
 */
import { BufferPool } from '../collections/buffer-pool.ts';
import { TimerHeap } from '../collections/timer-heap.ts';
import { authorizerConfig } from '../config/authorizer-config.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import { rootLogLevel } from '../config/log-level.ts';
import { GroupCoordinator } from '../coordinator/group/group-coordinator.ts';
import { GROUP_METADATA_TOPIC } from '../handlers/internal-topics.ts';
import type { RequestContext } from '../handlers/request-context.ts';
import { brokerHandlers, controllerHandlers } from '../handlers/table.ts';
import type { LocalClient } from '../local-client/local-client.ts';
import { lockDirectories } from '../log/directory-lock.ts';
import { LogManager } from '../log/log-manager.ts';
import type { Endpoint } from '../metadata/image.ts';
import { MetadataNode } from '../metadata/metadata-node.ts';
import { securityRecords } from '../metadata/security-records.ts';
import type { BoundListener, FrameHandler } from '../net/connection.ts';
import { SocketServer } from '../net/server.ts';
import { type Clock, SystemClock } from '../platform/clock.ts';
import type { Executor } from '../platform/executor.ts';
import type { FileSystem } from '../platform/file-system.ts';
import { awaitable } from '../platform/later.ts';
import type { Logger } from '../platform/logger.ts';
import { LoggerLevels } from '../platform/logger-levels.ts';
import { NodeFileSystem } from '../platform/node-file-system.ts';
import { type Random, systemRandom } from '../platform/random.ts';
import type { Tracing } from '../platform/tracing.ts';
import type { VoterEndpoint } from '../raft/messages.ts';
import { FetchSessionCache } from '../replication/fetch-session.ts';
import { LogDirMoves } from '../replication/log-dir-moves.ts';
import { ReplicaManager } from '../replication/replica-manager.ts';
import { Authorizer } from '../security/authorizer.ts';
import { BrokerMetadata } from './broker-metadata.ts';
import { ClientMetrics } from './client-metrics.ts';
import { ConfigView } from './config-view.ts';
import { CoordinatorPartitions } from './coordinator-partitions.ts';
import { DefaultExecutor } from './default-executor.ts';
import { Dispatcher, type Interceptor, servedApis } from './dispatcher.ts';
import { FetchMemory } from './fetch-memory.ts';
import { brokerContext } from './handler-context.ts';
import { idleWarnings } from './idle-warnings.ts';
import { type LocalClientOptions, LocalClients } from './local-clients.ts';
import { LogDirs, usableLogDirs } from './log-dirs.ts';
import type { MetricFamily } from './metrics/metric-family.ts';
import { RequestStats } from './metrics/request-stats.ts';
import { ParkedRequests } from './parked-requests.ts';
import { ProducerIds } from './producer-ids.ts';
import {
  connectionLimits,
  groupCoordinatorConfig,
  netLimits,
  netListeners,
  raftConfig,
  snapshotConfig,
} from './settings.ts';
import { TopicCreation } from './topic-creation.ts';

/** How long a stop waits for answers that clients do not take. */
const STOP_GRACE_MS = 10_000;

export interface BrokerOptions {
  readonly config: BrokerConfig;
  /** Writes every line it is given; `samsa.log.level` and the levels of the broker's loggers decide which those are. */
  readonly logger: Logger;
  readonly fs?: FileSystem;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Worker threads when absent. The broker closes it. */
  readonly executor?: Executor;
  readonly buffers?: BufferPool;
  /** The broker cannot go on (its metadata log cannot be written) and is to be stopped. */
  readonly onFatal?: (failure: Error) => void;
  /** Sees every request of clients before it is served; for faults in tests. */
  readonly intercept?: Interceptor | undefined;
  /** Told of what clients in the process do. */
  readonly tracing?: Tracing | undefined;
}

export class Broker {
  /** Milliseconds from `start` to the first request answered. */
  readonly readyMs: number;
  readonly boundListeners: readonly BoundListener[];
  readonly clusterId: string;
  readonly #localClients: LocalClients;
  readonly #observe: () => Promise<MetricFamily[]>;
  readonly #stopParts: () => Promise<void>;
  readonly #resetParts: () => Promise<string[]>;
  readonly #changes: Set<() => void>;
  #stopping: Promise<void> | undefined;

  private constructor(parts: {
    readyMs: number;
    boundListeners: readonly BoundListener[];
    clusterId: string;
    localClients: LocalClients;
    observe: () => Promise<MetricFamily[]>;
    stopParts: () => Promise<void>;
    resetParts: () => Promise<string[]>;
    changes: Set<() => void>;
  }) {
    this.readyMs = parts.readyMs;
    this.boundListeners = parts.boundListeners;
    this.clusterId = parts.clusterId;
    this.#localClients = parts.localClients;
    this.#observe = parts.observe;
    this.#stopParts = parts.stopParts;
    this.#resetParts = parts.resetParts;
    this.#changes = parts.changes;
  }

  /** Rejects with a sentence when a directory belongs to another cluster, a port is taken, and the like. */
  static async start({
    config,
    logger,
    fs = new NodeFileSystem(),
    clock: clockBelow = new SystemClock(),
    random = systemRandom,
    executor = new DefaultExecutor(clockBelow, logger),
    buffers = new BufferPool(),
    onFatal,
    intercept,
    tracing,
  }: BrokerOptions): Promise<Broker> {
    const clock = new TimerHeap(clockBelow);
    const startedMs = clock.monotonic();
    const loggers = new LoggerLevels(logger, rootLogLevel(config));
    const gate = new Gate();
    const sockets = new SocketServer({
      listeners: netListeners(config),
      handler: (frame, connection, turn) => gate.dispatch(frame, connection, turn),
      limits: netLimits(config),
      buffers,
      clock,
      logger: loggers.named('samsa.network'),
    });
    const undo: (() => Promise<unknown>)[] = [() => sockets.stop(0), () => executor.close()];
    try {
      // First of all: two brokers on one directory would ruin it.
      const locked = await lockDirectories([...config.logDirs, config.metadataLogDir], fs, logger);
      undo.push(() => locked.release());
      const usableDirs = usableLogDirs(config, locked.failed, logger);
      const boundListeners = await sockets.start();
      const view = new ConfigView(config, loggers);
      const metadata = await MetadataNode.start({
        nodeId: config.nodeId,
        logDirs: usableDirs,
        metadataLogDir: config.metadataLogDir,
        ...(config.controllerEndpoint === null
          ? {}
          : { controllerEndpoint: withBoundPort(config.controllerEndpoint, boundListeners) }),
        ...(config.clusterId === null ? {} : { clusterId: config.clusterId }),
        config: view.controllerConfig,
        raftConfig: raftConfig(config),
        snapshotConfig: snapshotConfig(config),
        logSegments: { bytes: config.metadataLogSegmentBytes, ms: config.metadataLogSegmentMs },
        ...controllerEndpoint(config, boundListeners),
        fs,
        clock,
        random,
        logger: loggers.named('samsa.metadata'),
        onFatal: (failure) => {
          logger.error(
            { err: failure },
            `the metadata log in ${config.metadataLogDir} cannot be written, and the broker stops: mend the disk and start it again`,
          );
          onFatal?.(failure);
        },
      });
      undo.push(() => metadata.close());
      view.follow(() => metadata.image());
      const fatal = (failure: Error): void => {
        logger.error({ err: failure }, `${failure.message}; the broker stops`);
        onFatal?.(failure);
      };
      const logDirs = new LogDirs({
        metadata,
        metadataLogDir: config.metadataLogDir,
        clock,
        logger: loggers.named('samsa.log'),
        failureTimeoutMs: config.logDirFailureTimeoutMs,
        onFatal: fatal,
      });
      const logs = await LogManager.open({
        buffers,
        dirs: config.logDirs,
        offlineDirs: new Set(locked.failed.keys()),
        directoryIds: metadata.directoryIds,
        onDirectoryFailure: () => logDirs.failed(),
        fs,
        clock,
        random,
        logger: loggers.named('samsa.log'),
        executor,
        configFor: (topic) => view.logConfig(topic),
        cleaner: config.logCleanerEnable ? () => view.cleanerConfig() : null,
        producerIdExpirationMs: () => view.current().producerIdExpirationMs,
        maxOpenFiles: config.samsaLogMaxOpenFiles,
        recoveryParallelism: config.numRecoveryThreadsPerDataDir * config.logDirs.length,
        retentionCheckIntervalMs: config.logRetentionCheckIntervalMs,
        offsetCheckpointIntervalMs: config.logFlushOffsetCheckpointIntervalMs,
        highWatermarkCheckpointIntervalMs: config.replicaHighWatermarkCheckpointIntervalMs,
        producerExpirationCheckIntervalMs: config.producerIdExpirationCheckIntervalMs,
        isStray: (topicId) => !metadata.image().topicsById.has(topicId),
        assignedDirectory: (topicId, { partition }) => {
          const registration = metadata.image().topicsById.get(topicId)?.partitions.get(partition);
          return registration?.directories[registration.replicas.indexOf(config.nodeId)];
        },
      });
      undo.push(() => logs.close());

      const replicas = new ReplicaManager({
        localBrokerId: config.nodeId,
        logs,
        logger: loggers.named('samsa.replication'),
        onMisplaced: (replica) => logDirs.misplaced(replica),
      });
      const onlineDirs = logDirs.watch(logs, replicas);
      const moves = new LogDirMoves({
        logs,
        replicas,
        clock,
        logger: loggers.named('samsa.replication'),
        maxBytesPerSecond: () => view.logDirMoveBytesPerSecond(),
        assign: (replica) => logDirs.assign(replica),
      });
      undo.push(() => moves.stop());
      const parked = new ParkedRequests(clock);
      const changes = new Set<() => void>();
      const changed = (): void => {
        for (const callback of changes) callback();
      };
      replicas.onPartitionChange(({ name }) => {
        parked.stir(name);
        changed();
      });
      const groups = new GroupCoordinator({
        writer: new CoordinatorPartitions(replicas),
        clock,
        logger: loggers.named('samsa.coordinator.group'),
        random,
        config: groupCoordinatorConfig(config),
        // As many as the topic has where it is there already, whatever the configuration says now.
        numPartitions:
          metadata.image().topicsByName.get(GROUP_METADATA_TOPIC)?.partitions.size ?? config.offsetsTopicNumPartitions,
        topics: {
          topicId: (name) => metadata.image().topicsByName.get(name)?.id,
          topicName: (id) => metadata.image().topicsById.get(id)?.name,
        },
      });
      const warnOfIdle = idleWarnings(loggers.named('samsa.broker'));
      const brokerMetadata = new BrokerMetadata({
        nodeId: config.nodeId,
        replicas,
        groups,
        logger: loggers.named('samsa.broker'),
        onBrokerConfigs: () => {
          sockets.updateLimits(connectionLimits(view.current()));
          warnOfIdle(view.alteredKeys());
        },
        onTopicConfigs: (topic) => {
          for (const log of logs.all()) {
            const { topic: name } = log.topicPartition;
            if (topic === null || topic === name) log.updateConfig(view.logConfig(name));
          }
        },
      });
      await metadata.addListener(async (image, delta) => {
        await brokerMetadata.apply(image, delta);
        changed();
      });

      const acls = authorizerConfig(config.settings);
      let brokerEpoch = -1;
      const shared = {
        config,
        authorizer:
          acls === null ? null : new Authorizer({ ...acls, acls: () => securityRecords(metadata.image()).acls }),
        logger: loggers.named('samsa.request'),
        loggers,
        metadata,
        logs,
        replicas,
        moves,
        groups,
        parked,
        view,
        buffers,
        fetchMemory: new FetchMemory(config.samsaFetchMaxInFlightBytes),
        fetchSessions: new FetchSessionCache({ slots: config.maxIncrementalFetchSessionCacheSlots, clock, random }),
        clientMetrics: new ClientMetrics({
          image: () => metadata.image(),
          maxBytes: config.telemetryMaxBytes,
          clock,
          random,
        }),
        producerIds: new ProducerIds(metadata.controller, config.nodeId, () => brokerEpoch),
        topics: new TopicCreation({
          controller: metadata.controller,
          config,
          image: () => metadata.image(),
          coordinatorsReady: () => brokerMetadata.coordinatorsReady(),
        }),
        // Envelopes come to controllers only, and what is in them is the controller's business.
        dispatchForwarded: (frame: Buffer, context: RequestContext) => forControllers.dispatchForwarded(frame, context),
      };
      const stats = new RequestStats(clock);
      const controllerNames = new Set(config.controllerListenerNames);
      const forBrokers = new Dispatcher(
        brokerHandlers,
        'broker',
        brokerContext({ ...shared, listenerType: 'broker', servedApis: servedApis(brokerHandlers) }),
        stats,
        intercept,
      );
      const forControllers: Dispatcher = new Dispatcher(
        controllerHandlers,
        'controller',
        brokerContext({ ...shared, listenerType: 'controller', servedApis: servedApis(controllerHandlers) }),
        stats,
      );

      ({ brokerEpoch } = await metadata.registerAndUnfence({
        endpoints: advertisedEndpoints(config, boundListeners),
        rack: config.brokerRack,
        logDirs: onlineDirs,
      }));
      logDirs.registered();
      moves.resume();
      gate.open((frame, connection, turn) =>
        (controllerNames.has(connection.listenerName) ? forControllers : forBrokers).dispatch(frame, connection, turn),
      );
      const readyMs = clock.monotonic() - startedMs;
      const localClients = new LocalClients({
        serve: (frame, connection, turn) => gate.dispatch(frame, connection, turn),
        ...{ config, boundListeners, clock, random, tracing },
      });
      return new Broker({
        readyMs,
        boundListeners,
        clusterId: metadata.clusterId,
        localClients,
        changes,
        resetParts: () => {
          loggers.reset();
          return metadata.controller.reset();
        },
        observe: async () => {
          const { brokerMetrics } = await import('./metrics/broker-metrics.ts');
          return brokerMetrics({ ...shared, stats, sockets });
        },
        stopParts: () =>
          stopParts({
            ...{ sockets, localClients, parked, groups, moves, metadata, logs, executor, logger },
            unlock: () => locked.release(),
          }),
      });
    } catch (failure) {
      for (const step of undo.reverse()) await step().catch(() => {});
      throw failure;
    }
  }

  /**
   * A client that needs no socket: its requests are served as those of the listener are. It closes with the broker; close
   * it before where many come and go.
   */
  localClient(options: LocalClientOptions = {}): LocalClient {
    return this.#localClients.open(options);
  }

  /**
   * Takes away all that clients put there since the directory was formatted: topics, and with the broker's own all groups
   * and their offsets, configs, quotas, SCRAM users, access control entries, delegation tokens, log levels. Connections and
   * feature levels stay. Resolves with the names of the topics when they are gone.
   */
  reset(): Promise<string[]> {
    return this.#resetParts();
  }

  /** Calls back whenever a partition or the metadata changed, until the returned function is called. */
  onChange(callback: () => void): () => void {
    this.#changes.add(callback);
    return () => void this.#changes.delete(callback);
  }

  /** What there is to know of the broker now, in Prometheus' terms. Requests are timed from the first call on. */
  metrics(): Promise<MetricFamily[]> {
    return this.#observe();
  }

  /** Finishes the requests it accepted, hands its leadership back, flushes and closes everything. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopParts();
    return this.#stopping;
  }
}

interface Parts {
  readonly sockets: SocketServer;
  readonly localClients: LocalClients;
  readonly parked: ParkedRequests;
  readonly groups: GroupCoordinator;
  readonly moves: LogDirMoves;
  readonly metadata: MetadataNode;
  readonly logs: LogManager;
  readonly executor: Executor;
  readonly unlock: () => Promise<void>;
  readonly logger: Logger;
}

async function stopParts(parts: Parts): Promise<void> {
  const { sockets, localClients, parked, groups, moves, metadata, logs, executor, unlock, logger } = parts;
  const steps: readonly [string, () => Promise<unknown>][] = [
    [
      'sockets',
      () => {
        const stopped = Promise.all([sockets.stop(STOP_GRACE_MS), localClients.close()]);
        // What waits for something to happen is answered now; the rest is finished by its handlers.
        parked.close();
        groups.sendWaitersAway();
        return stopped;
      },
    ],
    ['groups', async () => groups.shutdown()],
    ['moves between log dirs', () => moves.stop()],
    ['controlled shutdown', () => metadata.controlledShutdown()],
    // The epoch in .kafka_cleanshutdown tells the next start that this stop was clean.
    ['logs', () => logs.close({ brokerEpoch: metadata.brokerEpoch })],
    ['executor', () => executor.close()],
    ['metadata log', () => metadata.close()],
    ['locks', unlock],
  ];
  const failures: unknown[] = [];
  for (const [what, step] of steps) {
    try {
      await step();
    } catch (err) {
      logger.error({ err }, `stopping the ${what} failed`);
      failures.push(err);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'the broker did not stop cleanly');
}

/** Where the other voters reach this one: the first controller listener, if there is any. */
function controllerEndpoint(
  config: BrokerConfig,
  bound: readonly BoundListener[],
): { controllerEndpoint?: VoterEndpoint } {
  const [name] = config.controllerListenerNames;
  const listener = config.listeners.find((each) => each.name === name);
  if (listener === undefined) return {};
  const port = bound.find((each) => each.name === name)?.port ?? listener.port;
  return { controllerEndpoint: { name: listener.name, host: listener.host || 'localhost', port } };
}

function advertisedEndpoints(config: BrokerConfig, bound: readonly BoundListener[]): Endpoint[] {
  return config.advertisedListeners.map((listener) => ({ ...withBoundPort(listener, bound), securityProtocol: 0 }));
}

function withBoundPort(
  { name, host, port }: { readonly name: string; readonly host: string; readonly port: number },
  bound: readonly BoundListener[],
) {
  return { name, host, port: port === 0 ? (bound.find((listener) => listener.name === name)?.port ?? 0) : port };
}

/** Holds requests back, in order, until the broker is ready. */
class Gate {
  readonly #opened: Promise<void>;
  #open: () => void = () => {};
  #dispatch: FrameHandler | undefined;

  constructor() {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  dispatch(...request: Parameters<FrameHandler>): ReturnType<FrameHandler> {
    if (this.#dispatch !== undefined) return this.#dispatch(...request);
    return this.#opened.then(() => awaitable(this.#dispatch!(...request)));
  }

  open(dispatch: FrameHandler): void {
    this.#dispatch = dispatch;
    this.#open();
  }
}
