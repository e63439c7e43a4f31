/** What is to be thought of a file: that all is well with it, or what is wrong where, and what a start makes of it. */

export interface Fault {
  /** Where in the file; absent when it is wrong as a whole. */
  readonly position?: number;
  /** A clause without its full stop. */
  readonly what: string;
}

export interface Verdict {
  readonly faults: readonly Fault[];
  /** What is in the file, for one without faults. */
  readonly content: string;
  /** What a start of the broker does about the faults, or what the operator may. */
  readonly remedy?: string;
}

/** As many faults as help; a file of noise has one for each of its bytes. */
const MOST_FAULTS = 8;

/** Collects faults; beyond the first few they are counted only. */
export class Faults {
  readonly #first: Fault[] = [];
  #count = 0;

  add(what: string, position?: number): void {
    this.#count++;
    if (this.#first.length < MOST_FAULTS) this.#first.push(position === undefined ? { what } : { position, what });
  }

  get count(): number {
    return this.#count;
  }

  list(): Fault[] {
    const more = this.#count - this.#first.length;
    return more === 0 ? this.#first : [...this.#first, { what: `and ${more} more of the kind` }];
  }
}

/** `1 record`, `2 records` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** One line for a person: `verdict: FILE: ok, …`. */
export function formatVerdict(path: string, { faults, content, remedy }: Verdict): string {
  if (faults.length === 0) return `verdict: ${path}: ok, ${content}`;
  const clauses = faults.map(({ position, what }) => (position === undefined ? what : `at byte ${position} ${what}`));
  return `verdict: ${path}: wrong: ${clauses.join('; ')}${remedy === undefined ? '' : `. ${remedy}`}`;
}
