import { expect, test, vi } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { GroupConsumer } from '../../src/client/group-consumer.ts';
import { localCluster } from '../../src/client/local-cluster.ts';
import type { LocalClient } from '../../src/local-client/local-client.ts';
import { type Clock, SystemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { startTestBroker } from '../support/test-broker.ts';

/** Thirty times as fast: a heartbeat each tenth of a second. */
class FastClock extends SystemClock implements Clock {
  override after(delayMs: number, callback: () => void) {
    return super.after(delayMs / 30, callback);
  }
}

/** A member of a group, its requests told to `before`, which may answer in the broker's place. */
async function member(before: (request: string) => Promise<object | undefined> | undefined) {
  const { broker } = await startTestBroker();
  const client = broker.localClient({ clientId: 't', clientHost: '127.0.0.1', clientPort: 1 });
  await client.produce('t', [{ value: 'a' }]);
  const watched = {
    async request(api: readonly [{ readonly name: string }, unknown], ...rest: unknown[]) {
      return (await before(api[0].name)) ?? Reflect.apply(client.request, client, [api, ...rest]);
    },
  } as unknown as LocalClient;
  const cluster = localCluster(watched, { clock: new FastClock(), random: systemRandom });
  const consumer = new GroupConsumer(cluster, { groupId: 'g', topics: ['t'], offsetReset: 'earliest' });
  expect((await consumer.poll()).flatMap(({ messages }) => messages)).toHaveLength(1);
  return { consumer, cluster };
}

test('a coordinator that is away for a while ends no member', async () => {
  let refusals = 0;
  let beats = 0;
  const { consumer, cluster } = await member((request) => {
    if (request === 'HeartbeatRequest') beats++;
    if (request !== 'FindCoordinatorRequest' || refusals === 0) return undefined;
    refusals--;
    return Promise.resolve({ errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, errorMessage: null });
  });
  refusals = 1;
  beats = 0;
  await vi.waitFor(() => expect([refusals, beats > 0]).toEqual([0, true]), 10_000);
  await expect(consumer.poll()).resolves.toBeDefined();
  await consumer.close();
  cluster.close();
});

test('a heartbeat under way at the close is the last one', async () => {
  let beats = 0;
  let lookups = 0;
  let answer: ((nothing: undefined) => void) | undefined;
  const { consumer, cluster } = await member((request) => {
    if (request === 'FindCoordinatorRequest') lookups++;
    if (request !== 'HeartbeatRequest') return undefined;
    beats++;
    return new Promise<undefined>((resolve) => {
      answer = resolve;
    });
  });
  await vi.waitFor(() => expect(beats).toBe(1), 10_000);
  await consumer.close();
  const after = vi.spyOn(cluster.ports.clock, 'after');
  cluster.close();
  lookups = 0;
  answer!(undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect([beats, lookups, after.mock.calls.length]).toEqual([1, 0, 0]);
});
