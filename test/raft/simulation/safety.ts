/** What must hold whatever happens (Raft, figure 3), looked at after every event. */
import type { LoggedBatch } from '../../../src/raft/logged-batch.ts';
import type { OffsetAndEpoch } from '../../../src/raft/messages.ts';
import type { Entry } from './disk.ts';

interface Committed {
  readonly epoch: number;
  readonly content: string;
}

export class Violation extends Error {
  override readonly name = 'Violation';
}

export class Safety {
  readonly #leaders = new Map<number, number>();
  /** By the batch's base offset. */
  readonly #committed = new Map<number, Committed>();
  #committedEnd = 0;
  /** Digest of all that is committed below an offset. */
  readonly #digests = new Map<number, string>([[0, '']]);

  get committedEnd(): number {
    return this.#committedEnd;
  }

  get leaders(): number {
    return this.#leaders.size;
  }

  /** Election safety: one leader an epoch. Leader completeness: it has all that was committed before. */
  leads(nodeId: number, epoch: number, log: readonly Entry[], logStartOffset: number): void {
    const known = this.#leaders.get(epoch);
    if (known === nodeId) return;
    if (known !== undefined) throw new Violation(`nodes ${known} and ${nodeId} both lead epoch ${epoch}`);
    this.#leaders.set(epoch, nodeId);
    const own = new Map(log.map((entry) => [entry.baseOffset, entry]));
    for (const [offset, committed] of this.#committed) {
      if (offset < logStartOffset || committed.epoch > epoch) continue;
      if (own.get(offset)?.epoch !== committed.epoch) {
        throw new Violation(`node ${nodeId} leads epoch ${epoch} without the committed batch at offset ${offset}`);
      }
    }
  }

  /** A committed batch stays as it is, on every node. */
  committed(nodeId: number, { baseOffset, lastOffset, epoch, frames, controls }: LoggedBatch): void {
    const content = frames.length > 0 ? frames.join() : JSON.stringify(controls);
    const known = this.#committed.get(baseOffset);
    if (known === undefined) {
      if (baseOffset < this.#committedEnd) {
        throw new Violation(`node ${nodeId} sees a batch begin at offset ${baseOffset}, inside one that is committed`);
      }
      this.#committed.set(baseOffset, { epoch, content });
      this.#digests.set(lastOffset + 1, digest(this.#digests.get(baseOffset) ?? '', content));
      this.#committedEnd = lastOffset + 1;
    } else if (known.epoch !== epoch || known.content !== content) {
      throw new Violation(
        `node ${nodeId} has ${content} of epoch ${epoch} committed at offset ${baseOffset}, where ${known.content} of ` +
          `epoch ${known.epoch} was`,
      );
    }
  }

  /** A leader commits earlier epochs' records only beneath one of its own: others may still be replaced (Raft, 5.4.2). */
  leaderCommits(nodeId: number, epoch: number, last: Entry | undefined): void {
    if (last !== undefined && last.epoch !== epoch) {
      throw new Violation(`node ${nodeId} leads epoch ${epoch} and commits up to a record of epoch ${last.epoch}`);
    }
  }

  /** An acknowledged record is among what is committed. */
  acknowledged(baseOffset: number, frame: string): void {
    if (this.#committed.get(baseOffset)?.content !== frame) {
      throw new Violation(`${frame} was acknowledged at offset ${baseOffset}, and something else is committed there`);
    }
  }

  digestAt(endOffset: number): string | undefined {
    return this.#digests.get(endOffset);
  }

  /** A snapshot is the state at its offset. */
  snapshot(nodeId: number, { endOffset }: OffsetAndEpoch, text: string): void {
    const known = this.#digests.get(endOffset);
    if (known !== text)
      throw new Violation(`node ${nodeId} loads a snapshot of offset ${endOffset} that is not its state`);
  }

  /** Log matching: two logs with the same batch have the same before it. */
  logsMatch(logs: readonly (readonly Entry[])[]): void {
    for (const [i, a] of logs.entries()) {
      for (const b of logs.slice(i + 1)) {
        const byOffset = new Map(b.map((entry) => [entry.baseOffset, entry]));
        const common = a.findLast(({ baseOffset, epoch }) => byOffset.get(baseOffset)?.epoch === epoch);
        const from = Math.max(a[0]?.baseOffset ?? 0, b[0]?.baseOffset ?? 0);
        for (const entry of a) {
          if (common === undefined || entry.baseOffset > common.baseOffset) break;
          if (entry.baseOffset < from) continue;
          const other = byOffset.get(entry.baseOffset);
          if (other?.epoch !== entry.epoch || !other.bytes.equals(entry.bytes)) {
            throw new Violation(`two logs agree at offset ${common.baseOffset} and differ at ${entry.baseOffset}`);
          }
        }
      }
    }
  }
}

/** FNV-1a over the text before and what comes. */
function digest(before: string, content: string): string {
  let hash = 0x811c9dc5;
  for (const text of [before, content]) {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash.toString(16);
}
