/** The votes of one election, of a candidate or of a prospective one: each voter's answer, and what they add up to. */
import type { Voters } from './logged-batch.ts';
import type { ReplicaKey } from './replica-key.ts';
import { isVoter, majorityOf } from './voter-set.ts';

export class Votes {
  readonly #voters: Voters;
  readonly #answers = new Map<number, boolean>();

  constructor(voters: Voters, self: ReplicaKey) {
    this.#voters = voters;
    if (isVoter(voters, self)) this.#answers.set(self.id, true);
  }

  /** Answers of replicas that do not vote, and second answers, count for nothing. */
  record(id: number, granted: boolean): void {
    if (!this.#voters.some(({ voterId }) => voterId === id) || this.#answers.has(id)) return;
    this.#answers.set(id, granted);
  }

  get isGranted(): boolean {
    return this.#count(true) >= majorityOf(this.#voters);
  }

  /** Those that are left cannot make a majority any more. */
  get isRejected(): boolean {
    return this.#voters.length - this.#count(false) < majorityOf(this.#voters);
  }

  get granting(): number[] {
    return this.#voters.map(({ voterId }) => voterId).filter((id) => this.#answers.get(id) === true);
  }

  get unanswered(): Voters {
    return this.#voters.filter(({ voterId }) => !this.#answers.has(voterId));
  }

  #count(granted: boolean): number {
    let count = 0;
    for (const answer of this.#answers.values()) if (answer === granted) count++;
    return count;
  }
}
