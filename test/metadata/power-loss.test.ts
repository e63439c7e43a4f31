import { describe, expect, it } from 'vitest';
import { MetadataNode, type MetadataNodeOptions } from '../../src/metadata/metadata-node.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';
import { seededRandom } from '../../src/platform/random.ts';
import { broker, config } from './test-node.ts';

const SEEDS = 60;
const LIVES = 6;
const LOG_DIR = '/data';

/** What clients were told: topics that are there, and those of whose creation or deletion nothing was heard. */
class Ledger {
  readonly present = new Set<string>();
  readonly unheard = new Set<string>();
  readonly epochs: number[] = [];
  clusterId: string | undefined;

  check(node: MetadataNode): void {
    this.clusterId ??= node.clusterId;
    expect(node.clusterId).toBe(this.clusterId);
    const found = new Set(node.image().topicsByName.keys());
    for (const name of this.present) if (!this.unheard.has(name)) expect(found).toContain(name);
    for (const name of found) expect(this.present.has(name) || this.unheard.has(name)).toBe(true);
    // What was in doubt is settled from here on.
    this.unheard.clear();
    this.present.clear();
    for (const name of found) this.present.add(name);
    if (this.epochs.length > 0) expect(node.controllerEpoch).toBeGreaterThan(Math.max(...this.epochs));
    this.epochs.push(node.controllerEpoch);
  }
}

async function live(node: MetadataNode, ledger: Ledger, life: number, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const name = `t${life}-${i}`;
    const topic = { name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] };
    ledger.unheard.add(name);
    await node.controller.createTopics({ topics: [topic], validateOnly: false });
    ledger.unheard.delete(name);
    ledger.present.add(name);
    if (i % 3 !== 2) continue;
    ledger.unheard.add(name);
    await node.controller.deleteTopics([{ name }]);
    ledger.unheard.delete(name);
    ledger.present.delete(name);
  }
}

describe('a node alone that loses its power', () => {
  it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))(
    'keeps every acknowledged change and leads no epoch twice, seed %i',
    async (seed) => {
      const random = seededRandom(seed);
      const fs = new MemoryFileSystem({ tracksDurability: true, random });
      const ledger = new Ledger();
      const options: MetadataNodeOptions = {
        nodeId: 1,
        logDirs: [LOG_DIR],
        metadataLogDir: LOG_DIR,
        config,
        fs,
        clock: new SimulatedClock(),
        random,
        logger: silentLogger,
        onFatal() {},
      };
      for (let life = 0; life < LIVES; life++) {
        fs.powerOffAfter(1 + Math.floor(random.float() * 60));
        try {
          const node = await MetadataNode.start(options);
          ledger.check(node);
          await node.registerAndUnfence(broker);
          await live(node, ledger, life, 12);
          await node.controlledShutdown();
          await node.close();
        } catch (failure) {
          expect(String(failure)).not.toContain('expected');
        }
        fs.crash();
      }
      const node = await MetadataNode.start(options);
      ledger.check(node);
      await node.registerAndUnfence(broker);
      for (const topic of node.image().topicsById.values()) {
        for (const partition of topic.partitions.values()) expect(partition.leader).toBe(1);
      }
    },
  );
});
