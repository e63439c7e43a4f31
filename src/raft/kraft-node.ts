/**
 * A node of the KRaft quorum. All that happens to it, requests, answers, time, is work that is done one piece at a time;
 * after each piece the quorum state is made durable if it changed, an epoch that was won is begun, and what was said
 * meanwhile is let out. Records are flushed beside that, all that wait with one flush. A quorum of one goes the same way:
 * it has nobody to ask.
 */
import { KafkaError } from '../../protocol/errors.ts';
import type { Timer } from '../platform/clock.ts';
import type { Voters } from './logged-batch.ts';
import type {
  AddVoterRequest,
  BeginQuorumEpochRequest,
  EndQuorumEpochRequest,
  FetchRequest,
  FetchResponse,
  FetchSnapshotRequest,
  FetchSnapshotResponse,
  LeaderView,
  OffsetAndEpoch,
  QuorumDescription,
  RaftNetwork,
  RemoveVoterRequest,
  UpdateVoterRequest,
  VoteRequest,
  VoteResponse,
  VoterChangeResponse,
  VoterEndpoint,
} from './messages.ts';
import { type Appended, RaftCore, type RaftCoreOptions } from './raft-core.ts';
import { RaftPoller } from './raft-poller.ts';
import { RaftRequests } from './raft-requests.ts';
import { VoterChanges } from './voter-changes.ts';

export interface KRaftNodeOptions extends RaftCoreOptions {
  readonly network: RaftNetwork;
  /** By which voters reach each other: the first of `controller.listener.names`. */
  readonly listenerName: string;
  /** Once: nothing can be written any more. What was not committed is rejected. */
  readonly onFailure: (failure: Error) => void;
}

type Work = () => Promise<void> | void;

/** Work that is only a look at what there is to flush and to send. */
const nothing: Work = () => {};

export class KRaftNode {
  readonly #options: KRaftNodeOptions;
  readonly #core: RaftCore;
  readonly #requests: RaftRequests;
  readonly #poller: RaftPoller;
  readonly #changes: VoterChanges;
  #queue: Work[] = [];
  #isWorking = false;
  #isFlushing = false;
  #isStarted = false;
  #failure: Error | undefined;
  #timer: Timer | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  #idle: (() => void)[] = [];

  private constructor(options: KRaftNodeOptions, core: RaftCore) {
    this.#options = options;
    this.#core = core;
    this.#requests = new RaftRequests(core);
    this.#poller = new RaftPoller(core, this.#requests, options.network, (work) => this.#enqueue(work));
    this.#changes = new VoterChanges(core, this.#poller, (work) => this.#alone(work), options.listenerName);
    core.onWork = () => this.#enqueue(nothing);
  }

  /** Reads the log; nothing is sent or written before `start`. */
  static async open(options: KRaftNodeOptions): Promise<KRaftNode> {
    return new KRaftNode(options, await RaftCore.open(options));
  }

  /** A sole voter's listener is handed all that is there, before anything is written. */
  async load(): Promise<void> {
    if (this.isOnlyVoter) await this.#core.commitAlone();
  }

  /** `endpoints` is where this voter is reached from now on. */
  start(endpoints?: readonly VoterEndpoint[]): void {
    if (endpoints !== undefined) this.#core.moveTo(endpoints);
    this.#isStarted = true;
    // What a snapshot holds was committed.
    this.#enqueue(() => this.#core.deliver());
  }

  get nodeId(): number {
    return this.#core.local.id;
  }

  get epoch(): number {
    return this.#core.epoch;
  }

  /** −1 when unknown. */
  get leaderId(): number {
    return this.#core.leaderId;
  }

  get isLeader(): boolean {
    return this.#core.mayAppend && this.#failure === undefined;
  }

  get isOnlyVoter(): boolean {
    return this.#core.isOnlyVoter;
  }

  get state(): RaftCore['state']['name'] {
    return this.#core.state.name;
  }

  /** Where the next record goes. */
  get nextOffset(): number {
    return this.#core.nextOffset;
  }

  /** What is committed, as far as this node knows; undefined when it knows nothing yet. */
  get highWatermark(): number | undefined {
    return this.#core.highWatermark;
  }

  get voters(): Voters {
    return this.#core.voters;
  }

  /** 0: static voters; 1: voters are kept in the log. */
  get kraftVersion(): number {
    return this.#core.history.kraftVersion;
  }

  /** Voters and kraft.version as they were committed at `endOffset`, for a snapshot. */
  quorumAt(endOffset: number): { readonly kraftVersion: number; readonly voters: Voters } {
    return this.#core.history.at(endOffset);
  }

