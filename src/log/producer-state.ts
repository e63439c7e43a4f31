/**
 * What a partition knows of its producers: the last batches of the idempotent ones, from which repeats are answered and
 * gaps refused, and the open transactions, from which the last stable offset follows. Kafka's `ProducerStateManager`.
 */
import { KafkaError } from '../../protocol/errors.ts';
import { type BatchView, records } from '../../protocol/records/batch.ts';
import { type EndTxnMarker, readEndTxnMarker } from '../../protocol/records/control.ts';
import { ascending, OrderedMap } from '../collections/ordered-map.ts';
import type { TopicPartition } from './file-names.ts';
import type { AbortedTransaction } from './transaction-index.ts';

/** Where a batch came from decides what is checked. `replication` is also what is read back from disk. */
export type BatchOrigin = 'client' | 'coordinator' | 'raft' | 'replication';

/** How many of a producer's last batches are kept: as many as a client may have in flight with idempotence. */
const BATCHES_KEPT = 5;

const NO_SEQUENCE = -1;
const NO_EPOCH = -1;
const NO_OFFSET = -1;
const MAX_SEQUENCE = 2 ** 31 - 1;

export interface ProducedBatch {
  readonly lastSequence: number;
  readonly lastOffset: number;
  readonly offsetDelta: number;
  readonly timestamp: number;
}

/** One producer's state, as DescribeProducers shows it. */
export interface ProducerEntry {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly lastTimestamp: number;
  /** −1 outside a transaction. */
  readonly currentTransactionFirstOffset: number;
  /** The oldest first; at most five. */
  readonly batches: readonly ProducedBatch[];
}

interface MutableEntry {
  readonly producerId: number;
  producerEpoch: number;
  coordinatorEpoch: number;
  lastTimestamp: number;
  currentTransactionFirstOffset: number;
  batches: ProducedBatch[];
}

interface Completed {
  readonly lastOffset: number;
}

export class ProducerState {
  readonly #topicPartition: TopicPartition;
  readonly #producers = new Map<number, MutableEntry>();
  /** Open transactions: first offset → producer id. */
  readonly #ongoing = new OrderedMap<number, number>(ascending);
  /** Ended ones whose markers are not below the high watermark yet: first offset → the marker's. */
  readonly #unreplicated = new OrderedMap<number, Completed>(ascending);
  /** The state is that of the log up to here. */
  #endOffset = 0;

  constructor(topicPartition: TopicPartition) {
    this.#topicPartition = topicPartition;
  }

  get endOffset(): number {
    return this.#endOffset;
  }

  get size(): number {
    return this.#producers.size;
  }

  entries(): Iterable<ProducerEntry> {
    return this.#producers.values();
  }

  /** Forgets everything; the state is that of an empty log which begins at `offset`. */
  reset(offset: number, entries: Iterable<ProducerEntry> = []): void {
    this.#producers.clear();
    this.#ongoing.clear();
    this.#unreplicated.clear();
    this.#endOffset = offset;
    for (const entry of entries) {
      this.#producers.set(entry.producerId, { ...entry, batches: [...entry.batches] });
      const { currentTransactionFirstOffset } = entry;
      if (currentTransactionFirstOffset >= 0) this.#ongoing.set(currentTransactionFirstOffset, entry.producerId);
    }
  }

  /**
   * Checks a batch of the leader's before it is appended at `offset`.
   * @returns the earlier batch that this one repeats, if it does
   * @throws INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_TXN_STATE, TRANSACTION_COORDINATOR_FENCED
   */
  check(batch: BatchView, origin: BatchOrigin, offset: number): ProducedBatch | undefined {
    const { producerId } = batch;
    if (producerId < 0) return undefined;
    const entry = this.#producers.get(producerId);
    if (entry === undefined) return undefined;
    if (origin === 'client') {
      const repeated = findRepeated(entry, batch);
      if (repeated !== undefined) return repeated;
    }
    const { producerEpoch } = batch;
    if (producerEpoch < entry.producerEpoch) {
      throw new KafkaError(
        'INVALID_PRODUCER_EPOCH',
        `Epoch of producer ${producerId} at offset ${offset} in ${this.#name} is ${producerEpoch}, which is smaller than the last seen epoch ${entry.producerEpoch}`,
      );
    }
    if (batch.isControl) {
      this.#checkCoordinatorEpoch(entry, batch, offset);
      return undefined;
    }
    if (origin === 'client') this.#checkSequence(entry, batch, offset);
    if (entry.currentTransactionFirstOffset >= 0 && !batch.isTransactional) {
      throw new KafkaError(
        'INVALID_TXN_STATE',
        `Expected transactional write from producer ${producerId} at offset ${offset} in partition ${this.#name}`,
      );
    }
    return undefined;
  }

  /**
   * Takes in a batch that stands in the log (or is about to). Offsets in it are final.
   * @returns the transaction that it aborted, for the transaction index
   */
  apply(batch: BatchView): AbortedTransaction | undefined {
    this.#endOffset = batch.nextOffset;
    const { producerId } = batch;
    if (producerId < 0) return undefined;
    if (batch.isControl) return this.#applyMarker(batch);
    const entry = this.#entry(producerId);
    setEpoch(entry, batch.producerEpoch);
    const { lastSequence, lastOffset, baseOffset, maxTimestamp } = batch;
    if (entry.batches.length === BATCHES_KEPT) entry.batches.shift();
    entry.batches.push({ lastSequence, lastOffset, offsetDelta: lastOffset - baseOffset, timestamp: maxTimestamp });
    entry.lastTimestamp = maxTimestamp;
    if (batch.isTransactional && entry.currentTransactionFirstOffset < 0) {
      entry.currentTransactionFirstOffset = baseOffset;
      this.#ongoing.set(baseOffset, producerId);
    }
    return undefined;
  }

