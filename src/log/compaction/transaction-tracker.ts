/**
 * The transactions that compaction is in as it goes through a log, from the first batch to the last: which data was
 * aborted, and which markers are of transactions that have no data any more. Kafka's `CleanedTransactionMetadata`.
 */
import { type BatchView, records } from '../../../protocol/records/batch.ts';
import { controlType } from '../../../protocol/records/control.ts';
import { ascending, OrderedMap } from '../../collections/ordered-map.ts';
import type { AbortedTransaction } from '../transaction-index.ts';

interface Aborted {
  readonly transaction: AbortedTransaction;
  hasData: boolean;
}

export class TransactionTracker {
  /** Takes the aborted transactions whose data the log had until now: readers still have to know them. */
  onAborted: (transaction: AbortedTransaction) => void = () => {};
  /** Producers with data of a transaction that will be committed. */
  readonly #committed = new Set<number>();
  readonly #aborted = new Map<number, Aborted>();
  /** By first offset: the batches there are still to come. */
  readonly #pending = new OrderedMap<number, AbortedTransaction>(ascending);

  /** From the transaction indexes, before their batches are read; the same one may come more than once. */
  expect(transactions: Iterable<AbortedTransaction>): void {
    for (const transaction of transactions) this.#pending.set(transaction.firstOffset, transaction);
  }

  /** Goes past a batch. Returns whether it is aborted data, or a marker without any data before it. */
  pass(batch: BatchView): boolean {
    this.#begin(batch.lastOffset);
    if (batch.isControl) return this.#passControl(batch);
    if (!batch.isTransactional) return false;
    const aborted = this.#aborted.get(batch.producerId);
    if (aborted === undefined) {
      this.#committed.add(batch.producerId);
      return false;
    }
    aborted.hasData = true;
    return true;
  }

  #passControl(batch: BatchView): boolean {
    const first = records(batch).next();
    // Emptied by an earlier compaction.
    if (first.done === true) return true;
    const type = controlType(first.value);
    if (type === 'commit') return !this.#committed.delete(batch.producerId);
    if (type !== 'abort') return false;
    const aborted = this.#aborted.get(batch.producerId);
    this.#aborted.delete(batch.producerId);
    if (aborted?.hasData !== true) return true;
    this.onAborted(aborted.transaction);
    return false;
  }

  #begin(offset: number): void {
    for (let next = this.#pending.first(); next !== undefined && next[0] <= offset; next = this.#pending.first()) {
      const [firstOffset, transaction] = next;
      this.#pending.delete(firstOffset);
      if (!this.#aborted.has(transaction.producerId)) {
        this.#aborted.set(transaction.producerId, { transaction, hasData: false });
      }
    }
  }
}
