/**
 * The active controller: decides on its own state, appends what it decided, replays that at once, and answers when the
 * records are committed and the local image listeners have seen them. A decision and its replay happen in one turn of the
 * event loop, so that each sees the outcome of all before it, committed or not. When an append fails, the state goes
 * back to the committed image and the controller stops.
 */
import { KafkaError } from '../../protocol/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { type Random, randomUuid } from '../platform/random.ts';
import type { KRaftNode } from '../raft/kraft-node.ts';
import type { Acl, AclFilter } from './acls.ts';
import { BrokerSessions } from './broker-sessions.ts';
import { createAcls, deleteAcls } from './control/acl-control.ts';
import { type AlteredTopic, alterPartitions, type PartitionAlterations } from './control/alter-partition.ts';
import {
  brokerHeartbeat,
  checkBrokerEpoch,
  fenceBroker,
  registerBroker,
  unregisterBroker,
} from './control/broker-control.ts';
import { alterClientQuotas } from './control/client-quota-control.ts';
import { alterConfigs, incrementalAlterConfigs } from './control/config-control.ts';
import { type Decision, RecordWriter } from './control/decision.ts';
import { assignReplicasToDirs } from './control/directory-control.ts';
import { type FeatureUpdates, updateFeatures } from './control/feature-control.ts';
import { electLeaders, type LeaderElection, type TopicElection } from './control/leader-election.ts';
import { alterReassignments, type ReassignedTopic, type Reassignments } from './control/reassignment-control.ts';
import { resetMetadata } from './control/reset-control.ts';
import { alterScramCredentials } from './control/scram-control.ts';
import {
  type CreatedToken,
  createToken,
  expiredTokens,
  expireToken,
  renewToken,
  type TokenChange,
  type TokenCreation,
} from './control/token-control.ts';
import { isElrEnabled, MIN_ISR } from './control/topic-configs.ts';
import { createPartitions, createTopics, deleteTopics } from './control/topic-control.ts';
import type { Controller } from './controller.ts';
import type { ControllerConfig } from './controller-config.ts';
import type {
  AlterConfigsResource,
  AlteredConfigs,
  AlteredQuotas,
  AlteredScramUser,
  AssignedReplica,
  AssignReplicasRequest,
  BrokerHeartbeatReply,
  BrokerHeartbeatRequest,
  BrokerRegistrationRequest,
  ControllerRegistrationRequest,
  CreatablePartitions,
  CreatableTopic,
  CreatedTopic,
  DeletedTopic,
  LegacyAlterConfigsResource,
  ProducerIdBlock,
  QuotaAlteration,
  ScramAlterations,
  TopicReference,
} from './controller-requests.ts';
import { METADATA_VERSION, MetadataVersion, supportedFeatures } from './features.ts';
import { ConfigResource, type Endpoint, type MetadataImage } from './image.ts';
import { ImageBuilder } from './image-builder.ts';
import type { MetadataLoader } from './metadata-loader.ts';
import { PeriodicTasks } from './periodic-tasks.ts';
import { decodeRecord, type MetadataRecord } from './records.ts';

/** Kafka's limits to one batch of the metadata log. */
const MAX_BATCH_RECORDS = 10_000;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
/** What a record takes beside its frame, at most: lengths, deltas, attributes. */
const RECORD_OVERHEAD_BYTES = 32;
const BATCH_OVERHEAD_BYTES = 128;

const PRODUCER_ID_BLOCK_SIZE = 1000;

