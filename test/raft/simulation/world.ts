/**
 * A quorum in virtual time, from one seed: nodes with disks, a network that loses, delays, reorders and repeats, and
 * trouble: crashes with the loss of what was not flushed, restarts, partitions, changes of voters, snapshots.
 */
import { KafkaError } from '../../../protocol/errors.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { seededRandom } from '../../../src/platform/random.ts';
import { buildCheckpoint } from '../../../src/raft/checkpoint.ts';
import { KRaftNode } from '../../../src/raft/kraft-node.ts';
import type { Voters } from '../../../src/raft/logged-batch.ts';
import type { Peer, RaftApi, RaftNetwork, RequestOf, ResponseOf } from '../../../src/raft/messages.ts';
import type { RaftConfig } from '../../../src/raft/raft-config.ts';
import type { ReplicaKey } from '../../../src/raft/replica-key.ts';
import { type DiskLies, SimulatedDisk, SimulatedLog, SimulatedSnapshots } from './disk.ts';
import { Safety, Violation } from './safety.ts';
import { Scheduler } from './scheduler.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly voters: number;
  readonly changesVoters: boolean;
  readonly troubleMs: number;
  /** For simulations that must fail. */
  readonly lies?: DiskLies;
}

const LISTENER = 'CONTROLLER';
const CLUSTER = 'simulated';
/** A tenth of Kafka's times, and sizes that make several requests of what is one there; every other seed fetches batch by batch. */
const config: RaftConfig = {
  electionTimeoutMs: 100,
  electionBackoffMaxMs: 100,
  fetchTimeoutMs: 200,
  fetchMaxWaitMs: 50,
  requestTimeoutMs: 200,
  retryBackoffMs: 10,
  fetchMaxBytes: 1000,
  fetchSnapshotMaxBytes: 150,
};
const CALM_MS = 600;

function directoryOf(id: number): string {
  return Buffer.from(`directory-of-${String(id).padStart(3, '0')}`)
    .toString('base64url')
    .slice(0, 22);
}

class SimulatedNode {
  readonly key: ReplicaKey;
  readonly disk: SimulatedDisk;
  raft: KRaftNode | undefined;
  log: SimulatedLog | undefined;
  /** The life of the disk in which it was started last. */
  startedLife = -1;
  /** The digest and the end of what it was handed. */
  digest = '';
  endOffset = 0;
  highWatermark = -1;
  ledEpoch = -1;

  constructor(id: number, disk: SimulatedDisk) {
    this.key = { id, directoryId: directoryOf(id) };
    this.disk = disk;
  }
}

