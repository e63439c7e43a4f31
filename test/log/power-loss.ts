/**
 * A seeded history over several logs of a log manager (appends, flushes, rolls, retention, compaction, truncation,
 * checkpoints, a topic deleted and made again), cut short by a crash at a chosen step, and what must be left of it.
 */
import { expect } from 'vitest';
import { batches, records } from '../../protocol/records/batch.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import { crc32c } from '../../protocol/records/crc32c.ts';
import type { Log, TopicPartition } from '../../src/log/log.ts';
import { defaultLogConfig, type LogConfig } from '../../src/log/log-config.ts';
import { LogManager } from '../../src/log/log-manager.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';
import { seededRandom } from '../../src/platform/random.ts';
import { NOW } from './fixture.ts';

const DIRS = ['/data-a', '/data-b'];
const KEYS = 6;
const CRC_AT = 17;
const CRC_FROM = 21;

export interface Crash {
  /** Power is lost; else the process is killed, and the disk keeps all that was written. */
  readonly losesPower: boolean;
  /** Of every log: 1, or never. */
  readonly flushMessages: number;
}

type Topic = 'kept' | 'aged' | 'keys' | 'replica' | 'temporary';

const CONFIGS: Record<Topic, Partial<LogConfig>> = {
  kept: {},
  aged: { retentionBytes: 1500 },
  keys: { cleanupPolicy: new Set(['compact']), minCleanableDirtyRatio: 0.01, deleteRetentionMs: 1000 },
  replica: {},
  temporary: {},
};

interface Entry {
  readonly key: string;
  /** `null` is a tombstone. */
  readonly value: string | null;
}

/** What was written to one log. */
class Ledger {
  readonly topic: Topic;
  producerId: number;
  readonly tp: TopicPartition;
  /**
   * The log by offset, as it became by its last append, and before that as it was before each truncation: one that was
   * not flushed may be undone by the crash.
   */
  versions: Entry[][] = [[]];
  acknowledgedTo = 0;
  /** How many truncations there were when the last of them was over. */
  truncatedVersions = 0;
  topicId: string;
  sequence = 0;
  epoch = 0;
  lastBatch: { readonly bytes: Buffer; readonly offset: number } | undefined;

  constructor(topic: Topic, producerId: number) {
    this.topic = topic;
    this.producerId = producerId;
    this.tp = { topic, partition: 0 };
    this.topicId = topicId(producerId);
  }

  get current(): Entry[] {
    return this.versions.at(-1)!;
  }

  /** Only as it is now can it be left by a crash. */
  forget(): void {
    this.versions = [this.current];
    this.truncatedVersions = 0;
  }

  truncateTo(offset: number): void {
    this.versions.push(this.current.slice(0, offset));
    this.acknowledgedTo = Math.min(this.acknowledgedTo, offset);
  }
}

/** A uuid that follows from a number, as Kafka prints them. */
function topicId(number: number): string {
  const bytes = Buffer.alloc(16, 0x40);
  bytes.writeUInt32BE(number);
  return bytes.toString('base64url');
}

export class History {
  readonly fs: MemoryFileSystem;
  readonly clock = new SimulatedClock(NOW);
  readonly #random: () => number;
  readonly #crash: Crash;
  #ledgers: Ledger[] = [];
  #logs: LogManager | undefined;
  #made = 0;

  /** @param crashSeed decides what of the unflushed writes the crash leaves */
  constructor(seed: number, crashSeed: number, crash: Crash) {
    this.fs = new MemoryFileSystem({
      tracksDurability: crash.losesPower,
      random: seededRandom(crashSeed),
      now: () => this.clock.now(),
    });
    const random = seededRandom(seed);
    this.#random = () => random.float();
    this.#crash = crash;
  }

  async begin(): Promise<void> {
    for (const path of DIRS) await this.fs.makeDirectory(path);
    await this.fs.syncDirectory('/');
    this.#ledgers = (Object.keys(CONFIGS) as Topic[]).map((topic) => new Ledger(topic, ++this.#made));
    await this.#open();
  }

