/**
 * The indexes of one segment and their files. Those of the active segment live in memory, and its files, where an earlier
 * life left some, say what was true then; they are written when the segment is sealed. A sealed one's files are mapped, or
 * read, when asked for. They are written here alone, never while they are mapped, and the `.index` last: what an
 * interrupted start or a power loss leaves without one is made anew from the log.
 */
import type { LocatedBatch } from './batch-walk.ts';
import type { SegmentIndexes } from './index-cache.ts';
import { indexesOf, openIndexFiles, rebuildIndexes } from './sealed-indexes.ts';
import type { SegmentFiles } from './segment-files.ts';
import { TransactionIndex } from './transaction-index.ts';

export interface ActiveIndexes extends SegmentIndexes {
  readonly transactions: TransactionIndex;
}

/** The segment's `.log`. */
export interface IndexedLog {
  readonly sizeInBytes: number;
  scan(): AsyncIterable<readonly LocatedBatch[]>;
}

export class SegmentIndex {
  readonly #files: SegmentFiles;
  readonly #log: IndexedLog;
  #active: ActiveIndexes | undefined;
  /** Sealed, and not yet in the files. */
  #unwritten: ActiveIndexes | undefined;
  #writes = 0;
  #transactions: TransactionIndex | undefined;
  #hasTransactionFile: boolean;
  #isWritten: boolean;

  /** @param there which files there are from an earlier life */
  constructor(
    files: SegmentFiles,
    log: IndexedLog,
    there: { readonly hasIndexes?: boolean; readonly hasTransactions?: boolean },
  ) {
    this.#files = files;
    this.#log = log;
    this.#isWritten = there.hasIndexes ?? false;
    this.#hasTransactionFile = there.hasTransactions ?? false;
  }

  get isActive(): boolean {
    return this.#active !== undefined;
  }

  /** Whether the files, flushed, hold what the indexes hold. */
  get isWritten(): boolean {
    return this.#isWritten;
  }

  /** Whether there may be aborted transactions in the segment. */
  get hasTransactions(): boolean {
    return this.#hasTransactionFile || (this.#active?.transactions.count ?? this.#transactions?.count ?? 0) > 0;
  }

  /** Of the active segment, for a look. */
  get active(): ActiveIndexes {
    if (this.#active === undefined) throw new Error(`${this.#files.path('.log')} is not the active segment`);
    return this.#active;
  }

  /** Of the active segment, to be changed: what the files hold is old from now on. */
  get changing(): ActiveIndexes {
    this.#isWritten = false;
    return this.active;
  }

  /** Takes the indexes into memory, for appending. */
  async activate(): Promise<ActiveIndexes> {
    const transactions = await this.transactions();
    const { offsets, times } = await this.use(({ offsets, times }) => ({
      offsets: offsets.copy(),
      times: times.copy(),
    }));
    this.#active = { offsets, times, transactions };
    this.forget();
    return this.#active;
  }

  /** These are the active segment's, as recovery made them. */
  resume(indexes: ActiveIndexes): void {
    this.#active = indexes;
    this.#isWritten = false;
    this.#transactions = undefined;
    this.forget();
  }

  /** Ends appending. The indexes serve on; `write` has to follow. */
  seal(): void {
    const { active } = this;
    this.#active = undefined;
    this.#transactions = active.transactions;
    if (!this.#isWritten) this.#unwritten = active;
  }

  /** Writes the files, as exact as the indexes are, unless they have it all already. `sync` flushes them. */
  async write(sync: boolean): Promise<void> {
    const indexes = this.#unwritten;
    if (indexes === undefined) return;
    const { fs } = this.#files.place;
    const [index, timeIndex, transactionIndex] = this.#paths();
    const { offsets, times, transactions } = indexes;
    this.forget();
    this.#writes++;
    await this.#files.inTurn(async () => {
      const writing = [fs.writeFile(timeIndex, times.bytes, { sync })];
      if (transactions.count > 0 || this.#hasTransactionFile) {
        writing.push(fs.writeFile(transactionIndex, transactions.bytes, { sync }));
        this.#hasTransactionFile = true;
      }
      await Promise.all(writing);
      await fs.writeFile(index, offsets.bytes, { sync });
    });
    this.#isWritten = sync;
    this.#unwritten = undefined;
  }

  /** Puts what recovery made in the place of the files, of which none counts from the first change on. */
  async replace(indexes: ActiveIndexes): Promise<void> {
    const { fs, directory } = this.#files.place;
    const [index] = this.#paths();
    await this.#files.inTurn(async () => {
      await fs.remove(index);
      await fs.syncDirectory(directory);
    });
    this.#transactions = indexes.transactions;
    this.#unwritten = indexes;
    await this.write(true);
  }

  #paths(): [index: string, timeIndex: string, transactionIndex: string] {
    return [this.#files.path('.index'), this.#files.path('.timeindex'), this.#files.path('.txnindex')];
  }

  /**
   * Gives `use` the indexes, mapping or reading them if need be. They are good until it returns, and it must keep nothing
   * of them: their files may be closed after.
   */
  async use<T>(use: (indexes: SegmentIndexes) => T): Promise<T> {
    for (;;) {
      const known = this.#active ?? this.#unwritten ?? this.#files.place.indexes.get(this);
      if (known !== undefined) return use(known);
      await this.#load();
    }
  }

  async #load(): Promise<void> {
    const { indexes: cache, fs } = this.#files.place;
    const { baseOffset } = this.#files;
    const { sizeInBytes } = this.#log;
    const writes = this.#writes;
    // Another call may be here first; and a file that is written meanwhile is a part of what it will be.
    const isOvertaken = (): boolean =>
      this.#active !== undefined || writes !== this.#writes || cache.get(this) !== undefined;
    let indexes: SegmentIndexes | undefined;
    if (sizeInBytes > 0) {
      const open = (suffix: '.index' | '.timeindex') => () => fs.openSealed(this.#files.path(suffix));
      const files = await openIndexFiles((suffix) => this.#files.ifThere(open(suffix)));
      if (files !== undefined) {
        if (!isOvertaken()) indexes = indexesOf(baseOffset, sizeInBytes, files);
        if (indexes !== undefined) cache.set(this, indexes, files);
        else for (const file of files) file.close();
      }
    }
    if (indexes !== undefined || isOvertaken()) return;
    indexes = await rebuildIndexes(baseOffset, this.#log.scan());
    if (isOvertaken()) return;
    this.#isWritten = false;
    cache.set(this, indexes);
  }

  async transactions(): Promise<TransactionIndex> {
    if (this.#active !== undefined) return this.#active.transactions;
    if (this.#transactions === undefined) {
      const isThere = this.#hasTransactionFile && this.#log.sizeInBytes > 0;
      const read = (): Promise<Buffer> => this.#files.place.fs.readFile(this.#files.path('.txnindex'));
      const bytes = isThere ? await this.#files.ifThere(read) : undefined;
      this.#transactions ??= new TransactionIndex(bytes);
    }
    return this.#transactions;
  }

  /** Lets go of files that are mapped or in memory. */
  forget(): void {
    this.#files.place.indexes.delete(this);
  }
}
