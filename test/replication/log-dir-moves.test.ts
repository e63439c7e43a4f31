import { describe, expect, it } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import { defaultLogConfig } from '../../src/log/log-config.ts';
import { LogManager } from '../../src/log/log-manager.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';
import { seededRandom } from '../../src/platform/random.ts';
import { LogDirMoves } from '../../src/replication/log-dir-moves.ts';
import type { ReplicaManager } from '../../src/replication/replica-manager.ts';
import { append, batch, NOW, readAll, TOPIC_ID } from '../log/fixture.ts';

const ORDERS = { topic: 'orders', partition: 0 };
const IDS = new Map([
  ['/a', 'AAAAAAAAAAAAAAAAAAAAAA1'],
  ['/b', 'AAAAAAAAAAAAAAAAAAAAAA2'],
]);
const config = { ...defaultLogConfig, segmentBytes: 500, flushMessages: 1, fileDeleteDelayMs: 1000 };

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A broker's lives on one disk: what is assigned is in the metadata, and outlives them. */
class Lives {
  readonly clock = new SimulatedClock(NOW);
  readonly fs: MemoryFileSystem;
  assigned = IDS.get('/a');
  logs!: LogManager;
  moves!: LogDirMoves;
  bytesPerSecond = Number.POSITIVE_INFINITY;
  onReplaced: (log: Log) => void = () => {};

  constructor(tracksDurability: boolean, seed: number) {
    this.fs = new MemoryFileSystem({ tracksDurability, random: seededRandom(seed), now: () => this.clock.now() });
  }

  async begin(): Promise<void> {
    const { clock, fs } = this;
    this.logs = await LogManager.open({
      dirs: [...IDS.keys()],
      directoryIds: IDS,
      fs,
      clock,
      logger: silentLogger,
      configFor: () => config,
      assignedDirectory: () => this.assigned,
    });
    const replica = { topicId: TOPIC_ID, checkOnline: () => {}, replaceLog: (log: Log) => this.onReplaced(log) };
    this.moves = new LogDirMoves({
      logs: this.logs,
      replicas: { get: () => replica, find: () => replica } as unknown as ReplicaManager,
      clock,
      logger: silentLogger,
      maxBytesPerSecond: () => this.bytesPerSecond,
      assign: async ({ directoryId }) => {
        if (fs.isPoweredOff) throw new Error('no power');
        this.assigned = directoryId;
      },
    });
  }

  get log(): Log {
    return this.logs.get(ORDERS)!;
  }

  async names(dir: string): Promise<string[]> {
    return (await this.fs.list(dir)).filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  }

  async moved(): Promise<void> {
    while (this.logs.futures.get(ORDERS) !== undefined && !this.fs.isPoweredOff) await turn();
  }
}

/** Appends `count` values; those that were acknowledged are added to `acknowledged`. */
async function write(log: Log, acknowledged: string[], count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const value = `v${acknowledged.length}`;
    await append(log, batch([value]));
    acknowledged.push(value);
  }
}

const valuesOf = async (log: Log): Promise<string[]> => (await readAll(log)).map(([, value]) => value);