export interface QuorumControllerOptions {
  readonly raft: KRaftNode;
  readonly loader: MetadataLoader;
  readonly config: ControllerConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export class QuorumController implements Controller {
  readonly #options: QuorumControllerOptions;
  readonly #raft: KRaftNode;
  readonly #loader: MetadataLoader;
  /** Committed and uncommitted records. */
  #state: MetadataImage;
  readonly #sessions: BrokerSessions;
  readonly #tasks: PeriodicTasks;
  /** Whether records were appended since the task that writes NoOpRecords looked last. */
  #isIdle = true;
  /** From `activate` on, until leadership is lost. */
  #isActive = false;

  constructor(options: QuorumControllerOptions) {
    this.#options = options;
    this.#raft = options.raft;
    this.#loader = options.loader;
    this.#state = options.loader.image;
    const { clock, logger, raft, config } = options;
    this.#sessions = new BrokerSessions({
      clock,
      timeoutMs: config.brokerSessionTimeoutMs,
      localBrokerId: raft.nodeId,
    });
    this.#tasks = new PeriodicTasks(clock, logger);
  }

  /**
   * Begins this controller's term: ends a transaction that the last one left open, writes the first records of a new
   * cluster, and registers the controller. Resolves when that is committed.
   */
  async activate(bootstrap: readonly Buffer[], endpoints: readonly Endpoint[]): Promise<void> {
    const catchingUp = this.#loader.caughtUp();
    // Without waiting where nothing is waited for: the first records then share the flush of the epoch's own.
    if (catchingUp !== undefined) await catchingUp;
    if (!this.#raft.isLeader) return;
    this.#isActive = true;
    this.#state = this.#loader.image;
    if (this.#loader.isInTransaction) {
      this.#append([
        new RecordWriter(this.#state).write('AbortTransactionRecord', { reason: 'a new controller leads' }),
      ]);
    }
    if (!this.#state.features.has(METADATA_VERSION)) this.#bootstrap(bootstrap.map(decodeRecord));
    const writer = new RecordWriter(this.#state);
    if (writer.metadataVersion >= MetadataVersion.CONTROLLER_REGISTRATION) {
      this.#append([
        writer.write('RegisterControllerRecord', {
          controllerId: this.#raft.nodeId,
          incarnationId: randomUuid(this.#options.random),
          zkMigrationReady: false,
          endPoints: endpoints,
          features: supportedFeatures,
        }),
      ]);
    }
    // Brokers get the whole time-out from the new controller, whenever the last one heard of them.
    for (const { id } of this.#state.brokers.values()) if (id !== this.#raft.nodeId) this.#sessions.touch(id);
    await this.#published();
    this.#startTasks();
  }

  /** Ends what is done by the clock. */
  close(): void {
    this.#tasks.stop();
  }

  #startTasks(): void {
    const { brokerSessionTimeoutMs, metadataMaxIdleIntervalMs } = this.#options.config;
    // As often as Kafka looks: a fraction of the time that a broker may be silent.
    this.#tasks.every('fence silent brokers', Math.max(1, brokerSessionTimeoutMs / 8), () =>
      this.#fenceSilentBrokers(),
    );
    const { secretKey, expiryCheckIntervalMs } = this.#options.config.tokens;
    if (secretKey !== null) {
      this.#tasks.every('expire delegation tokens', expiryCheckIntervalMs, () => this.#expireTokens());
    }
    if (metadataMaxIdleIntervalMs > 0) {
      this.#tasks.every('write a record while idle', metadataMaxIdleIntervalMs, () => this.#writeNoOp());
    }
  }

  #fenceSilentBrokers(): Promise<null> {
    const silent = [...this.#state.brokers.values()].filter(
      ({ id, fenced }) => !fenced && id !== this.#raft.nodeId && !this.#sessions.isValid(id),
    );
    if (silent.length === 0) return Promise.resolve(null);
    return this.#decide((state) => {
      const records = silent.flatMap(({ id, epoch }) => {
        this.#options.logger.warn({ brokerId: id, brokerEpoch: epoch }, 'a broker is fenced: its session timed out');
        return fenceBroker(state, this.#options.config, id);
      });
      return { records, answer: null };
    }, false);
  }

  async #expireTokens(): Promise<void> {
    const nowMs = this.#options.clock.now();
    if (expiredTokens(this.#state, nowMs).length === 0) return;
    await this.#decide((state) => ({ records: expiredTokens(state, nowMs), answer: null }));
  }

  async #writeNoOp(): Promise<void> {
    const wasIdle = this.#isIdle;
    this.#isIdle = true;
    if (!wasIdle) return;
    await this.#decide((state) => ({ records: [new RecordWriter(state).write('NoOpRecord', {})], answer: null }));
    this.#isIdle = true;
  }

  createTopics(request: {
    readonly topics: readonly CreatableTopic[];
    readonly validateOnly: boolean;
  }): Promise<CreatedTopic[]> {
    return this.#decide((state) => createTopics(state, this.#options, request));
  }

  deleteTopics(topics: readonly TopicReference[]): Promise<DeletedTopic[]> {
    return this.#decide((state) => deleteTopics(state, topics));
  }

  createPartitions(request: {
    readonly topics: readonly CreatablePartitions[];
    readonly validateOnly: boolean;
  }): Promise<{ readonly name: string; readonly error: KafkaError | null }[]> {
    return this.#decide((state) => createPartitions(state, this.#options, request));
  }

  incrementalAlterConfigs(
    resources: readonly AlterConfigsResource[],
    validateOnly: boolean,
  ): Promise<AlteredConfigs[]> {
    return this.#decide((state) => incrementalAlterConfigs(state, this.#options.config, resources, validateOnly));
  }

  alterConfigs(resources: readonly LegacyAlterConfigsResource[], validateOnly: boolean): Promise<AlteredConfigs[]> {
    return this.#decide((state) => alterConfigs(state, this.#options.config, resources, validateOnly));
  }

  alterClientQuotas(request: {
    readonly alterations: readonly QuotaAlteration[];
    readonly unknownHosts: ReadonlySet<string>;
    readonly validateOnly: boolean;
  }): Promise<AlteredQuotas[]> {
    const { alterations, unknownHosts, validateOnly } = request;
    return this.#decide((state) => alterClientQuotas(state, alterations, unknownHosts, validateOnly));
  }

  alterScramCredentials(alterations: ScramAlterations): Promise<AlteredScramUser[]> {
    return this.#decide((state) => alterScramCredentials(state, alterations));
  }

  updateFeatures(updates: FeatureUpdates): Promise<null> {
    const { minInsyncReplicas } = this.#options.config;
    const context = { nodeId: this.#raft.nodeId, minInsyncReplicas };
    return this.#decide((state) => updateFeatures(state, context, updates));
  }

  unregisterBroker(brokerId: number): Promise<null> {
    return this.#decide((state) => {
      const decision = unregisterBroker(state, this.#options.config, brokerId);
      this.#sessions.end(brokerId);
      return decision;
    }, false);
  }

  electLeaders(election: LeaderElection): Promise<TopicElection[]> {
    return this.#decide((state) => electLeaders(state, this.#options.config, election), false);
  }

  alterReassignments(reassignments: Reassignments): Promise<ReassignedTopic[]> {
    return this.#decide((state) => alterReassignments(state, this.#options.config, reassignments));
  }

  alterPartitions(alterations: PartitionAlterations): Promise<AlteredTopic[]> {
    return this.#decide((state) => alterPartitions(state, this.#options.config, alterations), false);
  }

  registerController(registration: ControllerRegistrationRequest): Promise<null> {
    return this.#decide((state) => {
      const writer = new RecordWriter(state);
      if (writer.metadataVersion < MetadataVersion.CONTROLLER_REGISTRATION) {
        throw new KafkaError(
          'UNSUPPORTED_VERSION',
          'The current MetadataVersion is too old to support controller registrations.',
        );
      }
      return { records: [writer.write('RegisterControllerRecord', registration)], answer: null };
    });
  }

  createAcls(acls: readonly Acl[]): Promise<(KafkaError | null)[]> {
    return this.#decide((state) => createAcls(state, this.#options.random, acls));
  }

  deleteAcls(filters: readonly AclFilter[]): Promise<(readonly Acl[] | KafkaError)[]> {
    return this.#decide((state) => deleteAcls(state, filters));
  }

  createToken(creation: TokenCreation): Promise<CreatedToken> {
    const { config, random, clock } = this.#options;
    return this.#decide((state) => createToken(state, config.tokens, random, clock.now(), creation));
  }

  renewToken(change: TokenChange): Promise<number> {
    const { config, clock } = this.#options;
    return this.#decide((state) => renewToken(state, config.tokens, clock.now(), change));
  }

  expireToken(change: TokenChange): Promise<number> {
    const { config, clock } = this.#options;
    return this.#decide((state) => expireToken(state, config.tokens, clock.now(), change));
  }

  allocateProducerIds(brokerId: number, brokerEpoch: number): Promise<ProducerIdBlock> {
    return this.#decide((state) => {
      checkBrokerEpoch(state, brokerId, brokerEpoch);
      const first = state.nextProducerId;
      const nextProducerId = first + PRODUCER_ID_BLOCK_SIZE;
      const record = new RecordWriter(state).write('ProducerIdsRecord', { brokerId, brokerEpoch, nextProducerId });
      return { records: [record], answer: { first, count: PRODUCER_ID_BLOCK_SIZE } };
    });
  }

  registerBroker(request: BrokerRegistrationRequest): Promise<{ readonly brokerEpoch: number }> {
    const { brokerId, incarnationId } = request;
    const existing = this.#state.brokers.get(brokerId);
    const isNewLife = existing !== undefined && existing.incarnationId !== incarnationId;
    if (isNewLife && this.#sessions.isValid(brokerId)) {
      return Promise.reject(
        new KafkaError('DUPLICATE_BROKER_REGISTRATION', 'Another broker is registered with that broker id.'),
      );
    }
    // Without a session the last life is over; Kafka waits for its session to end, a node that starts knows it.
    const mustFence = isNewLife && !existing.fenced;
    return this.#decide((state, nextOffset) => {
      if (mustFence) {
        this.#append(fenceBroker(state, this.#options.config, brokerId), false);
        state = this.#state;
        nextOffset = this.#raft.nextOffset;
      }
      const decision = registerBroker(state, this.#options.config, request, nextOffset);
      this.#sessions.touch(brokerId);
      return decision;
    });
  }

  brokerHeartbeat(request: BrokerHeartbeatRequest): Promise<BrokerHeartbeatReply> {
    return this.#decide((state) => {
      const decision = brokerHeartbeat(state, this.#options.config, request);
      if (decision.answer.shouldShutDown) this.#sessions.end(request.brokerId);
      else this.#sessions.touch(request.brokerId);
      return decision;
    }, false);
  }

  assignReplicasToDirs(request: AssignReplicasRequest): Promise<AssignedReplica[]> {
    return this.#decide((state) => assignReplicasToDirs(state, this.#options.config, request));
  }

  /** See `resetMetadata`. No request of Kafka's asks for it. */
  reset(): Promise<string[]> {
    return this.#decide((state) => resetMetadata(state, this.#options.config));
  }

  /** Puts the state back to what is committed: the log failed, or another node leads. */
  revert(): void {
    this.#isActive = false;
    this.#tasks.stop();
    this.#state = this.#loader.image;
  }

  async #decide<T>(decide: (state: MetadataImage, nextOffset: number) => Decision<T>, isAtomic = true): Promise<T> {
    if (!this.#isActive || !this.#raft.isLeader)
      throw new KafkaError('NOT_CONTROLLER', 'this node is not the active controller');
    const { records, answer } = decide(this.#state, this.#raft.nextOffset);
    this.#append(records, isAtomic);
    // Without records too: the answer may rest on what is not committed yet.
    await this.#published();
    return answer;
  }

  async #published(): Promise<void> {
    const lastOffset = this.#raft.nextOffset - 1;
    await this.#raft.committed();
    await this.#loader.published(lastOffset);
    // Equal in content, and from now on shared: one copy of the metadata in memory.
    if (this.#state.offset === this.#loader.image.offset) this.#state = this.#loader.image;
  }

  #append(records: readonly MetadataRecord[], isAtomic = true): void {
    if (records.length === 0) return;
    this.#isIdle = false;
    let batches = split(records);
    if (batches.length > 1 && isAtomic) batches = split(this.#inTransaction(records));
    const builder = new ImageBuilder(this.#state);
    for (const batch of batches) for (const record of batch) builder.replay(record);
    let lastOffset = this.#state.offset;
    for (const batch of batches) lastOffset = this.#raft.append(batch.map(({ frame }) => frame)).lastOffset;
    const { epoch, nodeId } = this.#raft;
    this.#state = builder.build({ offset: lastOffset, epoch, controllerId: nodeId }).image;
  }

  /** Records that do not fit one batch take effect together all the same (KIP-868). */
  #inTransaction(records: readonly MetadataRecord[]): MetadataRecord[] {
    const writer = new RecordWriter(this.#state);
    if (writer.metadataVersion < MetadataVersion.TRANSACTIONS) {
      throw new KafkaError(
        'POLICY_VIOLATION',
        'the request makes more records than one batch of the metadata log holds',
      );
    }
    return [
      writer.write('BeginTransactionRecord', { name: 'large request' }),
      ...records,
      writer.write('EndTransactionRecord', {}),
    ];
  }

  #bootstrap(features: readonly MetadataRecord[]): void {
    const builder = new ImageBuilder(this.#state);
    for (const feature of features) builder.replay(feature);
    const { image } = builder.build(this.#state);
    const writer = new RecordWriter(image);
    const records: MetadataRecord[] = [...features];
    if (isElrEnabled(image)) {
      // With eligible leader replicas the cluster's minimum has to be in the metadata.
      records.push(
        writer.write('ConfigRecord', {
          resourceType: ConfigResource.BROKER,
          resourceName: '',
          name: MIN_ISR,
          value: String(this.#options.config.minInsyncReplicas),
        }),
      );
    }
    if (writer.metadataVersion >= MetadataVersion.TRANSACTIONS) {
      records.unshift(writer.write('BeginTransactionRecord', { name: 'Bootstrap records' }));
      records.push(writer.write('EndTransactionRecord', {}));
    }
    this.#append(records);
  }
}

function split(records: readonly MetadataRecord[]): MetadataRecord[][] {
  const batches: MetadataRecord[][] = [];
  let batch: MetadataRecord[] = [];
  let size = BATCH_OVERHEAD_BYTES;
  for (const record of records) {
    const recordSize = record.frame.length + RECORD_OVERHEAD_BYTES;
    if (batch.length === MAX_BATCH_RECORDS || (batch.length > 0 && size + recordSize > MAX_BATCH_BYTES)) {
      batches.push(batch);
      batch = [];
      size = BATCH_OVERHEAD_BYTES;
    }
    batch.push(record);
    size += recordSize;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