  /** Does some of everything; ends early when the power fails. */
  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps && !this.fs.isPoweredOff; step++) {
      await this.#step().catch((error) => {
        if (!this.fs.isPoweredOff) throw error;
      });
    }
  }

  async #step(): Promise<void> {
    const dice = this.#random();
    const ledger = this.#ledgers[Math.floor(this.#random() * this.#ledgers.length)]!;
    const log = this.#logs!.get(ledger.tp)!;
    if (dice < 0.55) await this.#append(ledger, log);
    else if (dice < 0.65) await this.#flush(ledger, log);
    else if (dice < 0.72) await this.#logs!.checkpointOffsets();
    else if (dice < 0.75) await this.#logs!.checkpointHighWatermarks();
    else if (dice < 0.81) await this.#logs!.cleanup();
    else if (dice < 0.89) await this.#logs!.compact();
    else if (dice < 0.95) await this.#truncate();
    else if (dice < 0.97) await this.#makeAnew();
    else await this.clock.advance(60_000);
    await this.clock.advance(100);
  }

  async #append(ledger: Ledger, log: Log): Promise<void> {
    const appends = Array.from({ length: 1 + Math.floor(this.#random() * 3) }, () => this.#makeBatch(ledger));
    const answers = appends.map(({ bytes, offset, nextOffset }) => {
      ledger.lastBatch = { bytes, offset };
      const copy = Buffer.from(bytes);
      const appended =
        ledger.topic === 'replica'
          ? log.appendAsFollower(copy)
          : log.appendAsLeader(copy, { leaderEpoch: ledger.epoch, origin: 'client' });
      return appended.then((info) => {
        expect(info.baseOffset).toBe(offset);
        ledger.acknowledgedTo = nextOffset;
      });
    });
    await Promise.allSettled(answers);
    if (!this.fs.isPoweredOff) await Promise.all(answers);
    log.updateHighWatermark(log.logEndOffset);
  }

  #makeBatch(ledger: Ledger): { bytes: Buffer; offset: number; nextOffset: number } {
    const offset = ledger.current.length;
    const entries = Array.from({ length: 1 + Math.floor(this.#random() * 3) }, (_, at): Entry => {
      const isTombstone = ledger.topic === 'keys' && this.#random() < 0.1;
      return {
        key: `k${Math.floor(this.#random() * KEYS)}`,
        value: isTombstone ? null : `${ledger.tp.topic}.${this.#made++}.${at}`,
      };
    });
    ledger.current.push(...entries);
    const bytes = buildBatch(
      entries.map(({ key, value }) => ({
        timestamp: this.clock.now(),
        key: Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
      })),
      {
        // A follower's batches are numbered and stamped.
        ...(ledger.topic === 'replica' ? { baseOffset: offset, partitionLeaderEpoch: ledger.epoch } : {}),
        producerId: ledger.producerId,
        producerEpoch: 0,
        baseSequence: ledger.sequence,
      },
    );
    ledger.sequence += entries.length;
    return { bytes, offset, nextOffset: offset + entries.length };
  }

  async #flush(ledger: Ledger, log: Log): Promise<void> {
    await log.flush();
    if (log.recoveryPoint === log.logEndOffset) ledger.forget();
  }

  /** A follower's log loses its end, and another leader's epoch begins. */
  async #truncate(): Promise<void> {
    const ledger = this.#ledgers.find(({ topic }) => topic === 'replica')!;
    const log = this.#logs!.get(ledger.tp)!;
    const end = log.logEndOffset;
    const offset = await this.#batchStart(log, end - Math.floor(this.#random() * Math.min(8, end + 1)));
    ledger.truncateTo(offset);
    ledger.epoch++;
    // What the lost records' producer does with its sequence numbers is not this history's matter.
    ledger.sequence = 0;
    this.#renew(ledger);
    await log.truncateTo(offset);
    ledger.truncatedVersions = ledger.versions.length - 1;
  }

  /** As an end offset of an epoch is: where a batch begins. */
  async #batchStart(log: Log, offset: number): Promise<number> {
    if (offset >= log.logEndOffset) return log.logEndOffset;
    const { records: found } = await log.read(offset, { maxBytes: 1, minOneMessage: true, isolation: 'logEnd' });
    return [...batches(Buffer.concat(found))][0]!.baseOffset;
  }

  #renew(ledger: Ledger): void {
    ledger.producerId = ++this.#made;
    ledger.sequence = 0;
    ledger.lastBatch = undefined;
  }

  /** The temporary topic is deleted and made again, with another id. */
  async #makeAnew(): Promise<void> {
    const at = this.#ledgers.findIndex(({ topic }) => topic === 'temporary');
    const ledger = this.#ledgers[at]!;
    this.#ledgers[at] = new Ledger('temporary', ++this.#made);
    await this.#logs!.delete(ledger.tp);
    await this.#logs!.getOrCreate(ledger.tp, this.#ledgers[at].topicId);
  }

  async #open(): Promise<void> {
    this.#logs = await LogManager.open({
      dirs: DIRS,
      fs: this.fs,
      clock: this.clock,
      logger: silentLogger,
      random: seededRandom(7),
      configFor: (topic) => ({
        ...defaultLogConfig,
        segmentBytes: 600,
        indexIntervalBytes: 100,
        fileDeleteDelayMs: 500,
        flushMessages: this.#crash.flushMessages,
        ...CONFIGS[topic as Topic],
      }),
      isStray: (id, { topic }) => this.#ledgers.find((each) => each.topic === topic)!.topicId !== id,
    });
    for (const ledger of this.#ledgers) {
      const log = await this.#logs.getOrCreate(ledger.tp, ledger.topicId);
      if (ledger.topic === 'replica') continue;
      // A leader's epoch begins with every start.
      log.assignEpochStartOffset(++ledger.epoch, log.logEndOffset);
    }
  }

  /** The crash, the next start, and all that must hold after it; the history can go on from there. */
  async crashAndCheck(): Promise<void> {
    const before = this.#ledgers.map((ledger) => {
      const log = this.#logs!.get(ledger.tp);
      return { flushedTo: log?.recoveryPoint ?? 0, logStartOffset: log?.logStartOffset ?? 0 };
    });
    // The process is gone: nothing of it may reach the disk that comes back.
    this.fs.powerOffAfter(0);
    await this.#logs!.close().catch(() => {});
    this.fs.crash();
    await this.#open();
    for (const [at, ledger] of this.#ledgers.entries()) await this.#check(ledger, before[at]!);
    await this.#goOn();
  }

  async #check(ledger: Ledger, before: { flushedTo: number; logStartOffset: number }): Promise<void> {
    const log = this.#logs!.get(ledger.tp)!;
    const keepsAll = !this.#crash.losesPower || this.#crash.flushMessages === 1;
    expect(log.logEndOffset).toBeGreaterThanOrEqual(keepsAll ? ledger.acknowledgedTo : before.flushedTo);
    expect(log.logStartOffset).toBeLessThanOrEqual(Math.min(before.logStartOffset, log.logEndOffset));
    const found = await stored(log);
    const version = ledger.versions.findLast((each) => holds(found, log.logEndOffset, each));
    const wanted = new Map(ledger.current.entries());
    expect(
      version,
      `${ledger.topic} has ${text(found)}, and is none of what it was, the last being ${text(wanted)}`,
    ).toBeDefined();
    expect(ledger.versions.indexOf(version!)).toBeGreaterThanOrEqual(ledger.truncatedVersions);
    if (ledger.topic !== 'keys') {
      const offsets = Array.from({ length: log.logEndOffset - log.logStartOffset }, (_, i) => log.logStartOffset + i);
      expect([...found.keys()].filter((offset) => offset >= log.logStartOffset)).toEqual(offsets);
    } else {
      checkLastOfEachKey(found, version!.slice(0, log.logEndOffset));
    }
    ledger.versions = [version!.slice(0, log.logEndOffset)];
    ledger.truncatedVersions = 0;
    ledger.acknowledgedTo = log.logEndOffset;
    log.updateHighWatermark(log.logEndOffset);
    await this.#sendAgain(ledger, log);
    this.#renew(ledger);
  }

  /** A producer that heard nothing of its last batch sends it again: it is not there twice. */
  async #sendAgain({ topic, lastBatch, epoch }: Ledger, log: Log): Promise<void> {
    if (lastBatch === undefined || topic === 'replica' || lastBatch.offset >= log.logEndOffset) return;
    const end = log.logEndOffset;
    const again = await log.appendAsLeader(Buffer.from(lastBatch.bytes), { leaderEpoch: epoch, origin: 'client' });
    expect(again, `${topic} knows its last batch`).toMatchObject({ isDuplicate: true, baseOffset: lastBatch.offset });
    expect(log.logEndOffset).toBe(end);
  }

  /** What was recovered takes appends, and a clean stop and start change nothing. */
  async #goOn(): Promise<void> {
    for (const ledger of this.#ledgers) await this.#append(ledger, this.#logs!.get(ledger.tp)!);
    const seen = await this.#seen();
    await this.#logs!.close();
    await this.#open();
    expect(await this.#seen()).toEqual(seen);
    for (const ledger of this.#ledgers) ledger.forget();
  }

  /** A clean stop vouches for everything, also when the power goes right after it. */
  async stopAndLosePower(): Promise<void> {
    // Some logs took nothing in this life.
    for (const ledger of this.#ledgers.slice(2)) await this.#append(ledger, this.#logs!.get(ledger.tp)!);
    const seen = await this.#seen();
    await this.#logs!.close();
    this.fs.crash();
    await this.#open();
    expect(await this.#seen()).toEqual(seen);
    for (const ledger of this.#ledgers) await this.#sendAgain(ledger, this.#logs!.get(ledger.tp)!);
  }

  async #seen(): Promise<unknown[]> {
    const seen: unknown[] = [];
    for (const { tp } of this.#ledgers) {
      const log = this.#logs!.get(tp)!;
      const found = await stored(log);
      const somewhere = [...found.keys()][Math.floor(found.size / 2)] ?? log.logStartOffset;
      const at = [await log.offsetForTimestamp(NOW + 5000), epochEnds(log)];
      seen.push(
        [tp.topic, log.logStartOffset, log.logEndOffset, ...found],
        [...(await stored(log, somewhere)).keys()][0],
        at,
      );
    }
    return seen;
  }

  /** Ends it; how many steps of the disk there were. */
  async end(): Promise<number> {
    await this.#logs!.close();
    return this.fs.mutations;
  }
}

/** How much a history does before each crash. */
export const STEPS = 60;

/** The crash comes at the step-th change of the disk; later another one at any; in the end power goes after a clean stop. */
export async function lives(seed: number, step: number, crash: Crash): Promise<void> {
  const history = new History(seed, step, crash);
  await history.begin();
  history.fs.powerOffAfter(step);
  await history.run(STEPS);
  await history.crashAndCheck();
  history.fs.powerOffAfter(1 + ((step * 37) % 200));
  await history.run(STEPS);
  await history.crashAndCheck();
  await history.stopAndLosePower();
  await history.end();
}

/** Where the epochs of the log's records end. */
function epochEnds(log: Log): unknown[] {
  const epochs = new Set<number>();
  for (let offset = log.logStartOffset; offset < log.logEndOffset; offset++)
    epochs.add(log.epochForOffset(offset) ?? -1);
  return [...epochs].map((epoch) => log.endOffsetForEpoch(epoch));
}

/** The records from an offset on, whose batches' checksums must hold. */
async function stored(log: Log, from = log.logStartOffset): Promise<Map<number, Entry>> {
  const found = new Map<number, Entry>();
  for (let at = from; ; ) {
    const fetched = await log.read(at, { maxBytes: 4096, minOneMessage: true, isolation: 'logEnd' });
    if (fetched.sizeInBytes === 0) return found;
    const bytes = Buffer.concat(fetched.records);
    for (const batch of batches(bytes)) {
      const whole = bytes.subarray(batch.start, batch.start + batch.sizeInBytes);
      expect(crc32c(whole.subarray(CRC_FROM))).toBe(whole.readUInt32BE(CRC_AT));
      for (const { offset, key, value } of records(batch)) {
        expect(found.has(offset)).toBe(false);
        if (offset >= from) found.set(offset, { key: String(key), value: value === null ? null : String(value) });
      }
      at = batch.nextOffset;
    }
  }
}

function text(entries: ReadonlyMap<number, Entry>): string {
  return [...entries].map(([offset, { key, value }]) => `${offset}:${key}=${value}`).join(' ');
}

/** Whether all that was found is in a version of the log, which goes on at least to its end. */
function holds(found: ReadonlyMap<number, Entry>, logEndOffset: number, version: readonly Entry[]): boolean {
  if (logEndOffset > version.length) return false;
  for (const [offset, { key, value }] of found) {
    const entry = version[offset];
    if (entry === undefined || entry.key !== key || entry.value !== value) return false;
  }
  return true;
}

function checkLastOfEachKey(found: ReadonlyMap<number, Entry>, written: readonly Entry[]): void {
  const last = new Map(written.map(({ key }, offset) => [key, offset]));
  const read = new Map([...found].map(([offset, { key }]) => [key, offset]));
  for (const [key, offset] of last) {
    const isGone = written[offset]!.value === null && !read.has(key);
    if (!isGone) expect(read.get(key), `the last record of ${key}`).toBe(offset);
  }
}
