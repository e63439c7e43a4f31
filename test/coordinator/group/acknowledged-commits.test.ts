import { describe, expect, it } from 'vitest';
import { KafkaError } from '../../../protocol/errors.ts';
import { seededRandom } from '../../../src/platform/random.ts';
import { settled } from '../support/counters.ts';
import { GroupFixture } from '../support/group-fixture.ts';

const SEEDS = 150;
const STEPS = 60;
const KEYS = ['orders-0', 'orders-1', 'orders-2'];

/** Commits of rising offsets, under failing and slow appends, lagging high watermarks and lost leadership. */
async function run(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random.float() * limit);
  const fixture = await GroupFixture.elected({ appendLingerMs: below(3) - 1 });
  const { writer, coordinator, clock } = fixture;
  const acknowledged = new Map<string, number>();
  const attempted = new Map<string, number>();
  const pending: Promise<void>[] = [];
  let leaderEpoch = 0;
  let next = 1;

  const moves: (() => void | Promise<void>)[] = [
    () => {
      const key = KEYS[below(KEYS.length)]!;
      const offset = next++;
      attempted.set(key, offset);
      const committing = fixture.commit({ [key]: offset }, { groupId: 'g' }).then(({ [key]: error }) => {
        if (error === 'NONE') acknowledged.set(key, Math.max(offset, acknowledged.get(key) ?? 0));
      });
      pending.push(committing);
    },
    () => {
      writer.nextFailure = new KafkaError('NOT_ENOUGH_REPLICAS', 'alone');
    },
    () => {
      writer.commitsAtOnce = below(2) === 0;
      if (writer.commitsAtOnce) writer.commit(0);
    },
    () => {
      writer.holdsAppends = below(2) === 0;
      while (writer.numHeld > 0) writer.releaseNext();
    },
    () => {
      if (writer.numHeld > 0) writer.failNext(new KafkaError('KAFKA_STORAGE_ERROR', 'disk'));
    },
    async () => {
      const log = writer.log(0);
      writer.holdsAppends = false;
      coordinator.onResignation(0, null);
      while (writer.numHeld > 0) writer.failNext(new KafkaError('NOT_LEADER_OR_FOLLOWER', 'lost'));
      await settled();
      // Another leader need not have had what was not committed.
      if (below(2) === 0) writer.truncate(0, log.highWatermark);
      await coordinator.onElection(0, ++leaderEpoch);
    },
    () => clock.advance(below(100)),
    () => settled(),
  ];

  for (let step = 0; step < STEPS; step++) await moves[below(2) === 0 ? 0 : below(moves.length)]!();
  writer.nextFailure = null;
  writer.holdsAppends = false;
  while (writer.numHeld > 0) writer.releaseNext();
  await clock.advance(10);
  writer.commit(0);
  await clock.advance(10_000);
  await Promise.all(pending);

  const live = await fixture.committed('g');
  coordinator.onResignation(0, null);
  await coordinator.onElection(0, ++leaderEpoch);
  expect(await fixture.committed('g')).toEqual(live);
  for (const [key, offset] of acknowledged) {
    expect(live[key]).toBeGreaterThanOrEqual(offset);
    expect(live[key]).toBeLessThanOrEqual(attempted.get(key)!);
  }
}

describe('acknowledged commits', () => {
  it('outlive failed and slow appends and lost leadership, and loading finds what was there', async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      try {
        await run(seed);
      } catch (failure) {
        throw new Error(`seed ${seed}`, { cause: failure });
      }
    }
  });
});
