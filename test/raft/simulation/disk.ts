/**
 * A node's disk in the simulation: a log, snapshots and a quorum state. What was not flushed may be lost in a crash, from
 * some batch on; a write that a crash cuts short is there or not. After a crash what the dead node still does is void.
 */
import { batches } from '../../../protocol/records/batch.ts';
import type { OffsetAndEpoch } from '../../../src/raft/messages.ts';
import type { QuorumState, QuorumStateStore } from '../../../src/raft/quorum-state.ts';
import type { RaftLog } from '../../../src/raft/raft-log.ts';
import { type PartialSnapshot, type SnapshotStore, sameSnapshot } from '../../../src/raft/snapshot-store.ts';
import type { Scheduler } from './scheduler.ts';

export interface Entry {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly epoch: number;
  readonly bytes: Buffer;
}

interface LogContent {
  readonly startOffset: number;
  /** Where an empty log begins. */
  readonly baseOffset: number;
  /** Only ever grows; a truncation makes another. */
  readonly entries: Entry[];
}

interface DurableLog extends LogContent {
  /** How many of the entries are on the disk. */
  readonly count: number;
}

interface Snapshot {
  readonly id: OffsetAndEpoch;
  readonly bytes: Buffer;
}

/** What a disk says is durable before it is: a node on it must lose what it promised. */
export interface DiskLies {
  readonly flushes?: boolean;
  readonly quorumState?: boolean;
}

export class SimulatedDisk {
  readonly scheduler: Scheduler;
  writtenLog: LogContent = { startOffset: 0, baseOffset: 0, entries: [] };
  durableLog: DurableLog = { ...this.writtenLog, count: 0 };
  quorumState: QuorumState | undefined;
  pendingQuorumState: QuorumState | undefined;
  snapshots: readonly Snapshot[] = [];
  /** Counts lives: what an earlier one began has no effect. */
  life = 0;
  readonly #lies: DiskLies;

  constructor(scheduler: Scheduler, lies: DiskLies = {}) {
    this.scheduler = scheduler;
    this.#lies = lies;
  }

  get liesAboutFlushes(): boolean {
    return this.#lies.flushes === true;
  }

  /** Power is lost: of what was written and not flushed some part may have reached the disk. */
  crash(): void {
    this.life++;
    const { scheduler, durableLog, writtenLog } = this;
    const isSameFile = writtenLog.entries === durableLog.entries;
    const kept = isSameFile ? scheduler.between(durableLog.count, writtenLog.entries.length) : durableLog.count;
    this.writtenLog = { ...durableLog, entries: durableLog.entries.slice(0, kept) };
    this.durableLog = { ...this.writtenLog, count: kept };
    if (this.pendingQuorumState !== undefined && scheduler.chance(0.5)) this.quorumState = this.pendingQuorumState;
    this.pendingQuorumState = undefined;
  }

  /** Resolves after the time that the disk takes, unless the node died meanwhile. */
  async wait(maxMs: number): Promise<void> {
    const { life } = this;
    await new Promise<void>((resolve) => {
      this.scheduler.after(this.scheduler.between(0, maxMs), () => {
        if (this.life === life) resolve();
      });
    });
  }

  store(): QuorumStateStore {
    return {
      read: () => this.quorumState,
      write: async (state) => {
        this.pendingQuorumState = state;
        const written = this.wait(this.#lies.quorumState === true ? 300 : 3).then(() => {
          if (this.pendingQuorumState !== state) return;
          this.quorumState = state;
          this.pendingQuorumState = undefined;
        });
        if (this.#lies.quorumState !== true) await written;
      },
    };
  }
}

export class SimulatedLog implements RaftLog {
  readonly #disk: SimulatedDisk;
  readonly #life: number;
  highWatermark = 0;

  constructor(disk: SimulatedDisk) {
    this.#disk = disk;
    this.#life = disk.life;
  }

