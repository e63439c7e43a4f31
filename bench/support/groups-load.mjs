/**
 * Groups of consumers in one process. `go` runs it all and answers the figures: everyone joins, all records are read by
 * every group, one member of each group leaves at the same time, and all records that come then are read by the others.
 */
import { Raw } from '../../compat-tests/support/raw.mjs';
import { until } from '../../compat-tests/support/scenarios.mjs';
import { batchOf } from './frames.mjs';
import { GroupMember } from './group-member.mjs';
import { serveLoad } from './load-process.mjs';

/** Batches to each partition in each of the two rounds. */
const BATCHES = 20;
const LIMIT_MS = 120_000;

serveLoad(async ({ address, topic, groups: count, members: size }) => {
  const groups = Array.from({ length: count }, (_, number) => ({ name: `bench-${process.pid}-${number}`, read: 0 }));
  const raw = await Raw.connect(address);
  const { batch, records } = batchOf({ recordBytes: 100, records: 10 });
  let failure;
  for (const group of groups) {
    const options = { address, group: group.name, topic, onAssigned: () => settled(group) };
    group.members = Array.from({ length: size }, () => new GroupMember(options));
    await Promise.all(group.members.map((member) => member.connect()));
  }

  async function join() {
    const startedAt = performance.now();
    for (const { members } of groups) {
      for (const member of members) {
        member.run().catch((error) => {
          failure ??= error;
        });
      }
    }
    await allSettled(startedAt);
    return Math.max(...groups.map(({ settledMs }) => settledMs)) / 1000;
  }

  /** One member of each group leaves; answers how long until the others of the last group, and of half the groups, had theirs. */
  async function rebalance() {
    const startedAt = performance.now();
    await Promise.all(
      groups.map((group) => {
        group.settledAt = undefined;
        return group.members.pop().leave();
      }),
    );
    await allSettled(startedAt);
    const times = groups.map(({ settledMs }) => settledMs).sort((a, b) => a - b);
    return { last: times.at(-1) / 1000, half: times[times.length >> 1] / 1000 };
  }

  /** When all members are in one generation and have every partition between them. */
  function settled(group) {
    const [{ generationId }] = group.members;
    if (group.members.some((member) => member.generationId !== generationId)) return;
    const assigned = group.members.flatMap((member) => member.assigned);
    if (assigned.length === topic.partitions && new Set(assigned).size === topic.partitions) {
      group.settledAt = performance.now();
    }
  }

  async function allSettled(startedAt) {
    await reached('all groups to have their assignments', () =>
      groups.every(({ settledAt }) => settledAt !== undefined),
    );
    for (const group of groups) group.settledMs = group.settledAt - startedAt;
  }

  /** Records to every partition, read by every group from `offset` on; answers the seconds from the first to the last. */
  async function deliver(offset) {
    for (const group of groups) {
      group.read = 0;
      const onBatch = (_partition, baseOffset, nextOffset) => {
        group.read += nextOffset - baseOffset;
      };
      await Promise.all(group.members.map((member) => member.fetchFrom(offset, onBatch)));
    }
    const wanted = BATCHES * records * topic.partitions;
    const startedAt = performance.now();
    for (let i = 0; i < BATCHES; i++) await produceToAll();
    await reached(`${wanted} records in every group`, () => groups.every(({ read }) => read >= wanted));
    const wrong = groups.find(({ read }) => read !== wanted);
    if (wrong !== undefined) throw new Error(`${wrong.name} read ${wrong.read} records, not ${wanted}`);
    return (performance.now() - startedAt) / 1000;
  }

  async function produceToAll() {
    const partitionData = Array.from({ length: topic.partitions }, (_, index) => ({ index, records: batch }));
    const { responses } = await raw.request('Produce', 13, {
      transactionalId: null,
      acks: -1,
      timeoutMs: LIMIT_MS,
      topicData: [{ topicId: topic.topicId, partitionData }],
    });
    const failed = responses[0].partitionResponses.find(({ errorCode }) => errorCode !== 0);
    if (failed !== undefined) throw new Error(`a record was not taken: error ${failed.errorCode}`);
  }

  async function reached(what, condition) {
    await until(
      what,
      () => {
        if (failure !== undefined) throw failure;
        return condition();
      },
      LIMIT_MS,
    );
  }

  return {
    async go() {
      const joinSeconds = await join();
      const deliverSeconds = await deliver(0);
      const { last, half } = await rebalance();
      await deliver(BATCHES * records);
      return { joinSeconds, deliverSeconds, rebalanceSeconds: last, rebalanceHalfSeconds: half };
    },
    async stop() {
      await Promise.all(groups.flatMap(({ members }) => members.map((member) => member.leave())));
      raw.close();
      return {};
    },
  };
});