export class World {
  readonly scheduler: Scheduler;
  readonly safety = new Safety();
  readonly nodes: SimulatedNode[] = [];
  readonly #options: WorldOptions;
  #cut: readonly number[] = [];
  #isCalm = false;
  #payload = 0;
  acknowledged = 0;
  snapshots = 0;
  voterChanges = 0;
  crashes = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.scheduler = new Scheduler(seededRandom(options.seed));
    const ids = Array.from({ length: options.voters }, (_, i) => i + 1);
    const voters = ids.map(voter);
    for (const id of options.changesVoters ? [...ids, ids.length + 1] : ids) {
      const disk = new SimulatedDisk(this.scheduler, options.lies);
      if (id <= ids.length) disk.snapshots = [{ id: { endOffset: 0, epoch: 0 }, bytes: firstCheckpoint(voters) }];
      this.nodes.push(new SimulatedNode(id, disk));
    }
  }

  /** Throws a `Violation` when something does not hold. */
  async run(): Promise<void> {
    const { scheduler } = this;
    const { troubleMs, voters } = this.#options;
    for (const node of this.nodes) await this.#start(node);
    this.#repeat(20, 120, () => this.#write());
    this.#repeat(30, 200, () => this.#trouble());
    await scheduler.run(troubleMs, () => this.#look());
    this.#isCalm = true;
    this.#cut = [];
    for (const node of this.nodes) await this.#start(node);
    const before = this.safety.committedEnd;
    await scheduler.run(troubleMs + CALM_MS, () => this.#look());
    this.safety.logsMatch(this.nodes.map(({ disk }) => disk.writtenLog.entries));
    if (this.safety.committedEnd <= before) {
      throw new Violation(
        `nothing was committed in ${CALM_MS} ms without trouble; ${voters} voters: ${this.#describe()}`,
      );
    }
  }

  #describe(): string {
    return this.nodes.map(({ key, raft }) => `${key.id} ${raft?.state} ${raft?.epoch} ${raft?.nextOffset}`).join(', ');
  }

  #repeat(minMs: number, maxMs: number, run: () => void): void {
    this.scheduler.after(this.scheduler.between(minMs, maxMs), () => {
      run();
      this.#repeat(minMs, maxMs, run);
    });
  }

  async #start(node: SimulatedNode): Promise<void> {
    const { key, disk } = node;
    const { scheduler, safety } = this;
    const { life } = disk;
    if (node.startedLife === life) return;
    node.startedLife = life;
    const log = new SimulatedLog(disk);
    node.log = log;
    node.digest = '';
    node.endOffset = 0;
    node.highWatermark = -1;
    node.ledEpoch = -1;
    const handed = (endOffset: number, digest: string) => {
      node.endOffset = endOffset;
      node.digest = digest;
    };
    const raft = await KRaftNode.open({
      local: key,
      clusterId: CLUSTER,
      config: { ...config, fetchMaxBytes: this.#options.seed % 2 === 0 ? config.fetchMaxBytes : 1 },
      log,
      snapshots: new SimulatedSnapshots(disk),
      store: disk.store(),
      staticVoters: [],
      bootstrap: Array.from({ length: this.#options.voters }, (_, i) => ({ id: -2 - i, endpoints: endpoints(i + 1) })),
      clock: scheduler,
      random: scheduler.random,
      logger: silentLogger,
      network: this.#network(node),
      listenerName: LISTENER,
      listener: {
        onCommitted: (batch) => {
          if (batch.baseOffset !== node.endOffset) {
            throw new Violation(`node ${key.id} was handed offset ${batch.baseOffset}, ${node.endOffset} was next`);
          }
          safety.committed(key.id, batch);
          handed(batch.lastOffset + 1, safety.digestAt(batch.lastOffset + 1)!);
        },
        onSnapshot: (content, id) => {
          const text = content.flatMap(({ frames }) => frames.map(String)).join('');
          safety.snapshot(key.id, id, text);
          handed(id.endOffset, text);
        },
        onLeader: () => {},
        onLeaderLost: () => {},
      },
      onFailure: (failure) => {
        if (disk.life === life) this.#failed(failure);
      },
    });
    if (disk.life !== life) return;
    node.raft = raft;
    raft.start();
  }

  #failure: Error | undefined;

  #failed(failure: Error): void {
    this.#failure ??= failure instanceof Violation ? failure : new Violation(`a node failed: ${failure.message}`);
  }

  #stop(node: SimulatedNode): void {
    node.raft?.kill();
    node.raft = undefined;
    node.disk.crash();
  }

  /** What must hold, after every event. */
  #look(): void {
    if (this.#failure !== undefined) throw this.#failure;
    for (const node of this.nodes) {
      const { raft, key, disk } = node;
      if (raft === undefined) continue;
      if (raft.isLeader) this.safety.leads(key.id, raft.epoch, disk.writtenLog.entries, disk.writtenLog.startOffset);
      const highWatermark = raft.highWatermark ?? -1;
      if (highWatermark < node.highWatermark) {
        throw new Violation(
          `node ${key.id} takes its high watermark back from ${node.highWatermark} to ${highWatermark}`,
        );
      }
      const ledEpoch = raft.isLeader ? raft.epoch : -1;
      if (highWatermark > node.highWatermark && ledEpoch >= 0 && ledEpoch === node.ledEpoch) {
        const last = disk.writtenLog.entries.findLast(({ lastOffset }) => lastOffset < highWatermark);
        this.safety.leaderCommits(key.id, ledEpoch, last);
      }
      node.highWatermark = highWatermark;
      node.ledEpoch = ledEpoch;
    }
  }

  // Work

  #write(): void {
    const leaders = this.nodes.filter(({ raft }) => raft?.isLeader === true);
    const node = this.scheduler.pick(leaders);
    if (node === undefined) return;
    const frame = `record ${this.#payload++}`;
    const { baseOffset, committed } = node.raft!.append([Buffer.from(frame)]);
    committed.then(
      () => {
        this.acknowledged++;
        try {
          this.safety.acknowledged(baseOffset, frame);
        } catch (failure) {
          this.#failed(failure as Error);
        }
      },
      () => {},
    );
  }

  // Trouble

  #trouble(): void {
    const { scheduler } = this;
    if (this.#isCalm) return;
    const dice = scheduler.random.float();
    const running = this.nodes.filter(({ raft }) => raft !== undefined);
    if (dice < 0.35) {
      // Leaders above all: that is what elections are about.
      const leaders = running.filter(({ raft }) => raft?.state === 'leader');
      const node = scheduler.pick(leaders.length > 0 && scheduler.chance(0.5) ? leaders : running);
      if (node === undefined) return;
      this.#crash(node);
    } else if (dice < 0.4) {
      for (const node of running) this.#crash(node);
    } else if (dice < 0.6) {
      this.#cut = this.nodes.filter(() => scheduler.chance(0.4)).map(({ key }) => key.id);
      scheduler.after(scheduler.between(30, 400), () => {
        this.#cut = [];
      });
    } else if (dice < 0.85) {
      const node = scheduler.pick(running);
      if (node !== undefined) void this.#takeSnapshot(node).catch((failure) => this.#failed(failure));
    } else if (this.#options.changesVoters) {
      this.#changeVoters();
    }
  }

  #crash(node: SimulatedNode): void {
    this.crashes++;
    this.#stop(node);
    this.scheduler.after(this.scheduler.between(1, 300), () => {
      void this.#start(node).catch((failure) => this.#failed(failure));
    });
  }

  async #takeSnapshot(node: SimulatedNode): Promise<void> {
    const { raft, log, disk, endOffset, digest } = node;
    const { life } = disk;
    if (raft === undefined || endOffset === 0) return;
    const store = new SimulatedSnapshots(disk);
    const last = disk.writtenLog.entries.findLast((entry) => entry.lastOffset < endOffset);
    if (last === undefined || store.ids.some((id) => id.endOffset >= endOffset)) return;
    const id = { endOffset, epoch: last.epoch };
    const { voters, kraftVersion } = raft.quorumAt(endOffset);
    const partial = await store.create(id);
    await partial.append(checkpoint(voters, kraftVersion, [Buffer.from(digest)]));
    await partial.freeze();
    this.snapshots++;
    if (disk.life !== life || log !== node.log) return;
    await raft.alone(async () => {
      await raft.trimBefore(id);
      for (const old of store.ids) if (old.endOffset < id.endOffset) await store.remove(old);
    });
  }

  #changeVoters(): void {
    const leader = this.nodes.find(({ raft }) => raft?.isLeader === true)?.raft;
    if (leader === undefined) return;
    const outsider = this.nodes.find(({ key }) => !leader.voters.some(({ voterId }) => voterId === key.id));
    const count = (outcome: { readonly error: string }) => {
      if (outcome.error === 'NONE') this.voterChanges++;
    };
    const request = { clusterId: null };
    if (outsider !== undefined) {
      const added = { ...request, voter: outsider.key, endpoints: endpoints(outsider.key.id), ackWhenCommitted: true };
      void leader.addVoter({ ...added, timeoutMs: 100 }).then(count, () => {});
    } else {
      const { voterId: id, voterDirectoryId: directoryId } = this.scheduler.pick(leader.voters)!;
      void leader.removeVoter({ ...request, voter: { id, directoryId } }).then(count, () => {});
    }
  }

  // Network

  #network(from: SimulatedNode): RaftNetwork {
    const { life } = from.disk;
    return {
      send: <A extends RaftApi>(peer: Peer, api: A, request: RequestOf<A>): Promise<ResponseOf<A>> =>
        new Promise((resolve, reject) => {
          const port = peer.endpoints[0]?.port ?? 0;
          const to = this.nodes.find(({ key }) => key.id === port);
          if (to === undefined) {
            reject(new KafkaError('NETWORK_EXCEPTION', `nobody is at port ${port}`));
            return;
          }
          const times = !this.#isCalm && this.scheduler.chance(0.03) ? 2 : 1;
          for (let i = 0; i < times; i++) {
            this.#travel(from, to, () => {
              if (to.raft === undefined) {
                this.#travel(to, from, () => reject(new KafkaError('NETWORK_EXCEPTION', 'refused')));
                return;
              }
              const back = (deliver: () => void) =>
                this.#travel(to, from, () => {
                  if (from.disk.life === life) deliver();
                });
              call(to.raft, api, request).then(
                (response) => back(() => resolve(response)),
                (failure) => back(() => reject(failure)),
              );
            });
          }
        }),
    };
  }

  #travel(from: SimulatedNode, to: SimulatedNode, deliver: () => void): void {
    const { scheduler } = this;
    const isCut = () => this.#cut.includes(from.key.id) !== this.#cut.includes(to.key.id);
    if (isCut() || (!this.#isCalm && scheduler.chance(0.03))) return;
    const isSlow = !this.#isCalm && scheduler.chance(0.05);
    scheduler.after(isSlow ? scheduler.between(15, 250) : scheduler.between(1, 4), () => {
      if (!isCut()) deliver();
    });
  }
}