  get #content(): LogContent {
    return this.#disk.writtenLog;
  }

  get logStartOffset(): number {
    return this.#content.startOffset;
  }

  get logEndOffset(): number {
    const last = this.#content.entries.at(-1);
    return last === undefined ? this.#content.baseOffset : last.lastOffset + 1;
  }

  get sizeInBytes(): number {
    return this.#content.entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  async appendAsLeader(records: Buffer, { leaderEpoch }: { readonly leaderEpoch: number }) {
    const baseOffset = this.logEndOffset;
    this.#append(records);
    const last = this.#content.entries.at(-1)!;
    if (last.epoch !== leaderEpoch) throw new Error(`epoch ${last.epoch} in a batch of epoch ${leaderEpoch}`);
    return { baseOffset, lastOffset: last.lastOffset };
  }

  async appendAsFollower(records: Buffer): Promise<void> {
    this.#append(records);
  }

  #append(records: Buffer): void {
    if (this.#life !== this.#disk.life) return;
    const { entries } = this.#content;
    let end = this.logEndOffset;
    for (const view of batches(records)) {
      if (view.baseOffset !== end) throw new Error(`offset ${view.baseOffset} was appended at ${end}`);
      const { baseOffset, lastOffset, partitionLeaderEpoch: epoch } = view;
      entries.push({ baseOffset, lastOffset, epoch, bytes: view.bytes() });
      end = lastOffset + 1;
    }
  }

  #change(change: Partial<LogContent>): void {
    if (this.#life === this.#disk.life) this.#disk.writtenLog = { ...this.#content, ...change };
  }

  async read(startOffset: number, { maxBytes }: { readonly maxBytes: number }) {
    if (startOffset < this.logStartOffset) throw new Error(`read of offset ${startOffset}, below the log start`);
    const records: Buffer[] = [];
    let size = 0;
    for (const { lastOffset, bytes } of this.#content.entries) {
      if (lastOffset < startOffset) continue;
      if (size > 0 && size + bytes.length > maxBytes) break;
      records.push(bytes);
      size += bytes.length;
    }
    return { records };
  }

  updateHighWatermark(offset: number): void {
    this.highWatermark = offset;
  }

  latestEpoch(): number | undefined {
    return this.#content.entries.at(-1)?.epoch;
  }

  endOffsetForEpoch(epoch: number): { readonly leaderEpoch: number; readonly endOffset: number } | null {
    const { entries } = this.#content;
    const higher = entries.find((entry) => entry.epoch > epoch);
    if (higher === undefined) {
      return this.latestEpoch() === epoch ? { leaderEpoch: epoch, endOffset: this.logEndOffset } : null;
    }
    const before = entries.filter((entry) => entry.epoch <= epoch).at(-1);
    return { leaderEpoch: before?.epoch ?? epoch, endOffset: higher.baseOffset };
  }

  async truncateTo(offset: number): Promise<void> {
    this.#change({ entries: this.#content.entries.filter(({ lastOffset }) => lastOffset < offset) });
  }

  async truncateFullyAndStartAt(offset: number): Promise<void> {
    this.#change({ startOffset: offset, baseOffset: offset, entries: [] });
  }

  incrementLogStartOffset(offset: number): void {
    if (offset > this.logStartOffset) this.#change({ startOffset: offset });
  }

  async deleteOldSegments(): Promise<number> {
    if (this.#life !== this.#disk.life) return 0;
    const { startOffset, entries } = this.#content;
    const durable = this.#disk.durableLog;
    const isSameFile = durable.entries === entries;
    const kept = entries.filter(({ lastOffset }) => lastOffset >= startOffset);
    const baseOffset = kept[0]?.baseOffset ?? startOffset;
    this.#disk.writtenLog = { startOffset, baseOffset, entries: kept };
    // Files go at once, flushed or not.
    if (isSameFile) {
      const count = Math.max(durable.count - (entries.length - kept.length), 0);
      this.#disk.durableLog = { startOffset, baseOffset, entries: kept, count };
    } else {
      const rest = durable.entries.slice(0, durable.count).filter(({ lastOffset }) => lastOffset >= startOffset);
      const from = rest[0]?.baseOffset ?? startOffset;
      this.#disk.durableLog = { startOffset, baseOffset: from, entries: rest, count: rest.length };
    }
    return 0;
  }

  async flush(): Promise<void> {
    const { entries } = this.#content;
    const count = entries.length;
    await this.#disk.wait(4);
    if (this.#disk.liesAboutFlushes || this.#life !== this.#disk.life) return;
    const content = this.#content;
    // What was truncated or removed meanwhile is not brought back.
    if (content.entries === entries) this.#disk.durableLog = { ...content, count };
  }

  async close(): Promise<void> {}
}

export class SimulatedSnapshots implements SnapshotStore {
  readonly #disk: SimulatedDisk;
  readonly #life: number;

  constructor(disk: SimulatedDisk) {
    this.#disk = disk;
    this.#life = disk.life;
  }

  get ids(): readonly OffsetAndEpoch[] {
    return this.#disk.snapshots.map(({ id }) => id);
  }

  async create(id: OffsetAndEpoch): Promise<PartialSnapshot> {
    const disk = this.#disk;
    const life = this.#life;
    const parts: Buffer[] = [];
    return {
      id,
      get size() {
        return parts.reduce((sum, { length }) => sum + length, 0);
      },
      append: async (bytes) => {
        parts.push(bytes);
      },
      freeze: async () => {
        await disk.wait(5);
        if (life !== disk.life) return;
        const others = disk.snapshots.filter((known) => !sameSnapshot(known.id, id));
        disk.snapshots = [...others, { id, bytes: Buffer.concat(parts) }].sort(
          (a, b) => a.id.endOffset - b.id.endOffset || a.id.epoch - b.id.epoch,
        );
      },
      abandon: async () => {},
    };
  }

  async size(id: OffsetAndEpoch): Promise<number> {
    return this.#bytes(id).length;
  }

  async read(id: OffsetAndEpoch, position: number, length: number): Promise<Buffer> {
    return this.#bytes(id).subarray(position, position + length);
  }

  async remove(id: OffsetAndEpoch): Promise<void> {
    if (this.#life !== this.#disk.life) return;
    this.#disk.snapshots = this.#disk.snapshots.filter((known) => !sameSnapshot(known.id, id));
  }

  #bytes(id: OffsetAndEpoch): Buffer {
    const found = this.#disk.snapshots.find((known) => sameSnapshot(known.id, id));
    if (found === undefined) throw new Error(`no snapshot at offset ${id.endOffset}`);
    return found.bytes;
  }
}
