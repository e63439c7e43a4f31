/**
 * A node's metadata side, assembled: formats or checks its directories, opens the metadata log, leads the quorum of
 * one, replays the log into an image, and offers the controller. The broker registers itself through it.
 */
import { join } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import type { FileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import { type Random, randomUuid } from '../platform/random.ts';
import { readCheckpoint } from '../raft/checkpoint.ts';
import { KRaftNode } from '../raft/kraft-node.ts';
import type { Voters } from '../raft/logged-batch.ts';
import type { RaftNetwork, VoterEndpoint } from '../raft/messages.ts';
import { openRaftLog, type RaftLogOptions } from '../raft/open-raft-log.ts';
import { quorumStateFile } from '../raft/quorum-state.ts';
import { defaultRaftConfig, type RaftConfig } from '../raft/raft-config.ts';
import { METADATA_DIRECTORY, type RaftLog } from '../raft/raft-log.ts';
import { NO_DIRECTORY, type ReplicaKey } from '../raft/replica-key.ts';
import { SnapshotFiles } from '../raft/snapshot-store.ts';
import { describeVoters } from '../raft/voter-set.ts';
import { previousBrokerEpoch } from './clean-shutdown.ts';
import type { ControllerConfig } from './controller-config.ts';
import type { BrokerHeartbeatReply } from './controller-requests.ts';
import { openDataDirectories } from './data-directories.ts';
import { METADATA_VERSION, supportedFeatures, unsupportedFeature } from './features.ts';
import type { Endpoint, ImageListener, MetadataImage } from './image.ts';
import { MetadataLoader } from './metadata-loader.ts';
import { QuorumController } from './quorum-controller.ts';
import { defaultSnapshotConfig, type SnapshotConfig, SnapshotGenerator } from './snapshot-generator.ts';
import { BOOTSTRAP_CHECKPOINT, bootstrapRecords } from './write-metadata.ts';

export interface MetadataNodeOptions {
  readonly nodeId: number;
  /** Absolute paths of all `log.dirs` that can be used. */
  readonly logDirs: readonly string[];
  /** `metadata.log.dir`; the first of `log.dirs` when unset. */
  readonly metadataLogDir: string;
  /** Used when an empty directory is formatted (random when absent); a formatted one must have it. */
  readonly clusterId?: string;
  /** The controller listener as voters see it. When absent the one of the voters stays. */
  readonly controllerEndpoint?: VoterEndpoint;
  readonly config: ControllerConfig;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** `controller.quorum.*`; Kafka's defaults when absent. */
  readonly raftConfig?: RaftConfig;
  /** `metadata.log.*` and `metadata.max.retention.*`; Kafka's defaults when absent. */
  readonly snapshotConfig?: SnapshotConfig;
  readonly logSegments?: RaftLogOptions['segments'];
  /** The way to other voters; there are none when absent. */
  readonly network?: RaftNetwork;
  /** Opens the log in `__cluster_metadata-0`; of `src/log` when absent. */
  readonly openLog?: (options: RaftLogOptions) => Promise<RaftLog>;
  /** Called once when the metadata log cannot be written or replayed any more; the node must stop. */
  readonly onFatal: (failure: Error) => void;
}

export interface BrokerIdentity {
  /** As advertised, with the ports that were bound. */
  readonly endpoints: readonly Endpoint[];
  readonly rack: string | null;
  /** Those of `logDirs` that serve; all of them when absent. */
  readonly logDirs?: readonly string[];
  /** Of the life that ended cleanly just before; read from `.kafka_cleanshutdown` before `start` returns when absent. */
  readonly previousBrokerEpoch?: number;
}

const DEFAULT_CONTROLLER_ENDPOINT = { name: 'CONTROLLER', host: 'localhost', port: 9093 };
const PLAINTEXT = 0;

export class MetadataNode {
  readonly nodeId: number;
  readonly clusterId: string;
  /** The directory id of each of `logDirs` and of the metadata directory, by path. */
  readonly directoryIds: ReadonlyMap<string, string>;
  readonly controller: QuorumController;
  readonly #options: MetadataNodeOptions;
  readonly #raft: KRaftNode;
  readonly #loader: MetadataLoader;
  readonly #generator: SnapshotGenerator;
  readonly #previousBrokerEpoch: number;
  #brokerEpoch = -1;
  #isShutDown = false;
  #offlineLogDirs: readonly string[] = [];

  private constructor(
    options: MetadataNodeOptions,
    parts: {
      readonly clusterId: string;
      readonly directoryIds: ReadonlyMap<string, string>;
      readonly raft: KRaftNode;
      readonly loader: MetadataLoader;
      readonly controller: QuorumController;
      readonly generator: SnapshotGenerator;
      readonly previousBrokerEpoch: number;
    },
  ) {
    this.#options = options;
    this.nodeId = options.nodeId;
    this.clusterId = parts.clusterId;
    this.directoryIds = parts.directoryIds;
    this.controller = parts.controller;
    this.#raft = parts.raft;
    this.#loader = parts.loader;
    this.#generator = parts.generator;
    this.#previousBrokerEpoch = parts.previousBrokerEpoch;
  }

  /** Resolves when this node is the active controller and its image holds all that is committed. */
  static async start(options: MetadataNodeOptions): Promise<MetadataNode> {
    const { nodeId, fs, clock, random, logger, config, metadataLogDir } = options;
    const { clusterId, directoryIds } = await openDataDirectories({
      ...options,
      controllerEndpoint: options.controllerEndpoint ?? DEFAULT_CONTROLLER_ENDPOINT,
    });
    const directory = join(metadataLogDir, METADATA_DIRECTORY);
    await fs.makeDirectory(directory);
    const previousEpoch = previousBrokerEpoch(fs, options.logDirs);
    const log = await (options.openLog ?? openRaftLog)({
      directory,
      fs,
      clock,
      random,
      logger,
      segments: options.logSegments,
    });
    const snapshots = await SnapshotFiles.open(fs, directory, random);
    const endpoint = options.controllerEndpoint ?? DEFAULT_CONTROLLER_ENDPOINT;
    const local = { id: nodeId, directoryId: directoryIds.get(metadataLogDir)! };
    const leading = new Outcome<void>();
    let isRunning = false;
    const fail = (failure: Error): void => {
      controller.revert();
      if (isRunning) options.onFatal(failure);
      else leading.reject(failure);
      isRunning = false;
    };
    const loader = new MetadataLoader({ clusterId, logger, onFailure: fail });
    const raft = await KRaftNode.open({
      local,
      clusterId,
      config: options.raftConfig ?? defaultRaftConfig,
      log,
      snapshots,
      store: quorumStateFile(fs, directory),
      staticVoters: [staticVoter(nodeId, endpoint)],
      bootstrap: [],
      clock,
      random,
      logger,
      network: options.network ?? noNetwork,
      listenerName: endpoint.name,
      listener: {
        onCommitted: (batch) => {
          generator.replayed(batch);
          if (isRunning) loader.commit(batch, nodeId);
          else loader.replay(batch);
        },
        onSnapshot: (content, id) => {
          loader.loadSnapshot(content, id);
          if (isRunning) loader.publish();
        },
        onLeader: () => {
          if (!isRunning) loader.publishLoaded();
          isRunning = true;
          const bootstrap = loader.image.features.has(METADATA_VERSION) ? [] : readBootstrap(fs, metadataLogDir);
          const endpoints = (raft.voters[0]?.endpoints ?? [endpoint]).map((at) => ({
            ...at,
            securityProtocol: PLAINTEXT,
          }));
          controller.activate(bootstrap, endpoints).then(leading.resolve, (failure: Error) => {
            leading.reject(failure);
            logger.error({ err: failure }, 'the controller could not begin its term');
          });
        },
        onLeaderLost: () => controller.revert(),
      },
      onFailure: fail,
    });
    const generator = new SnapshotGenerator({
      raft,
      log,
      snapshots,
      config: options.snapshotConfig ?? defaultSnapshotConfig,
      clock,
      logger,
    });
    const controller = new QuorumController({ raft, loader, config, clock, random, logger });
    try {
      requireOnlyVoter(raft.voters, local, raft.isOnlyVoter, directory);
      await raft.load();
      loader.publishLoaded();
      checkFeatures(loader.image, directory);
      raft.start(options.controllerEndpoint === undefined ? undefined : [options.controllerEndpoint]);
      await leading.promise;
      await loader.addListener((image) => generator.published(image));
    } catch (failure) {
      controller.close();
      await generator.close();
      await raft.close();
      throw failure;
    }
    return new MetadataNode(options, {
      clusterId,
      directoryIds,
      raft,
      loader,
      controller,
      generator,
      previousBrokerEpoch: previousEpoch,
    });
  }

  /** The newest committed image. */
  image(): MetadataImage {
    return this.#loader.image;
  }

  /** This broker's epoch, also after its controlled shutdown: `.kafka_cleanshutdown` names it. −1 before it registered. */
  get brokerEpoch(): number {
    return this.#brokerEpoch;
  }

  /** This node's epoch as the quorum's leader. */
  get controllerEpoch(): number {
    return this.#raft.epoch;
  }

  /**
   * Calls `listener` with all of the present image as a delta from an empty one, then with every change; listeners are
   * called in the order in which they were added, and awaited. A listener must not await the controller, whose answers
   * wait for the listeners.
   */
  addListener(listener: ImageListener): Promise<void> {
    return this.#loader.addListener(listener);
  }

  /** Registers a new life of this broker, still fenced. What led before has no leader until `unfence`. */
  async register(broker: BrokerIdentity): Promise<{ readonly brokerEpoch: number }> {
    const { brokerEpoch } = await this.controller.registerBroker({
      brokerId: this.nodeId,
      clusterId: this.clusterId,
      incarnationId: randomUuid(this.#options.random),
      endpoints: broker.endpoints,
      rack: broker.rack,
      features: supportedFeatures,
      directories: (broker.logDirs ?? this.#options.logDirs).map((path) => this.directoryIds.get(path)!),
      previousBrokerEpoch: broker.previousBrokerEpoch ?? this.#previousBrokerEpoch,
    });
    this.#brokerEpoch = brokerEpoch;
    return { brokerEpoch };
  }

  /** Resolves when the partitions have their leader again, and the listeners have seen it. */
  async unfence(): Promise<void> {
    const { isFenced } = await this.#heartbeat({ wantShutDown: false });
    if (isFenced) throw new Error(`the controller kept broker ${this.nodeId} fenced`);
  }

  /** `register` and `unfence` in one, for a broker that has nothing to do between them. */
  async registerAndUnfence(broker: BrokerIdentity): Promise<{ readonly brokerEpoch: number }> {
    const registered = await this.register(broker);
    await this.unfence();
    return registered;
  }

  /** Tells the controller which log dirs failed since the broker registered; resolves when their partitions are offline. */
  async reportOfflineDirectories(logDirs: readonly string[]): Promise<void> {
    this.#offlineLogDirs = logDirs.flatMap((path) => this.directoryIds.get(path) ?? []);
    await this.#heartbeat({ wantShutDown: false });
  }

  /** Has leadership moved away (alone: to nobody) and the broker fenced; resolves when it may stop. */
  async controlledShutdown(): Promise<void> {
    if (this.#brokerEpoch < 0 || this.#isShutDown) return;
    // Unregistered while it ran: nothing is left to hand back.
    if (this.image().brokers.get(this.nodeId)?.epoch !== this.#brokerEpoch) return;
    let reply = await this.#heartbeat({ wantShutDown: true });
    while (!reply.shouldShutDown) reply = await this.#heartbeat({ wantShutDown: true });
    this.#isShutDown = true;
  }

  /** Flushes and closes the metadata log; `controlledShutdown` comes first for a clean stop. */
  async close(): Promise<void> {
    this.controller.close();
    await this.#generator.close();
    await this.#raft.close();
  }

  /** This node of the quorum, for the requests of others. */
  get quorum(): KRaftNode {
    return this.#raft;
  }

  #heartbeat({ wantShutDown }: { readonly wantShutDown: boolean }): Promise<BrokerHeartbeatReply> {
    return this.controller.brokerHeartbeat({
      brokerId: this.nodeId,
      brokerEpoch: this.#brokerEpoch,
      currentMetadataOffset: this.image().offset,
      wantFence: false,
      wantShutDown,
      offlineLogDirs: this.#offlineLogDirs,
      cordonedDirectories: [],
    });
  }
}

/** A promise that is settled from outside. */
class Outcome<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (failure: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {});
  }
}

const noNetwork: RaftNetwork = {
  send: (peer) => Promise.reject(new Error(`no way to node ${peer.id}`)),
};

/** The voter of a quorum whose log names none (kraft.version 0). */
function staticVoter(nodeId: number, endpoint: VoterEndpoint): Voters[number] {
  return {
    voterId: nodeId,
    voterDirectoryId: NO_DIRECTORY,
    endpoints: [endpoint],
    kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 0 },
  };
}

function requireOnlyVoter(voters: Voters, local: ReplicaKey, isOnlyVoter: boolean, directory: string): void {
  if (isOnlyVoter) return;
  throw new Error(
    `the metadata log in ${directory} is of a quorum whose voters are ${describeVoters(voters)}; node ${local.id} ` +
      `(directory ${local.directoryId}) can only lead a quorum of which it is the one voter`,
  );
}

function checkFeatures(image: MetadataImage, directory: string): void {
  for (const [name, level] of image.features) {
    const reason = unsupportedFeature(name, level);
    if (reason !== undefined) throw new Error(`the metadata in ${directory} cannot be served: ${reason}`);
  }
}

/** The first records of a new cluster, as the directory was formatted with. */
function readBootstrap(fs: FileSystem, metadataLogDir: string): readonly Buffer[] {
  const batches = readCheckpoint(fs, metadataLogDir, BOOTSTRAP_CHECKPOINT);
  return batches?.flatMap(({ frames }) => frames) ?? bootstrapRecords();
}