describe('a move to another log dir', () => {
  it('takes everything along while the log is written to, and leaves nothing behind', async () => {
    const lives = new Lives(false, 1);
    await lives.begin();
    const log = await lives.logs.getOrCreate(ORDERS, TOPIC_ID, IDS.get('/a'));
    const acknowledged: string[] = [];
    await write(log, acknowledged, 50);
    log.updateHighWatermark(40);
    log.incrementLogStartOffset(3);
    await lives.moves.begin(ORDERS, '/b');
    // The old log takes what comes until the end, and hands on what comes after it.
    while (lives.logs.directoryId(ORDERS) === IDS.get('/a')) await write(log, acknowledged, 1);
    await write(log, acknowledged, 5);
    expect(lives.log).not.toBe(log);
    expect(lives.log.directory).toBe('/b/orders-0');
    expect([lives.log.logStartOffset, lives.log.logEndOffset]).toEqual([3, acknowledged.length]);
    expect(await valuesOf(lives.log)).toEqual(acknowledged.slice(3));
    expect(lives.assigned).toBe(IDS.get('/b'));
    // Who still reads the old one goes on.
    expect((await valuesOf(log)).length).toBeGreaterThan(40);
    lives.clock.advance(config.fileDeleteDelayMs + 1);
    while ((await lives.names('/a')).length > 0) await turn();
    expect(await lives.names('/b')).toEqual(['orders-0']);
    await lives.logs.close();
    await lives.begin();
    expect(await valuesOf(lives.log)).toEqual(acknowledged.slice(3));
    await lives.logs.close();
  });

  it('keeps the order of what is appended while the copy takes its place, and refuses nothing', async () => {
    const lives = new Lives(false, 1);
    await lives.begin();
    const log = await lives.logs.getOrCreate(ORDERS, TOPIC_ID, IDS.get('/a'));
    let served = log;
    lives.onReplaced = (copy) => {
      served = copy;
    };
    await lives.moves.begin(ORDERS, '/b');
    const sent: string[] = [];
    const appends: Promise<unknown>[] = [];
    // Several in each turn, and none is waited for: the steps of the swap lie between them.
    for (let after = 0; after < 30; after += served === log ? 0 : 1) {
      for (let i = 0; i < 3; i++) {
        sent.push(`v${sent.length}`);
        appends.push(append(served, batch([sent.at(-1)!])));
      }
      await turn();
    }
    await Promise.all(appends);
    expect(lives.log).toBe(served);
    expect(await valuesOf(served)).toEqual(sent);
    await lives.moves.stop();
    await lives.logs.close();
  });

  it('is refused for a name that leaves no room for the copy’s', async () => {
    const lives = new Lives(false, 1);
    await lives.begin();
    // 255 − '-0.' − 32 hex digits − '-future'
    const longest = { topic: 't'.repeat(213), partition: 0 };
    const tooLong = { topic: 't'.repeat(214), partition: 0 };
    for (const tp of [longest, tooLong]) await lives.logs.getOrCreate(tp, TOPIC_ID, IDS.get('/a'));
    await expect(lives.moves.begin(tooLong, '/b')).rejects.toMatchObject({ error: 'INVALID_TOPIC_EXCEPTION' });
    await lives.moves.begin(longest, '/b');
    while (lives.logs.directoryId(longest) === IDS.get('/a')) await turn();
    await lives.moves.stop();
    await lives.logs.close();
  });

  it('waits for its throttle, ends when it is told back, and goes on after a stop', async () => {
    const lives = new Lives(false, 1);
    await lives.begin();
    const log = await lives.logs.getOrCreate(ORDERS, TOPIC_ID, IDS.get('/a'));
    const acknowledged: string[] = [];
    await write(log, acknowledged, 40);
    lives.bytesPerSecond = 1;
    await lives.moves.begin(ORDERS, '/b');
    for (let i = 0; i < 50; i++) await turn();
    await write(log, acknowledged, 5);
    const lag = log.logEndOffset - lives.logs.futures.get(ORDERS)!.log.logEndOffset;
    expect(lag).toBeGreaterThanOrEqual(5);
    const [, b] = await lives.logs.describeDirectories();
    expect([b?.logs, b?.futures.map(({ directory }) => directory)]).toEqual([
      [],
      [expect.stringMatching(/^\/b\/orders-0\.[0-9a-f]{32}-future$/)],
    ]);

    await lives.moves.begin(ORDERS, '/a');
    expect(lives.logs.futures.get(ORDERS)).toBeUndefined();
    expect(lives.log).toBe(log);

    await lives.moves.begin(ORDERS, '/b');
    for (let i = 0; i < 50; i++) await turn();
    await lives.moves.stop();
    await lives.logs.close();
    lives.bytesPerSecond = Number.POSITIVE_INFINITY;
    await lives.begin();
    lives.moves.resume();
    await lives.moved();
    expect(lives.log.directory).toBe('/b/orders-0');
    expect(await valuesOf(lives.log)).toEqual(acknowledged);
    await lives.logs.close();
  });

  it('is refused to a dir that is none, or that failed', async () => {
    const lives = new Lives(false, 1);
    await lives.begin();
    await lives.logs.getOrCreate(ORDERS, TOPIC_ID, IDS.get('/a'));
    await expect(lives.moves.begin(ORDERS, '/c')).rejects.toMatchObject({ error: 'LOG_DIR_NOT_FOUND' });
    lives.fs.inject({ operation: 'makeDirectory', path: /^\/b\//, code: 'EIO' });
    await expect(lives.moves.begin(ORDERS, '/b')).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    await expect(lives.moves.begin(ORDERS, '/b')).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    const acknowledged: string[] = [];
    await write(lives.log, acknowledged, 3);
    expect(await valuesOf(lives.log)).toEqual(acknowledged);
  });

  it('fails with the disk that it goes to, and the log serves on', async () => {
    for (const fault of [
      { operation: 'write', path: /^\/b\/.*\.log$/, code: 'ENOSPC' },
      { operation: 'rename', path: /^\/b\//, code: 'EIO' },
      { operation: 'sync', path: /^\/b\//, code: 'EIO' },
    ] as const) {
      const lives = new Lives(false, 1);
      await lives.begin();
      const log = await lives.logs.getOrCreate(ORDERS, TOPIC_ID, IDS.get('/a'));
      const acknowledged: string[] = [];
      await write(log, acknowledged, 20);
      lives.fs.inject(fault);
      await lives.moves.begin(ORDERS, '/b');
      while (!lives.logs.directories()[1]!.isOffline) await turn();
      await lives.moves.stop();
      await write(log, acknowledged, 20);
      expect([lives.log, lives.assigned]).toEqual([log, IDS.get('/a')]);
      expect(await valuesOf(log)).toEqual(acknowledged);
      await lives.logs.close();
    }
  });

  it.each([
    ['kill -9', false],
    ['a power cut', true],
  ])('survives %s at every step', async (_, tracksDurability) => {
    let wasCutShort = true;
    let steps = 0;
    for (let after = 1; wasCutShort; after++) {
      const lives = new Lives(tracksDurability, after);
      await lives.begin();
      const log = await lives.logs.getOrCreate(ORDERS, TOPIC_ID, IDS.get('/a'));
      const acknowledged: string[] = [];
      await write(log, acknowledged, 20);
      lives.fs.powerOffAfter(after);
      const writing = write(log, acknowledged, 12).catch(() => {});
      await lives.moves.begin(ORDERS, '/b').catch(() => {});
      await lives.moved();
      await writing;
      wasCutShort = lives.fs.isPoweredOff;
      steps++;
      await lives.moves.stop();

      lives.fs.crash();
      await lives.begin();
      // What was being written when it ended may be there.
      const found = await valuesOf(lives.log);
      expect(found.slice(0, acknowledged.length)).toEqual(acknowledged);
      expect(found.length).toBeLessThanOrEqual(acknowledged.length + 1);
      lives.moves.resume();
      await write(lives.log, found, 3);
      await lives.moved();
      expect(await valuesOf(lives.log)).toEqual(found);
      await lives.moves.stop();
      await lives.logs.close();
      await lives.begin();
      expect(await valuesOf(lives.log)).toEqual(found);
      expect(lives.logs.directoryId(ORDERS)).toBe(lives.assigned);
      await lives.logs.close();
    }
    expect(steps).toBeGreaterThan(30);
  });
});
