/**
 * One replica of the metadata log: its state and its log, and how both change. What is decided from requests and answers
 * is in `raft-requests.ts` and `raft-poller.ts`; `KRaftNode` runs one piece of their work at a time, writes the state down
 * after each, and only then lets out what was said.
 */
import { type ErrorName, KafkaError } from '../../protocol/errors.ts';
import { batches } from '../../protocol/records/batch.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import { buildKRaftControlBatch, type KRaftControl } from '../../protocol/records/control.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import { type EpochState, type Follower, leaderIdOf } from './epoch-state.ts';
import { type LoggedBatch, type LoggedControl, readBatch, type Voters } from './logged-batch.ts';
import type { LeaderView, OffsetAndEpoch, Peer, VoterEndpoint } from './messages.ts';
import { QuorumMember } from './quorum-member.ts';
import type { QuorumStateStore } from './quorum-state.ts';
import type { RaftConfig } from './raft-config.ts';
import type { RaftLog } from './raft-log.ts';
import { readLog, readSnapshot, readSnapshotControls } from './replay.ts';
import type { ReplicaKey } from './replica-key.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import { VoterHistory } from './voter-history.ts';
import { isVoter, voterWithId } from './voter-set.ts';

/** What stands on the log; called in order, one at a time. */
export interface RaftListener {
  /** A batch is committed. */
  onCommitted(batch: LoggedBatch): void;
  /** All below `id.endOffset` is what the snapshot says; comes instead of the batches that it holds. */
  onSnapshot(content: readonly LoggedBatch[], id: OffsetAndEpoch): void;
  /** This node leads, and has handed over all that earlier epochs committed. */
  onLeader(epoch: number): void;
  /** It leads no more: what was appended and not committed may be lost. */
  onLeaderLost(epoch: number): void;
}

export interface RaftCoreOptions {
  readonly local: ReplicaKey;
  readonly clusterId: string;
  readonly config: RaftConfig;
  readonly log: RaftLog;
  readonly snapshots: SnapshotStore;
  readonly store: QuorumStateStore;
  /** `controller.quorum.voters`; they hold while the log names none. */
  readonly staticVoters: Voters;
  /** Where a replica that knows no leader asks. */
  readonly bootstrap: readonly Peer[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly listener: RaftListener;
}

interface Pending {
  readonly batch: LoggedBatch;
  readonly epoch: number;
  readonly written: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (failure: Error) => void;
}

export interface Appended {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** Resolves once the batch is committed and was handed to the listener. */
  readonly committed: Promise<void>;
}

/** A fetch that waits for records. */
export interface ParkedFetch {
  readonly deadlineMs: number;
  readonly isDue: () => boolean;
  /** Has it looked at once more. */
  readonly retry: () => void;
}

export class RaftCore {
  readonly options: RaftCoreOptions;
  readonly log: RaftLog;
  readonly local: ReplicaKey;
  readonly history: VoterHistory;
  /** Fetches of followers that have all there is. */
  readonly parked = new Set<ParkedFetch>();
  /** What is said when the state is durable. */
  outbox: (() => void)[] = [];
  /** Called when there is something new to flush or to send. */
  onWork: () => void = () => {};
  /** What this replica is in its epoch. */
  readonly member: QuorumMember;
  /** Where the next batch goes; written, or on its way to the log. */
  nextOffset: number;
  /** Of the batch below it. */
  lastEpoch: number;
  /** What is committed, as far as this replica knows. */
  highWatermark: number | undefined;
  isShuttingDown = false;
  #nextDelivery: number | undefined;
  #uncommitted: Pending[] = [];
  #unflushed: Pending[] = [];
  #lastCommit: Promise<void> = Promise.resolve();
  #beginning: readonly VoterEndpoint[] | undefined;

