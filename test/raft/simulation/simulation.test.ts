/**
 * Quorums of 3 and 5 through crashes, partitions and a bad network, seed after seed. `npm test` runs 10,000 seeds;
 * `SEED=… npx vitest run test/raft/simulation` runs one again, and `npm run test:raft` as many as `SEEDS` says.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { LeaderProgress } from '../../../src/raft/leader-progress.ts';
import { QuorumMember } from '../../../src/raft/quorum-member.ts';
import { RaftCore } from '../../../src/raft/raft-core.ts';
import type { DiskLies } from './disk.ts';
import { Violation } from './safety.ts';
import { World } from './world.ts';

const FIRST_SEED = Number(process.env.SEED ?? 1);
const SEEDS = process.env.SEED === undefined ? Number(process.env.SEEDS ?? 10_000) : 1;
const TIMEOUT_MS = 600_000 + SEEDS * 30;
/** In so many seeds a mistake has to show. */
const MUTATION_SEEDS = 5000;

function world(seed: number, lies: DiskLies = {}): World {
  return new World({ seed, voters: seed % 4 === 0 ? 5 : 3, changesVoters: seed % 3 === 0, troubleMs: 600, lies });
}

describe('the quorum, simulated', () => {
  it(`keeps its promises over ${SEEDS} seeds`, { timeout: TIMEOUT_MS }, async () => {
    const seen = { acknowledged: 0, snapshots: 0, voterChanges: 0, crashes: 0, leaders: 0 };
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const quorum = world(seed);
      try {
        await quorum.run();
      } catch (cause) {
        throw new Error(`SEED=${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
      seen.acknowledged += quorum.acknowledged;
      seen.snapshots += quorum.snapshots;
      seen.voterChanges += quorum.voterChanges;
      seen.crashes += quorum.crashes;
      seen.leaders += quorum.safety.leaders;
    }
    if (SEEDS < 1000) return;
    // Nothing that is not tried is shown to hold.
    expect(seen.acknowledged).toBeGreaterThan(SEEDS * 5);
    expect(seen.leaders).toBeGreaterThan(SEEDS);
    expect(seen.crashes).toBeGreaterThan(SEEDS);
    expect(seen.snapshots).toBeGreaterThan(SEEDS / 10);
    expect(seen.voterChanges).toBeGreaterThan(SEEDS / 50);
  });

  it('does the same again for the same seed', async () => {
    const outcome = async () => {
      const quorum = world(7);
      await quorum.run();
      return [quorum.scheduler.events, quorum.acknowledged, quorum.safety.committedEnd, quorum.safety.leaders];
    };
    expect(await outcome()).toEqual(await outcome());
  });
});

describe.skipIf(process.env.SEED !== undefined)('a quorum that breaks a rule is found out', () => {
  let mend = () => {};
  afterEach(() => mend());

  async function firstViolation(lies: DiskLies = {}): Promise<unknown> {
    for (let seed = 1; seed <= MUTATION_SEEDS; seed++) {
      try {
        await world(seed, lies).run();
      } catch (violation) {
        return violation;
      }
    }
    return undefined;
  }

  /** Replaces a method until the test is over. */
  function mutate<T extends object, K extends keyof T>(prototype: T, name: K, change: (original: T[K]) => T[K]): void {
    const original = prototype[name];
    prototype[name] = change(original);
    mend = () => {
      prototype[name] = original;
    };
  }

  it('votes twice in an epoch', { timeout: TIMEOUT_MS }, async () => {
    mutate(QuorumMember.prototype, 'vote', () => () => {});
    expect(await firstViolation()).toBeInstanceOf(Violation);
  });

  it('answers before the quorum state is durable', { timeout: TIMEOUT_MS }, async () => {
    expect(await firstViolation({ quorumState: true })).toBeInstanceOf(Violation);
  });

  it('acknowledges before the log is flushed', { timeout: TIMEOUT_MS }, async () => {
    expect(await firstViolation({ flushes: true })).toBeInstanceOf(Violation);
  });

  it("commits an earlier epoch's records by counting replicas", { timeout: TIMEOUT_MS }, async () => {
    mutate(
      LeaderProgress.prototype,
      'fetched',
      (original) =>
        function (this: LeaderProgress, ...args) {
          Object.assign(this, { epochStartOffset: -1 });
          return original.apply(this, args);
        },
    );
    expect(await firstViolation()).toBeInstanceOf(Violation);
  });

  it('takes any log for a continuation of its own', { timeout: TIMEOUT_MS }, async () => {
    mutate(RaftCore.prototype, 'endOffsetForEpoch', () => (epoch) => ({ endOffset: Number.MAX_SAFE_INTEGER, epoch }));
    expect(await firstViolation()).toBeInstanceOf(Violation);
  });
});
