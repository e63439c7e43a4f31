/**
 * A node of the KRaft quorum over its metadata log. Today a quorum has one voter, this node: it becomes leader as soon
 * as it starts, with the next epoch, and what it has flushed is committed. What is durable before what: the quorum state
 * before anything is written in its epoch, and a batch before it is acknowledged.
 */
import { KafkaError } from '../../protocol/errors.ts';
import { batches } from '../../protocol/records/batch.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import { buildKRaftControlBatch, type KRaftControl } from '../../protocol/records/control.ts';
import type { Clock } from '../platform/clock.ts';
import type { FileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import { checkpointName, FIRST_CHECKPOINT, readCheckpoint } from './checkpoint.ts';
import { type LoggedBatch, type LoggedControl, readBatch, type Voters } from './logged-batch.ts';
import { initialQuorumState, type QuorumState, readQuorumState, writeQuorumState } from './quorum-state.ts';
import type { RaftLog } from './raft-log.ts';

const READ_BYTES = 1024 * 1024;

export interface KRaftNodeOptions {
  readonly nodeId: number;
  readonly directoryId: string;
  /** `__cluster_metadata-0`. */
  readonly directory: string;
  readonly log: RaftLog;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  /** In order, as soon as a batch is committed. */
  readonly onCommitted: (batch: LoggedBatch) => void;
  /** Once: nothing can be written any more. What was not committed is rejected. */
  readonly onFailure: (failure: Error) => void;
}

export interface VoterEndpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

interface Pending {
  readonly batch: LoggedBatch;
  readonly written: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (failure: Error) => void;
}

export interface Appended {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** Resolves once the batch is committed and was handed to `onCommitted`. */
  readonly committed: Promise<void>;
}

export class KRaftNode {
  readonly #options: KRaftNodeOptions;
  readonly #log: RaftLog;
  #state: QuorumState;
  #kraftVersion = 0;
  #voters: Voters = [];
  /** The voters are known from the first checkpoint only; the first leader writes them into the log. */
  #votersInLog = false;
  #nextOffset: number;
  #queue: Pending[] = [];
  /** Of the newest batch; they are committed in order. */
  #lastCommit: Promise<void> = Promise.resolve();
  #committing = false;
  #failure: Error | undefined;

  private constructor(options: KRaftNodeOptions, state: QuorumState) {
    this.#options = options;
    this.#log = options.log;
    this.#state = state;
    this.#nextOffset = options.log.logEndOffset;
  }

  static open(options: KRaftNodeOptions): KRaftNode {
    const { fs, directory } = options;
    const node = new KRaftNode(options, readQuorumState(fs, directory) ?? initialQuorumState);
    const first = checkpointName(FIRST_CHECKPOINT.endOffset, FIRST_CHECKPOINT.epoch);
    for (const batch of readCheckpoint(fs, directory, first) ?? []) node.#replayControls(batch.controls);
    node.#votersInLog = false;
    return node;
  }

  get nodeId(): number {
    return this.#options.nodeId;
  }

  get epoch(): number {
    return this.#state.leaderEpoch;
  }

  get leaderId(): number {
    return this.#state.leaderId;
  }

  get isLeader(): boolean {
    return this.leaderId === this.nodeId && this.#failure === undefined;
  }

  /** Where the next record goes. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  get voters(): Voters {
    return this.#voters;
  }

  /** 0: static voters; 1: voters are kept in the log. */
  get kraftVersion(): number {
    return this.#kraftVersion;
  }

  /** Reads the log from its start, before `becomeLeader`. */
  async load(visit: (batch: LoggedBatch) => void): Promise<void> {
    const log = this.#log;
    if (log.logStartOffset > 0) {
      throw new Error(
        `the metadata log in ${this.#options.directory} begins at offset ${log.logStartOffset}, behind a snapshot; ` +
          'this version cannot load snapshots',
      );
    }
    let offset = log.logStartOffset;
    while (offset < log.logEndOffset) {
      const { records } = await log.read(offset, { maxBytes: READ_BYTES, minOneMessage: true, isolation: 'logEnd' });
      const data = records.length === 1 ? records[0]! : Buffer.concat(records);
      const before = offset;
      for (const view of batches(data)) {
        if (view.lastOffset < offset) continue;
        const batch = readBatch(view);
        this.#replayControls(batch.controls);
        visit(batch);
        offset = batch.lastOffset + 1;
      }
      if (offset === before) throw new Error(`the metadata log holds no whole batch at offset ${offset}`);
    }
  }

  /**
   * Alone in the quorum the vote is this node's own. Resolves when the epoch is durable and its first batch appended, so
   * that the new controller's first records share that batch's flush. `endpoint` is where this voter is reached from now
   * on.
   */
  async becomeLeader(endpoint?: VoterEndpoint): Promise<void> {
    this.#requireOnlyVoter();
    if (endpoint !== undefined) this.#moveTo(endpoint);
    const { nodeId, fs, directory, clock, logger } = this.#options;
    const epoch = Math.max(this.epoch, this.#log.latestEpoch() ?? 0) + 1;
    const state: QuorumState = { ...initialQuorumState, leaderEpoch: epoch, leaderId: nodeId };
    const form =
      this.#kraftVersion === 0 ? ({ kraftVersion: 0, voters: [nodeId] } as const) : ({ kraftVersion: 1 } as const);
    await writeQuorumState(fs, directory, state, form);
    this.#state = state;
    logger.info({ nodeId, epoch, offset: this.#nextOffset }, 'leads the metadata quorum');
    const voter = { voterId: nodeId };
    const controls: KRaftControl[] = [
      { type: 'leaderChange', value: { leaderId: nodeId, voters: [voter], grantingVoters: [voter] } },
    ];
    if (this.#kraftVersion > 0 && !this.#votersInLog) {
      controls.push({ type: 'kraftVersion', value: { version: 0, kRaftVersion: this.#kraftVersion } });
      controls.push({ type: 'kraftVoters', value: { version: 0, voters: this.#voters } });
      this.#votersInLog = true;
    }
    const timestamp = clock.now();
    const at = { baseOffset: this.#nextOffset, timestamp, leaderEpoch: epoch };
    const logged = controls.map((control): LoggedControl => {
      if (control.type === 'kraftVersion') return { type: 'kraftVersion', kraftVersion: this.#kraftVersion };
      if (control.type === 'kraftVoters') return { type: 'kraftVoters', voters: this.#voters };
      return { type: control.type };
    });
    this.#append(buildKRaftControlBatch(controls, at), controls.length, { timestamp, controls: logged, frames: [] });
  }

  /** Appends one batch of metadata records, as leader; batches keep the order of the calls. */
  append(frames: readonly Buffer[]): Appended {
    if (!this.isLeader) {
      throw new KafkaError('NOT_CONTROLLER', 'this node does not lead the metadata quorum', { cause: this.#failure });
    }
    const timestamp = this.#options.clock.now();
    const buffer = buildBatch(
      frames.map((value) => ({ timestamp, key: null, value })),
      { baseOffset: this.#nextOffset, partitionLeaderEpoch: this.epoch },
    );
    return this.#append(buffer, frames.length, { timestamp, controls: [], frames });
  }

  /** Resolves when everything appended so far is committed. */
  committed(): Promise<void> {
    return this.#lastCommit;
  }

  /** Waits for what was appended and closes the log. */
  async close(): Promise<void> {
    await this.#lastCommit.catch(() => {});
    this.#failure ??= new Error('closed');
    await this.#log.close();
  }

  #append(buffer: Buffer, count: number, content: Pick<LoggedBatch, 'timestamp' | 'controls' | 'frames'>): Appended {
    const baseOffset = this.#nextOffset;
    const lastOffset = baseOffset + count - 1;
    const batch: LoggedBatch = { ...content, baseOffset, lastOffset, epoch: this.epoch };
    this.#nextOffset = lastOffset + 1;
    const written = this.#log.appendAsLeader(buffer, { leaderEpoch: this.epoch, origin: 'raft' }).then((info) => {
      if (info.baseOffset !== baseOffset) {
        throw new Error(`the metadata log wrote at offset ${info.baseOffset}, ${baseOffset} was expected`);
      }
    });
    // Awaited in #commit; until then a rejection must not count as unhandled.
    written.catch(() => {});
    const committed = new Promise<void>((resolve, reject) => {
      this.#queue.push({ batch, written, resolve, reject });
    });
    committed.catch(() => {});
    this.#lastCommit = committed;
    if (!this.#committing) void this.#commit();
    return { baseOffset, lastOffset, committed };
  }

  /** One flush for all that was appended while the last one ran. */
  async #commit(): Promise<void> {
    this.#committing = true;
    let under: Pending[] = [];
    try {
      // Batches appended in the same turn of the event loop share the first flush.
      await Promise.resolve();
      while (this.#queue.length > 0) {
        under = this.#queue;
        this.#queue = [];
        for (const { written } of under) await written;
        await this.#log.flush();
        this.#log.updateHighWatermark(under.at(-1)!.batch.lastOffset + 1);
        for (const { batch, resolve } of under) {
          this.#options.onCommitted(batch);
          resolve();
        }
      }
    } catch (failure) {
      this.#fail(failure instanceof Error ? failure : new Error(String(failure)), under);
    } finally {
      this.#committing = false;
    }
  }

  #fail(failure: Error, under: readonly Pending[]): void {
    this.#failure = failure;
    const error = new KafkaError('KAFKA_STORAGE_ERROR', `the metadata log failed: ${failure.message}`, {
      cause: failure,
    });
    for (const { reject } of [...under, ...this.#queue]) reject(error);
    this.#queue = [];
    this.#options.onFailure(failure);
  }

  #replayControls(controls: readonly LoggedControl[]): void {
    for (const control of controls) {
      if (control.type === 'kraftVersion') this.#kraftVersion = control.kraftVersion;
      if (control.type === 'kraftVoters') {
        this.#voters = control.voters;
        this.#votersInLog = true;
      }
    }
  }

  /** A voter whose listener moved writes the voters anew with its epoch. */
  #moveTo({ name, host, port }: VoterEndpoint): void {
    const [voter] = this.#voters;
    if (voter === undefined) return;
    const known = voter.endpoints.find((each) => each.name === name);
    if (known?.host === host && known.port === port) return;
    const others = voter.endpoints.filter((each) => each !== known);
    this.#voters = [{ ...voter, endpoints: [{ name, host, port }, ...others] }];
    this.#votersInLog = false;
  }

  #requireOnlyVoter(): void {
    if (this.#kraftVersion === 0) return;
    const { nodeId, directoryId, directory } = this.#options;
    const [voter] = this.#voters;
    const isOnly = this.#voters.length === 1 && voter?.voterId === nodeId && voter.voterDirectoryId === directoryId;
    if (isOnly) return;
    const names = this.#voters.map((each) => `${each.voterId} (directory ${each.voterDirectoryId})`).join(', ');
    throw new Error(
      `the metadata log in ${directory} is of a quorum whose voters are ${names || 'none'}; ` +
        `node ${nodeId} (directory ${directoryId}) can only lead a quorum of which it is the one voter`,
    );
  }
}
