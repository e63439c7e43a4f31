import { KafkaError } from '../../../protocol/errors.ts';
import { CoordinatorRuntime } from '../../../src/coordinator/runtime/coordinator-runtime.ts';
import type { Decision } from '../../../src/coordinator/runtime/decision.ts';
import type { RecordSerde, Shard, ShardPorts } from '../../../src/coordinator/runtime/shard.ts';
import { TimelineMap } from '../../../src/coordinator/runtime/timeline.ts';
import { SimulatedClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { FakePartitionWriter } from './fake-partition-writer.ts';

/** The smallest thing to coordinate: named numbers. A record sets one, a null value deletes it. */
export interface CounterRecord {
  readonly name: string;
  readonly value: number | null;
}

const serde: RecordSerde<CounterRecord> = {
  encode: ({ name, value }) => ({ key: Buffer.from(name), value: value === null ? null : Buffer.from(String(value)) }),
  decode(key, value) {
    const name = key!.toString();
    if (name.startsWith('?')) return null;
    if (name === 'damaged') throw new Error('damaged');
    return { name, value: value === null ? null : Number(value.toString()) };
  },
};

export class CounterShard implements Shard<CounterRecord> {
  readonly counters: TimelineMap<string, number>;
  readonly ports: ShardPorts<CounterRecord>;
  readonly events: string[] = [];

  constructor(ports: ShardPorts<CounterRecord>) {
    this.ports = ports;
    this.counters = new TimelineMap(ports.registry);
  }

  replay(_offset: number, _producerId: number, { name, value }: CounterRecord): void {
    if (name === 'poison') throw new KafkaError('INVALID_RECORD', 'poison');
    if (value === null) this.counters.delete(name);
    else this.counters.set(name, value);
  }

  replayEndTransaction(): void {}

  onLoaded(): void {
    this.events.push('loaded');
  }

  onReverted(): void {
    this.events.push('reverted');
  }

  onStopping(): void {}

  onUnloaded(): void {
    this.events.push('unloaded');
  }
}

export function add(name: string, by = 1) {
  return ({ counters }: CounterShard): Decision<CounterRecord, number> => {
    const value = (counters.get(name) ?? 0) + by;
    return { records: [{ name, value }], response: value };
  };
}

export interface CounterOptions {
  readonly appendLingerMs?: number;
  readonly maxBatchBytes?: number;
}

export function counters({ appendLingerMs = 0, maxBatchBytes = 1000 }: CounterOptions = {}) {
  const writer = new FakePartitionWriter();
  const clock = new SimulatedClock();
  const shards: CounterShard[] = [];
  const runtime = new CoordinatorRuntime<CounterShard, CounterRecord>({
    topic: 'counters',
    writer,
    serde,
    clock,
    logger: silentLogger,
    buildShard(ports) {
      const shard = new CounterShard(ports);
      shards.push(shard);
      return shard;
    },
    appendLingerMs,
    writeTimeoutMs: 5000,
    compression: 'none',
    maxBatchBytes,
    loadBufferBytes: 200,
    afterQueuedWork: queueMicrotask,
  });
  const read = (name: string) => runtime.read(0, (shard, committed) => shard.counters.get(name, committed));
  return { writer, clock, runtime, shards, read };
}

/** Resolves once promise reactions that are due have run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What has become of a promise so far: its value, its Kafka error, or 'pending'. */
export async function outcome(promise: Promise<unknown>): Promise<unknown> {
  let result: unknown = 'pending';
  promise.then(
    (value) => {
      result = value;
    },
    (failure) => {
      result = failure instanceof KafkaError ? failure.error : failure;
    },
  );
  await settled();
  return result;
}

/** Lets a promise be looked at later, however it ends. */
export function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