async function call<A extends RaftApi>(raft: KRaftNode, api: A, request: RequestOf<A>): Promise<ResponseOf<A>> {
  const apis: { [K in RaftApi]: (request: RequestOf<K>) => Promise<ResponseOf<K>> } = {
    vote: (each) => raft.vote(each),
    beginQuorumEpoch: (each) => raft.beginQuorumEpoch(each),
    endQuorumEpoch: (each) => raft.endQuorumEpoch(each),
    fetch: (each) => raft.fetch(each),
    fetchSnapshot: (each) => raft.fetchSnapshot(each),
    updateVoter: (each) => raft.updateVoter(each),
    apiVersions: async () => ({ error: 'NONE', kraftVersions: { minVersion: 0, maxVersion: 1 } }),
  };
  return apis[api](request);
}

function endpoints(id: number) {
  return [{ name: LISTENER, host: 'node', port: id }];
}

function voter(id: number): Voters[number] {
  return {
    voterId: id,
    voterDirectoryId: directoryOf(id),
    endpoints: endpoints(id),
    kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
  };
}

function checkpoint(voters: Voters, kraftVersion: number, records: readonly Buffer[]): Buffer {
  return buildCheckpoint({
    controls: [
      { type: 'kraftVersion', value: { version: 0, kRaftVersion: kraftVersion } },
      { type: 'kraftVoters', value: { version: 0, voters } },
    ],
    records,
    lastContainedLogTimestamp: 0,
    now: 0,
  });
}

function firstCheckpoint(voters: Voters): Buffer {
  return checkpoint(voters, 1, []);
}
