/**
 * kraft.version and the voters as the log has them, by offset: the newest counts as soon as it is written (KIP-853), and
 * goes again when the log is truncated below it.
 */
import type { LoggedControl, Voters } from './logged-batch.ts';

interface Entry<T> {
  readonly offset: number;
  readonly value: T;
}

/** Below every offset of the log: from a snapshot, or from the configuration. */
const BEFORE_LOG = -1;

export class VoterHistory {
  readonly #static: Voters;
  #versions: Entry<number>[] = [];
  #voters: Entry<Voters>[] = [];

  /** `staticVoters` hold while the log names none: `controller.quorum.voters`. */
  constructor(staticVoters: Voters) {
    this.#static = staticVoters;
  }

  get kraftVersion(): number {
    return this.#versions.at(-1)?.value ?? 0;
  }

  get voters(): Voters {
    return this.#voters.at(-1)?.value ?? this.#static;
  }

  /** Of the newest voters; undefined when they are not in the log. */
  get votersOffset(): number | undefined {
    const offset = this.#voters.at(-1)?.offset;
    return offset === undefined || offset === BEFORE_LOG ? undefined : offset;
  }

  /** As they were at the end of a log that ends at `endOffset`. */
  at(endOffset: number): { readonly kraftVersion: number; readonly voters: Voters } {
    const last = <T>(entries: readonly Entry<T>[]) => entries.findLast(({ offset }) => offset < endOffset)?.value;
    return { kraftVersion: last(this.#versions) ?? 0, voters: last(this.#voters) ?? this.#static };
  }

  add(controls: readonly LoggedControl[], baseOffset: number): void {
    controls.forEach((control, i) => {
      if (control.type === 'kraftVersion') this.#versions.push({ offset: baseOffset + i, value: control.kraftVersion });
      if (control.type === 'kraftVoters') this.#voters.push({ offset: baseOffset + i, value: control.voters });
    });
  }

  /** The log begins with a snapshot that says this; whatever was known before is forgotten. */
  loadSnapshot(controls: readonly LoggedControl[]): void {
    this.#versions = [];
    this.#voters = [];
    for (const control of controls) {
      if (control.type === 'kraftVersion') this.#versions = [{ offset: BEFORE_LOG, value: control.kraftVersion }];
      if (control.type === 'kraftVoters') this.#voters = [{ offset: BEFORE_LOG, value: control.voters }];
    }
  }

  truncateTo(endOffset: number): void {
    this.#versions = this.#versions.filter(({ offset }) => offset < endOffset);
    this.#voters = this.#voters.filter(({ offset }) => offset < endOffset);
  }

  /** Forgets what is older than the value that holds at `startOffset`. */
  trimBefore(startOffset: number): void {
    const trim = <T>(entries: Entry<T>[]): Entry<T>[] => {
      const kept = entries.findLastIndex(({ offset }) => offset < startOffset);
      return kept <= 0 ? entries : entries.slice(kept);
    };
    this.#versions = trim(this.#versions);
    this.#voters = trim(this.#voters);
  }
}