  private constructor(options: RaftCoreOptions, history: VoterHistory, lastEpoch: number) {
    this.options = options;
    this.log = options.log;
    this.local = options.local;
    this.history = history;
    this.nextOffset = options.log.logEndOffset;
    this.lastEpoch = lastEpoch;
    this.member = new QuorumMember(options, history, lastEpoch, (before) => this.#left(before));
  }

  /** Reads who votes from the snapshot and the log; a log that ends below the newest snapshot begins there. */
  static async open(options: RaftCoreOptions): Promise<RaftCore> {
    const { log, snapshots, staticVoters } = options;
    const history = new VoterHistory(staticVoters);
    const snapshot = snapshots.ids.at(-1);
    if (snapshot !== undefined) {
      const header = await readSnapshotControls(snapshots, snapshot);
      history.loadSnapshot(header);
      const isBehind = log.logEndOffset < snapshot.endOffset || (log.latestEpoch() ?? snapshot.epoch) < snapshot.epoch;
      if (isBehind) await log.truncateFullyAndStartAt(snapshot.endOffset);
    }
    const from = Math.max(snapshot?.endOffset ?? 0, log.logStartOffset);
    if (log.logStartOffset > (snapshot?.endOffset ?? 0)) {
      throw new Error(
        `the metadata log begins at offset ${log.logStartOffset}, but no snapshot holds what was before: bring the ` +
          '.checkpoint files of the directory back',
      );
    }
    for await (const view of readLog(log, from, log.logEndOffset)) {
      if (view.isControl) history.add(readBatch(view).controls, view.baseOffset);
    }
    return new RaftCore(options, history, log.latestEpoch() ?? snapshot?.epoch ?? 0);
  }

  // Who is who

  get state(): EpochState {
    return this.member.state;
  }

  get epoch(): number {
    return this.state.epoch;
  }

  get nowMs(): number {
    return this.options.clock.now();
  }

  get voters(): Voters {
    return this.history.voters;
  }

  get isVoter(): boolean {
    return isVoter(this.voters, this.local);
  }

  get isOnlyVoter(): boolean {
    return this.voters.length === 1 && this.isVoter;
  }

  get leaderId(): number {
    return leaderIdOf(this.state, this.local);
  }

  /** May append: leads, and its epoch has begun. */
  get mayAppend(): boolean {
    return this.state.name === 'leader' && this.state.hasBegun && !this.state.mustResign;
  }

  get endOffset(): OffsetAndEpoch {
    return { endOffset: this.nextOffset, epoch: this.lastEpoch };
  }

  endpointsOf(id: number): readonly VoterEndpoint[] {
    return voterWithId(this.voters, id)?.endpoints ?? [];
  }

  /** The head of every answer. */
  view(error: ErrorName = 'NONE'): LeaderView {
    const { state, leaderId } = this;
    let leaderEndpoints = leaderId < 0 ? [] : this.endpointsOf(leaderId);
    if (state.name === 'follower') leaderEndpoints = state.leader.endpoints;
    return { error, leaderId, leaderEpoch: this.epoch, leaderEndpoints };
  }

  #left(before: EpochState): void {
    if (before.name === 'follower' && before.snapshot !== null) {
      const { snapshot } = before;
      this.outbox.push(() => void snapshot.abandon().catch(() => {}));
    }
    if (before.name === 'leader') this.#stopLeading(before.epoch, before.isAnnounced);
  }

  #stopLeading(epoch: number, wasAnnounced: boolean): void {
    const lost = new KafkaError('NOT_CONTROLLER', 'this node does not lead the metadata quorum any more');
    for (const { reject } of this.#uncommitted) reject(lost);
    this.#uncommitted = [];
    for (const fetch of this.parked) fetch.retry();
    this.parked.clear();
    if (wasAnnounced) this.options.listener.onLeaderLost(epoch);
  }

  // Leading

  /** Where this node is reached from now on, for the voters that its next epoch writes. */
  moveTo(endpoints: readonly VoterEndpoint[]): void {
    this.#beginning = endpoints;
  }

  /**
   * Appends an epoch's first batch, once the epoch is durable: LeaderChange, and the voters where the log does not have
   * them yet, or has this one at another address.
   */
  async beginEpoch(): Promise<void> {
    const { state } = this;
    if (state.name !== 'leader' || state.hasBegun) return;
    const { voters, kraftVersion } = this.history;
    const hadVoters = this.history.votersOffset !== undefined;
    if (this.isOnlyVoter) {
      state.progress.commitAll(this.nextOffset);
      await this.commitAlone();
    }
    state.hasBegun = true;
    const named = (voterId: number) => ({ voterId });
    const value = {
      leaderId: this.local.id,
      voters: voters.map(({ voterId }) => named(voterId)),
      grantingVoters: state.progress.granting.map(named),
    };
    const controls: KRaftControl[] = [{ type: 'leaderChange', value }];
    const present = this.#movedVoters(voters);
    if (kraftVersion > 0 && (!hadVoters || present !== voters)) {
      controls.push({ type: 'kraftVersion', value: { version: 0, kRaftVersion: kraftVersion } });
      controls.push({ type: 'kraftVoters', value: { version: 0, voters: present } });
    }
    this.appendControls(controls);
    await this.deliver();
  }

  #movedVoters(voters: Voters): Voters {
    const endpoints = this.#beginning;
    const self = voterWithId(voters, this.local.id);
    if (endpoints === undefined || self === undefined) return voters;
    const isThere = (at: VoterEndpoint) =>
      self.endpoints.some(({ name, host, port }) => name === at.name && host === at.host && port === at.port);
    if (endpoints.every(isThere)) return voters;
    const others = self.endpoints.filter(({ name }) => !endpoints.some((at) => at.name === name));
    return voters.map((voter) => (voter === self ? { ...voter, endpoints: [...endpoints, ...others] } : voter));
  }

