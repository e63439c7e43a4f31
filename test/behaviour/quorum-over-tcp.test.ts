import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { Dispatcher, servedApis } from '../../src/broker/dispatcher.ts';
import { RequestStats } from '../../src/broker/metrics/request-stats.ts';
import { QuorumNetwork } from '../../src/broker/quorum-network.ts';
import type { BrokerContext } from '../../src/handlers/context.ts';
import { controllerHandlers } from '../../src/handlers/table.ts';
import { supportedFeatures } from '../../src/metadata/features.ts';
import { emptyImage } from '../../src/metadata/image.ts';
import { defaultNetLimits } from '../../src/net/limits.ts';
import { SocketServer } from '../../src/net/server.ts';
import { SystemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { NodeFileSystem } from '../../src/platform/node-file-system.ts';
import { seededRandom, systemRandom } from '../../src/platform/random.ts';
import { buildCheckpoint, checkpointName } from '../../src/raft/checkpoint.ts';
import { KRaftNode } from '../../src/raft/kraft-node.ts';
import type { Voters } from '../../src/raft/logged-batch.ts';
import { openRaftLog } from '../../src/raft/open-raft-log.ts';
import { quorumStateFile } from '../../src/raft/quorum-state.ts';
import { defaultRaftConfig } from '../../src/raft/raft-config.ts';
import { SnapshotFiles } from '../../src/raft/snapshot-store.ts';

const CLUSTER_ID = 'Ud1ZQnOWQqWkzNKFbyNYmA';
const LISTENER = 'CONTROLLER';
const systemClock = new SystemClock();
/** A tenth of Kafka's times. */
const config = { ...defaultRaftConfig, electionTimeoutMs: 100, electionBackoffMaxMs: 100, fetchTimeoutMs: 300 };

const directoryId = (id: number) => `AAAAAAAAAAAAAAAAAAAA${id}A`;

/** A controller alone: a replica of the metadata log on a disk, behind a listener. */
class Controller {
  readonly id: number;
  readonly #directory: string;
  readonly #news: () => void;
  readonly #server: SocketServer;
  readonly fs = new NodeFileSystem();
  port = 0;
  raft!: KRaftNode;
  snapshots!: SnapshotFiles;
  /** What it was handed, as text. */
  committed: string[] = [];
  loadedSnapshots = 0;
  #network: QuorumNetwork | undefined;
  #isRunning = false;

  constructor(id: number, directory: string, news: () => void) {
    this.id = id;
    this.#directory = directory;
    this.#news = news;
    // The parts that the quorum's own requests ask for.
    const context = {
      authorizer: null,
      listenerType: 'controller',
      logger: silentLogger,
      servedApis: servedApis(controllerHandlers),
      image: () => emptyImage(CLUSTER_ID),
      supportedFeatures: () =>
        supportedFeatures.map(({ name, minSupportedVersion, maxSupportedVersion }) => ({
          name,
          minVersion: minSupportedVersion,
          maxVersion: maxSupportedVersion,
        })),
    };
    const served = Object.defineProperty(context, 'quorum', { get: () => this.raft }) as unknown as BrokerContext;
    const dispatcher = new Dispatcher(controllerHandlers, 'controller', served, new RequestStats(systemClock));
    this.#server = new SocketServer({
      listeners: [{ name: LISTENER, host: '127.0.0.1', port: 0, securityProtocol: 'PLAINTEXT' }],
      handler: (frame, connection, turn) => {
        if (!this.#isRunning) throw new Error('this controller is down');
        return dispatcher.dispatch(frame, connection, turn);
      },
      limits: defaultNetLimits,
      clock: systemClock,
      logger: silentLogger,
    });
  }

  async listen(): Promise<void> {
    this.port = (await this.#server.start())[0]!.port;
  }

  async start(voters: Voters): Promise<void> {
    const { fs } = this;
    await mkdir(this.#directory, { recursive: true });
    const first = join(this.#directory, checkpointName(0, 0));
    await writeFile(first, checkpoint(voters, []), { flag: 'wx' });
    const random = seededRandom(this.id);
    const clock = systemClock;
    const logger = silentLogger;
    this.committed = [];
    this.snapshots = await SnapshotFiles.open(fs, this.#directory, random);
    this.#network = networkOf(`raft-client-${this.id}`);
    this.raft = await KRaftNode.open({
      local: { id: this.id, directoryId: directoryId(this.id) },
      clusterId: CLUSTER_ID,
      config: { ...config, fetchSnapshotMaxBytes: 1000 },
      log: await openRaftLog({ directory: this.#directory, fs, clock, random, logger }),
      snapshots: this.snapshots,
      store: quorumStateFile(fs, this.#directory),
      staticVoters: [],
      bootstrap: voters.map(({ endpoints }, i) => ({ id: -2 - i, endpoints })),
      clock,
      random,
      logger,
      network: this.#network,
      listenerName: LISTENER,
      listener: {
        onCommitted: ({ frames }) => {
          this.committed.push(...frames.map(String));
          this.#news();
        },
        onSnapshot: (content) => {
          this.loadedSnapshots++;
          this.committed = content.flatMap(({ frames }) => frames.map(String));
          this.#news();
        },
        onLeader: this.#news,
        onLeaderLost: this.#news,
      },
      onFailure: (failure) => {
        throw failure;
      },
    });
    this.#isRunning = true;
    this.raft.start();
  }

  get isLeader(): boolean {
    return this.#isRunning && this.raft.isLeader;
  }

  /** Answers nobody and asks nobody from now on; the listener stays, as a machine's port does. */
  kill(): void {
    this.#isRunning = false;
    this.raft.kill();
    this.#network!.close();
  }

  async close(): Promise<void> {
    if (this.#isRunning) {
      await this.raft.close();
      this.#network!.close();
    }
    await this.#server.stop(0);
  }

  /** Snapshots all that is committed, and trims the log behind it. */
  async snapshot(): Promise<void> {
    const id = { endOffset: this.raft.highWatermark!, epoch: this.raft.epoch };
    const partial = await this.snapshots.create(id);
    await partial.append(checkpoint(this.raft.voters, this.committed));
    await partial.freeze();
    await this.raft.alone(async () => {
      await this.raft.trimBefore(id);
      for (const old of this.snapshots.ids) if (old.endOffset < id.endOffset) await this.snapshots.remove(old);
    });
  }
}

function networkOf(clientId: string): QuorumNetwork {
  const { requestTimeoutMs } = config;
  return new QuorumNetwork({
    listenerName: LISTENER,
    connection: { clientId, requestTimeoutMs, connectTimeoutMs: requestTimeoutMs, tls: undefined, sasl: undefined },
    ports: { clock: systemClock, random: systemRandom },
  });
}

function checkpoint(voters: Voters, records: readonly string[]): Buffer {
  return buildCheckpoint({
    controls: [
      { type: 'kraftVersion', value: { version: 0, kRaftVersion: 1 } },
      { type: 'kraftVoters', value: { version: 0, voters } },
    ],
    records: records.map((record) => Buffer.from(record)),
    lastContainedLogTimestamp: 0,
    now: 0,
  });
}

describe('a quorum of three controllers over TCP', () => {
  let directory: string;
  let controllers: Controller[];
  let voters: Voters;
  let waiting: { readonly isTrue: () => boolean; readonly resolve: () => void }[];

  const news = (): void => {
    for (const each of waiting.filter(({ isTrue }) => isTrue())) each.resolve();
    waiting = waiting.filter(({ isTrue }) => !isTrue());
  };
  const until = (isTrue: () => boolean) =>
    new Promise<void>((resolve) => {
      waiting.push({ isTrue, resolve });
      news();
    });
  const leader = (): Controller | undefined => controllers.find(({ isLeader }) => isLeader);

  beforeEach(async () => {
    waiting = [];
    directory = await mkdtemp(join(tmpdir(), 'samsa-quorum-'));
    controllers = [1, 2, 3].map((id) => new Controller(id, join(directory, String(id)), news));
    for (const controller of controllers) await controller.listen();
    voters = controllers.map(({ id, port }) => ({
      voterId: id,
      voterDirectoryId: directoryId(id),
      endpoints: [{ name: LISTENER, host: '127.0.0.1', port }],
      kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
    }));
    for (const controller of controllers) await controller.start(voters);
  });
  afterEach(async () => {
    await Promise.all(controllers.map((controller) => controller.close()));
    await rm(directory, { recursive: true, force: true });
  });

  it('elects a leader, replicates, and goes on when the leader is killed', async () => {
    await until(() => leader() !== undefined);
    const first = leader()!;
    await first.raft.append([Buffer.from('a'), Buffer.from('b')]).committed;
    await until(() => controllers.every(({ committed }) => committed.join() === 'a,b'));
    first.kill();
    const others = controllers.filter((controller) => controller !== first);
    await until(() => others.some(({ isLeader }) => isLeader));
    const second = leader()!;
    expect(second.raft.epoch).toBeGreaterThan(first.raft.epoch);
    await second.raft.append([Buffer.from('c')]).committed;
    await until(() => others.every(({ committed }) => committed.join() === 'a,b,c'));
    expect(second.raft.describeQuorum().voters.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('gives a controller that comes late a snapshot, piece by piece, and what follows it', async () => {
    await until(() => leader() !== undefined);
    const leading = leader()!;
    const late = controllers.find((controller) => controller !== leading)!;
    late.kill();
    const records = Array.from({ length: 300 }, (_, i) => `record ${i}`);
    await leading.raft.append(records.map((record) => Buffer.from(record))).committed;
    await leading.snapshot();
    await leading.raft.append([Buffer.from('behind it')]).committed;
    await rm(join(directory, String(late.id)), { recursive: true });
    await late.start(voters);
    await until(() => late.committed.at(-1) === 'behind it');
    expect(late.committed).toEqual([...records, 'behind it']);
    expect(late.loadedSnapshots).toBe(1);
    expect(late.snapshots.ids.at(-1)).toEqual(leading.snapshots.ids.at(-1));
  });

  it('hands over at once when its leader closes', async () => {
    await until(() => leader() !== undefined);
    const first = leader()!;
    await first.close();
    const others = controllers.filter((controller) => controller !== first);
    await until(() => others.some(({ isLeader }) => isLeader));
    controllers = others;
  });

  it('is refused by a node of another cluster, and says so', async () => {
    await until(() => leader() !== undefined);
    const network = networkOf('stranger');
    const peer = { id: 1, endpoints: voters[0]!.endpoints };
    const request = { clusterId: 'another', leaderId: 9, leaderEpoch: 1, leaderEndpoints: [], preferredCandidates: [] };
    await expect(network.send(peer, 'endQuorumEpoch', request)).resolves.toMatchObject({
      error: 'INCONSISTENT_CLUSTER_ID',
    });
    await expect(network.send({ id: 1, endpoints: [] }, 'endQuorumEpoch', request)).rejects.toMatchObject({
      errorCode: ErrorCode.NETWORK_EXCEPTION,
    });
    network.close();
    await expect(network.send(peer, 'endQuorumEpoch', request)).rejects.toThrow('shutting down');
  });
});
