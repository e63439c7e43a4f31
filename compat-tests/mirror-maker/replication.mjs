/** What must hold of one direction, `from` one cluster to the other. */
import assert from 'node:assert/strict';
import { until } from '../support/scenarios.mjs';

const limitMs = 120_000;

/** @param from its alias, by which MirrorMaker names the topic on the other side, @param source, @param target clusters */
export function createReplication(from, source, target, topic) {
  const remote = `${from}.${topic}`;

  return {
    remote,

    /** Waits until the target has as many records as the source, and holds that they are the same. */
    async isWhole() {
      const wanted = await source.count(topic);
      const arrived = async () => (await target.count(remote)) >= wanted;
      await until(`${wanted} records of ${from}`, arrived, limitMs);
      const sent = await source.fingerprints(topic);
      const received = await target.fingerprints(remote);
      assert.deepEqual([...received.keys()].sort(), [...sent.keys()].sort());
      for (const [partition, prints] of sent) {
        assert.deepEqual(received.get(partition), prints, `partition ${partition}`);
      }
    },

    /** The same after a kill, when a record may come again, but none before those in front of it. */
    async hasLostNothing() {
      const sent = await source.fingerprints(topic);
      const received = await until(
        `all records of ${from}`,
        async () => {
          const found = await target.fingerprints(remote);
          const whole = [...sent].every(([partition, prints]) => new Set(found.get(partition)).size >= prints.length);
          return whole ? found : undefined;
        },
        limitMs,
      );
      for (const [partition, prints] of sent) {
        const place = new Map(prints.map((print, index) => [print, index]));
        let next = 0;
        for (const print of received.get(partition)) {
          const at = place.get(print);
          assert.ok(at !== undefined && at <= next, `${from}, partition ${partition}: record ${at} before ${next}`);
          next = Math.max(next, at + 1);
        }
        assert.equal(next, prints.length);
      }
    },

    async configIs(name, value) {
      const changed = async () => (await target.topicConfigs(remote))[name] === value;
      await until(`${name} of ${remote} to be ${value}`, changed, limitMs);
    },

    async aclsAre(wanted) {
      await until(`the ACLs of ${remote}`, async () => (await target.acls(remote)).length >= wanted.length, limitMs);
      assert.deepEqual(await target.acls(remote), wanted);
    },

    /** Waits until a group that is at the end is there at the target too, whose offsets are the same before any kill. */
    async groupIsAtTheEnd(groupId) {
      const ends = await source.ends(topic);
      let committed;
      const there = async () => {
        committed = await target.committed(groupId, remote);
        return [...ends].every(([partition, end]) => committed.get(partition) === end);
      };
      await until(`${groupId} at the end`, there, limitMs).catch((error) => {
        throw new Error(`${error.message}; partition and offset: ${[...committed]}, the ends: ${[...ends]}`);
      });
    },

    /**
     * Lets a group that was at `offsets` go on at the target, and holds that it misses nothing. It may read again: an
     * offset is translated to one that MirrorMaker has noted, at or before it.
     */
    async groupGoesOn(groupId, offsets) {
      await until(`${groupId}`, async () => (await target.committed(groupId, remote)).size > 0, limitMs);
      const sent = await source.fingerprints(topic);
      const wanted = [...offsets].flatMap(([partition, offset]) => sent.get(partition).slice(offset));
      const all = [...sent.values()].flat();
      const read = await target.readAsGroup(groupId, remote, wanted);
      assert.ok(read.length < all.length, 'it begins in the middle');
      assert.ok(read.every((print) => all.includes(print)));
      console.log(`# ${groupId} read ${read.length} records for the ${wanted.length} that were left`);
    },
  };
}
