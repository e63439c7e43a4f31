/** What a kind of coordinator brings to the runtime: its state of one partition, and how records change it. */
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Decision } from './decision.ts';
import type { TopicPartition } from './partition-writer.ts';
import type { ShardTimers } from './shard-timers.ts';
import type { Offset, SnapshotRegistry } from './timeline.ts';

/** One partition's state. It changes in `replay` and `replayEndTransaction` only, which loading calls too. */
export interface Shard<R> {
  replay(offset: Offset, producerId: number, record: R): void;
  /** The end of a transaction of `producerId` that wrote to this partition. */
  replayEndTransaction(producerId: number, committed: boolean): void;
  /** The partition's log has been replayed; work may be decided from now on. */
  onLoaded(): void;
  /** Decided records were lost or taken back; what is held outside timeline structures must follow. */
  onReverted(): void;
  /** The broker stops: whoever waits for something to happen is to be answered NOT_COORDINATOR, now and from now on. */
  onStopping(): void;
  /** The state is of no use any more; whoever waits on it is to be answered NOT_COORDINATOR. */
  onUnloaded(): void;
}

/** Records between their meaning and the bytes of a log's key and value. */
export interface RecordSerde<R> {
  encode(record: R): { readonly key: Buffer; readonly value: Buffer | null };
  /** Null for a record that this version does not know and may step over; throws on a damaged one. */
  decode(key: Buffer | null, value: Buffer | null): R | null;
}

/** What a shard is handed. */
export interface ShardPorts<R> {
  readonly partition: TopicPartition;
  readonly registry: SnapshotRegistry;
  readonly timers: ShardTimers<R>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type WriteOperation<S, R, T> = (shard: S) => Decision<R, T>;
/** Reads must look at timeline structures as of `committed`. */
export type ReadOperation<S, T> = (shard: S, committed: Offset) => T;