  /** As leader. */
  appendControls(controls: readonly KRaftControl[]): Appended {
    const timestamp = this.nowMs;
    const at = { baseOffset: this.nextOffset, timestamp, leaderEpoch: this.epoch };
    const logged = controls.map((control): LoggedControl => {
      if (control.type === 'kraftVersion') return { type: control.type, kraftVersion: control.value.kRaftVersion ?? 0 };
      if (control.type === 'kraftVoters') return { type: control.type, voters: (control.value.voters ?? []) as Voters };
      if (control.type === 'snapshotHeader') throw new Error('a snapshot header has no place in the log');
      return { type: control.type };
    });
    this.history.add(logged, this.nextOffset);
    return this.#append(buildKRaftControlBatch(controls, at), controls.length, {
      timestamp,
      controls: logged,
      frames: [],
    });
  }

  /** One batch of metadata records, as leader. */
  appendFrames(frames: readonly Buffer[]): Appended {
    const timestamp = this.nowMs;
    const buffer = buildBatch(
      frames.map((value) => ({ timestamp, key: null, value })),
      { baseOffset: this.nextOffset, partitionLeaderEpoch: this.epoch },
    );
    return this.#append(buffer, frames.length, { timestamp, controls: [], frames });
  }

  #append(buffer: Buffer, count: number, content: Pick<LoggedBatch, 'timestamp' | 'controls' | 'frames'>): Appended {
    const { epoch } = this;
    const baseOffset = this.nextOffset;
    const lastOffset = baseOffset + count - 1;
    const batch: LoggedBatch = { ...content, baseOffset, lastOffset, epoch };
    this.nextOffset = lastOffset + 1;
    this.lastEpoch = epoch;
    const written = this.log.appendAsLeader(buffer, { leaderEpoch: epoch, origin: 'raft' }).then((info) => {
      if (info.baseOffset !== baseOffset) {
        throw new Error(`the metadata log wrote at offset ${info.baseOffset}, ${baseOffset} was expected`);
      }
    });
    // Awaited in `flush`; until then a rejection must not count as unhandled.
    written.catch(() => {});
    const committed = new Promise<void>((resolve, reject) => {
      const pending = { batch, epoch, written, resolve, reject };
      this.#uncommitted.push(pending);
      this.#unflushed.push(pending);
    });
    committed.catch(() => {});
    this.#lastCommit = committed;
    this.onWork();
    return { baseOffset, lastOffset, committed };
  }

  get hasUnflushed(): boolean {
    return this.#unflushed.length > 0;
  }

  /** Flushes what was appended so far. Returns the epoch and the end of it. */
  async flush(): Promise<OffsetAndEpoch> {
    const under = this.#unflushed;
    this.#unflushed = [];
    for (const { written } of under) await written;
    await this.log.flush();
    const last = under.at(-1)!;
    return { endOffset: last.batch.lastOffset + 1, epoch: last.epoch };
  }

  /** The leader's own log is durable up to there. */
  async flushed({ endOffset, epoch }: OffsetAndEpoch): Promise<void> {
    const { state } = this;
    if (state.name !== 'leader' || state.epoch !== epoch) return;
    if (state.progress.flushed(endOffset, this.voters)) await this.advanceHighWatermark();
  }

  /** As leader, when a majority has more. */
  async advanceHighWatermark(): Promise<void> {
    if (this.state.name !== 'leader') return;
    const { highWatermark } = this.state.progress;
    if (highWatermark === undefined) return;
    this.commitTo(highWatermark);
    await this.deliver();
  }

  /** Resolves when everything appended so far is committed. */
  committed(): Promise<void> {
    return this.#lastCommit;
  }

  fail(failure: Error): void {
    const error = new KafkaError('KAFKA_STORAGE_ERROR', `the metadata log failed: ${failure.message}`, {
      cause: failure,
    });
    for (const { reject } of [...this.#uncommitted, ...this.#unflushed]) reject(error);
    this.#uncommitted = [];
    this.#unflushed = [];
  }

  // Committing

  commitTo(offset: number): void {
    const reached = Math.min(offset, this.nextOffset);
    if (reached <= (this.highWatermark ?? -1)) return;
    this.highWatermark = reached;
    this.log.updateHighWatermark(reached);
  }

  /** What is in the log of a quorum of one is committed: nobody else could have other records. */
  async commitAlone(): Promise<void> {
    this.commitTo(this.nextOffset);
    await this.deliver();
  }

  /** Hands over what is committed and was not yet: a snapshot where the log does not reach back, then batches. */
  async deliver(): Promise<void> {
    const { listener, snapshots } = this.options;
    const snapshot = snapshots.ids.at(-1);
    const next = this.#nextDelivery;
    if (snapshot !== undefined && snapshot.endOffset > 0 && (next === undefined || next < this.log.logStartOffset)) {
      listener.onSnapshot(await readSnapshot(snapshots, snapshot), snapshot);
      this.#nextDelivery = snapshot.endOffset;
      this.commitTo(snapshot.endOffset);
    }
    this.#nextDelivery ??= this.log.logStartOffset;
    const until = this.highWatermark ?? 0;
    while (this.#nextDelivery < until) {
      const own = this.#uncommitted[0];
      if (own !== undefined && own.batch.baseOffset <= this.#nextDelivery) {
        if (own.batch.lastOffset >= until) break;
        this.#uncommitted.shift();
        listener.onCommitted(own.batch);
        own.resolve();
        this.#nextDelivery = own.batch.lastOffset + 1;
        continue;
      }
      const end = Math.min(until, own?.batch.baseOffset ?? until);
      const before: number = this.#nextDelivery;
      for await (const view of readLog(this.log, this.#nextDelivery, end)) {
        if (view.lastOffset >= until) break;
        listener.onCommitted(readBatch(view));
        this.#nextDelivery = view.lastOffset + 1;
      }
      if (this.#nextDelivery === before) break;
    }
    const { state } = this;
    if (state.name === 'leader' && state.hasBegun && !state.isAnnounced) {
      if (this.#nextDelivery < state.progress.epochStartOffset || this.highWatermark === undefined) return;
      state.isAnnounced = true;
      listener.onLeader(state.epoch);
    }
  }

  // Following

  /** Batches from the leader; they are durable when this resolves. */
  async appendAsFollower(records: readonly Buffer[]): Promise<void> {
    const bytes = records.length === 1 ? records[0]! : Buffer.concat(records);
    const all = [...batches(bytes)];
    const last = all.at(-1);
    if (last === undefined) return;
    if (all[0]!.baseOffset !== this.nextOffset) {
      throw new Error(`the leader sent offset ${all[0]!.baseOffset}, ${this.nextOffset} was asked for`);
    }
    const controls = all.filter((view) => view.isControl).map(readBatch);
    const { nextOffset, partitionLeaderEpoch } = last;
    await this.log.appendAsFollower(bytes);
    for (const batch of controls) this.history.add(batch.controls, batch.baseOffset);
    this.nextOffset = nextOffset;
    this.lastEpoch = partitionLeaderEpoch;
    await this.log.flush();
  }

  /** The log differs from the leader's: it ends where both agree, or where the leader says to look next. */
  async truncate(diverging: OffsetAndEpoch): Promise<void> {
    const own = this.endOffsetForEpoch(diverging.epoch);
    const end = Math.min(
      this.nextOffset,
      own.endOffset,
      own.epoch === diverging.epoch ? diverging.endOffset : Infinity,
    );
    if (end < (this.highWatermark ?? 0)) {
      throw new Error(
        `the leader of epoch ${this.epoch} has the metadata log end at offset ${end}, below ${this.highWatermark}, ` +
          'which is committed',
      );
    }
    this.options.logger.info({ nodeId: this.local.id, from: this.nextOffset, to: end }, 'truncates the metadata log');
    await this.log.truncateTo(end);
    this.#endsAt(end);
  }

  /** A snapshot came whole from the leader: the log begins behind it. */
  async beginBehindSnapshot(id: OffsetAndEpoch): Promise<void> {
    await this.log.truncateFullyAndStartAt(id.endOffset);
    this.history.loadSnapshot(await readSnapshotControls(this.options.snapshots, id));
    this.nextOffset = id.endOffset;
    this.lastEpoch = id.epoch;
    this.highWatermark = undefined;
    this.commitTo(id.endOffset);
    await this.deliver();
  }

  #endsAt(end: number): void {
    this.history.truncateTo(end);
    this.nextOffset = end;
    this.lastEpoch = this.log.latestEpoch() ?? this.options.snapshots.ids.at(-1)?.epoch ?? 0;
  }

  /** Where the largest epoch up to `epoch` ended in this log; a log without it says where its snapshot ends. */
  endOffsetForEpoch(epoch: number): OffsetAndEpoch {
    const first = this.earliestSnapshot;
    const ended = this.log.endOffsetForEpoch(epoch);
    if (ended === null) return this.endOffset;
    if (first !== undefined && ended.endOffset === this.log.logStartOffset && first.endOffset === ended.endOffset) {
      return first;
    }
    return { endOffset: ended.endOffset, epoch: ended.leaderEpoch };
  }

  /** The oldest that the log continues. */
  get earliestSnapshot(): OffsetAndEpoch | undefined {
    return this.options.snapshots.ids.find(({ endOffset }) => endOffset >= this.log.logStartOffset);
  }

  keepFollowing(state: Follower): void {
    state.hasFetched = true;
    state.deadlineMs = this.nowMs + this.options.config.fetchTimeoutMs;
  }
}