  /** The start of the first transaction that is open, or ended above the high watermark; `undefined` without one. */
  firstUnstableOffset(): number | undefined {
    const undecided = this.#ongoing.first()?.[0];
    const unreplicated = this.#unreplicated.first()?.[0];
    if (undecided === undefined) return unreplicated;
    return unreplicated === undefined ? undecided : Math.min(undecided, unreplicated);
  }

  /** Transactions whose markers are below `offset` are stable now. */
  onHighWatermark(offset: number): void {
    if (this.#unreplicated.size === 0) return;
    const stable = [...this.#unreplicated.entries()].filter(([, { lastOffset }]) => lastOffset < offset);
    for (const [firstOffset] of stable) this.#unreplicated.delete(firstOffset);
  }

  /** A gap in the log's offsets, or records removed from its start: the state holds for `offset` as well. */
  advanceTo(offset: number): void {
    this.#endOffset = Math.max(this.#endOffset, offset);
  }

  /** Forgets the producers that were silent for `expirationMs`, unless they are in a transaction. */
  removeExpired(nowMs: number, expirationMs: number): void {
    for (const entry of this.#producers.values()) {
      if (isExpired(entry, nowMs, expirationMs)) this.#producers.delete(entry.producerId);
    }
  }

  #applyMarker(batch: BatchView): AbortedTransaction | undefined {
    const marker = readMarker(batch);
    if (marker === undefined) return undefined;
    const { producerId, baseOffset: lastOffset } = batch;
    const entry = this.#entry(producerId);
    const firstOffset = entry.currentTransactionFirstOffset;
    setEpoch(entry, batch.producerEpoch);
    entry.coordinatorEpoch = marker.coordinatorEpoch;
    entry.lastTimestamp = batch.maxTimestamp;
    entry.currentTransactionFirstOffset = NO_OFFSET;
    // A marker without a transaction's data before it changes nothing that a reader sees.
    if (firstOffset < 0) return undefined;
    this.#ongoing.delete(firstOffset);
    this.#unreplicated.set(firstOffset, { lastOffset });
    if (marker.type === 'commit') return undefined;
    return { producerId, firstOffset, lastOffset, lastStableOffset: this.#ongoing.first()?.[0] ?? lastOffset + 1 };
  }

  #checkSequence(entry: MutableEntry, batch: BatchView, offset: number): void {
    const { producerId, producerEpoch, baseSequence } = batch;
    if (producerEpoch !== entry.producerEpoch) {
      if (baseSequence === 0 || entry.producerEpoch === NO_EPOCH) return;
      throw new KafkaError(
        'OUT_OF_ORDER_SEQUENCE_NUMBER',
        `Invalid sequence number for new epoch of producer ${producerId} at offset ${offset} in partition ${this.#name}: ${producerEpoch} (request epoch), ${baseSequence} (seq. number), ${entry.producerEpoch} (current producer epoch)`,
      );
    }
    const last = entry.batches.at(-1)?.lastSequence ?? NO_SEQUENCE;
    if (baseSequence === last + 1 || (baseSequence === 0 && last === MAX_SEQUENCE)) return;
    throw new KafkaError(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      `Out of order sequence number for producer ${producerId} at offset ${offset} in partition ${this.#name}: ${baseSequence} (incoming seq. number), ${last} (current end sequence number)`,
    );
  }

  #checkCoordinatorEpoch(entry: MutableEntry, batch: BatchView, offset: number): void {
    const marker = readMarker(batch);
    if (marker === undefined || marker.coordinatorEpoch >= entry.coordinatorEpoch) return;
    throw new KafkaError(
      'TRANSACTION_COORDINATOR_FENCED',
      `Invalid coordinator epoch for producerId ${entry.producerId} at offset ${offset} in partition ${this.#name}: ${marker.coordinatorEpoch} (zombie), ${entry.coordinatorEpoch} (current)`,
    );
  }

  #entry(producerId: number): MutableEntry {
    let entry = this.#producers.get(producerId);
    if (entry === undefined) {
      entry = {
        producerId,
        producerEpoch: NO_EPOCH,
        coordinatorEpoch: -1,
        lastTimestamp: -1,
        currentTransactionFirstOffset: NO_OFFSET,
        batches: [],
      };
      this.#producers.set(producerId, entry);
    }
    return entry;
  }

  get #name(): string {
    return `${this.#topicPartition.topic}-${this.#topicPartition.partition}`;
  }
}

export function isExpired(entry: ProducerEntry, nowMs: number, expirationMs: number): boolean {
  return entry.currentTransactionFirstOffset < 0 && nowMs - entry.lastTimestamp >= expirationMs;
}

function setEpoch(entry: MutableEntry, producerEpoch: number): void {
  if (entry.producerEpoch === producerEpoch) return;
  entry.producerEpoch = producerEpoch;
  entry.batches = [];
}

function findRepeated(entry: MutableEntry, batch: BatchView): ProducedBatch | undefined {
  if (batch.producerEpoch !== entry.producerEpoch) return undefined;
  const { lastSequence, lastOffsetDelta } = batch;
  return entry.batches.find((kept) => kept.lastSequence === lastSequence && kept.offsetDelta === lastOffsetDelta);
}

/** The transaction marker in a control batch; `undefined` for one that compaction emptied. */
function readMarker(batch: BatchView): EndTxnMarker | undefined {
  const first = records(batch).next();
  return first.done === true ? undefined : readEndTxnMarker(first.value);
}