  /** Appends one batch of metadata records, as leader; batches keep the order of the calls. */
  append(frames: readonly Buffer[]): Appended {
    if (!this.isLeader) {
      throw new KafkaError('NOT_CONTROLLER', 'this node does not lead the metadata quorum', { cause: this.#failure });
    }
    return this.#core.appendFrames(frames);
  }

  /** Resolves when everything appended so far is committed. */
  committed(): Promise<void> {
    return this.#core.committed();
  }

  // Requests of others

  vote(request: VoteRequest): Promise<VoteResponse> {
    return this.#alone(() => this.#requests.vote(request));
  }

  beginQuorumEpoch(request: BeginQuorumEpochRequest): Promise<LeaderView> {
    return this.#alone(() => this.#requests.beginQuorumEpoch(request));
  }

  endQuorumEpoch(request: EndQuorumEpochRequest): Promise<LeaderView> {
    return this.#alone(() => this.#requests.endQuorumEpoch(request));
  }

  /** Resolves with records, with what else the replica has to know, or when its time is up. */
  async fetch(request: FetchRequest): Promise<FetchResponse> {
    const core = this.#core;
    const now = await this.#alone(() => this.#requests.fetch(request));
    if (now !== undefined) return now;
    const deadlineMs = core.nowMs + request.maxWaitMs;
    await new Promise<void>((retry) => {
      core.parked.add({ deadlineMs, isDue: () => this.#requests.hasNews(request), retry });
      core.onWork();
    });
    return this.#alone(() => this.#requests.completeFetch(request));
  }

  fetchSnapshot(request: FetchSnapshotRequest): Promise<FetchSnapshotResponse> {
    return this.#alone(() => this.#requests.fetchSnapshot(request));
  }

  describeQuorum(): QuorumDescription {
    return this.#requests.describeQuorum();
  }

  addVoter(request: AddVoterRequest): Promise<VoterChangeResponse> {
    return this.#changes.add(request);
  }

  removeVoter(request: RemoveVoterRequest): Promise<VoterChangeResponse> {
    return this.#changes.remove(request);
  }

  updateVoter(request: UpdateVoterRequest): Promise<LeaderView> {
    return this.#changes.update(request);
  }

  // Snapshots

  /** Runs with nothing else going on: for what changes the snapshots or the log's start. */
  alone<T>(work: () => Promise<T> | T): Promise<T> {
    return this.#alone(work);
  }

  /** The log no longer has to serve what `id`, a snapshot that is there, holds. */
  async trimBefore(id: OffsetAndEpoch): Promise<void> {
    const { log, history } = this.#core;
    log.incrementLogStartOffset(Math.min(id.endOffset, this.highWatermark ?? 0));
    history.trimBefore(id.endOffset);
    await log.deleteOldSegments();
  }

  // Life

  /** Hands leadership on, if there is anybody to take it, waits for what was appended and closes the log. */
  async close(): Promise<void> {
    await this.committedOrFailed();
    await this.#alone(async () => {
      this.#core.isShuttingDown = true;
      if (this.#core.state.name === 'leader' && !this.#core.isOnlyVoter) this.#core.member.becomeResigned();
    }).catch(() => {});
    // What was said last has left.
    this.#failure ??= new Error('closed');
    this.#timer?.cancel();
    while (this.#isWorking || this.#isFlushing) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#core.fail(this.#failure);
    await this.#core.log.close();
  }

  /** As a crash would: nothing is written or sent any more. For simulation. */
  kill(): void {
    this.#failure ??= new Error('killed');
    this.#timer?.cancel();
    this.#queue = [];
  }

  async committedOrFailed(): Promise<void> {
    // Without a majority this may never be: a node that closes does not wait for others.
    if (this.isOnlyVoter) await this.committed().catch(() => {});
  }

  #alone<T>(work: () => Promise<T> | T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(new KafkaError('BROKER_NOT_AVAILABLE', 'this node is shutting down', { cause: this.#failure }));
        return;
      }
      this.#enqueue(async () => {
        // The caller of a request that makes no sense hears of it; the node goes on.
        try {
          const result = await work();
          this.#core.outbox.push(() => resolve(result));
        } catch (failure) {
          reject(failure);
        }
      });
    });
  }

  #enqueue(work: Work): void {
    if (this.#failure !== undefined) return;
    this.#queue.push(work);
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    try {
      for (let at = 0; at < this.#queue.length && this.#failure === undefined; ) {
        await this.#queue[at++]!();
        // One write of the state and one poll for all that waited.
        if (at < this.#queue.length) continue;
        this.#queue = [];
        at = 0;
        await this.#settle();
      }
    } catch (failure) {
      this.#fail(failure);
    } finally {
      this.#isWorking = false;
      this.#wakeIdle();
    }
  }

  /** The state to the disk, then out with what rests on it. */
  async #settle(): Promise<void> {
    const core = this.#core;
    if (!this.#isStarted) {
      this.#letOut();
      return;
    }
    let nextMs = this.#poller.poll();
    const written = core.member.persist();
    if (written !== undefined) await written;
    if (core.state.name === 'leader' && !core.state.hasBegun) {
      await core.beginEpoch();
      nextMs = this.#poller.poll();
    }
    if (this.#failure !== undefined) return;
    this.#letOut();
    this.#schedule(nextMs);
    if (core.hasUnflushed && !this.#isFlushing) void this.#flush();
  }

  #letOut(): void {
    const { outbox } = this.#core;
    this.#core.outbox = [];
    for (const say of outbox) say();
  }

  async #flush(): Promise<void> {
    this.#isFlushing = true;
    try {
      // Batches appended in the same turn of the event loop share the first flush.
      await Promise.resolve();
      while (this.#core.hasUnflushed && this.#failure === undefined) {
        const flushed = await this.#core.flush();
        this.#enqueue(() => this.#core.flushed(flushed));
      }
    } catch (failure) {
      this.#fail(failure);
    } finally {
      this.#isFlushing = false;
      this.#wakeIdle();
    }
  }

  #schedule(nextMs: number): void {
    if (nextMs === this.#timerMs) return;
    this.#timer?.cancel();
    this.#timerMs = nextMs;
    if (nextMs === Number.POSITIVE_INFINITY) return;
    const { clock } = this.#options;
    this.#timer = clock.after(nextMs - clock.now(), () => {
      this.#timerMs = Number.POSITIVE_INFINITY;
      this.#enqueue(nothing);
    });
  }

  #fail(failure: unknown): void {
    if (this.#failure !== undefined) return;
    const error = failure instanceof Error ? failure : new Error(String(failure));
    this.#failure = error;
    this.#timer?.cancel();
    this.#core.fail(error);
    this.#options.onFailure(error);
  }

  #wakeIdle(): void {
    if (this.#isWorking || this.#isFlushing) return;
    for (const resolve of this.#idle) resolve();
    this.#idle = [];
  }
}
