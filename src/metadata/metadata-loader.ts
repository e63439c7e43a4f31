/**
 * Turns committed batches into images and hands them to listeners: one after the other, in the order in which they were
 * added, the next image only when all have seen the last. Batches committed meanwhile make one image together. Records
 * of a metadata transaction (KIP-868) take effect when it ends.
 */
import { DecodeError } from '../../protocol/wire/decode-error.ts';
import type { Logger } from '../platform/logger.ts';
import type { LoggedBatch } from '../raft/logged-batch.ts';
import type { OffsetAndEpoch } from '../raft/messages.ts';
import { KRAFT_VERSION } from './features.ts';
import { emptyImage, type ImageListener, type MetadataImage } from './image.ts';
import { deltaBetween, ImageBuilder } from './image-builder.ts';
import { decodeRecord, type MetadataRecord, UnknownRecordError } from './records.ts';

interface Waiter {
  readonly offset: number;
  readonly resolve: () => void;
  readonly reject: (failure: Error) => void;
}

export interface MetadataLoaderOptions {
  readonly clusterId: string;
  readonly logger: Logger;
  /** Called once when a record cannot be replayed or a listener fails: the image is no longer to be trusted. */
  readonly onFailure: (failure: Error) => void;
}

export class MetadataLoader {
  readonly #options: MetadataLoaderOptions;
  #image: MetadataImage;
  #builder: ImageBuilder;
  /** The builder began with nothing, not with the image. */
  #isReplaced = false;
  /** The records of a transaction that has not ended. */
  #transaction: MetadataRecord[] | undefined;
  #offset = -1;
  #epoch = 0;
  #controllerId = -1;
  readonly #listeners: ImageListener[] = [];
  readonly #joining: { readonly listener: ImageListener; readonly resolve: () => void }[] = [];
  #waiters: Waiter[] = [];
  #running = false;
  #failure: Error | undefined;

  constructor(options: MetadataLoaderOptions) {
    this.#options = options;
    this.#image = emptyImage(options.clusterId);
    this.#builder = new ImageBuilder(this.#image);
  }

  get image(): MetadataImage {
    return this.#image;
  }

  /** A transaction has begun and not ended; whoever leads next aborts it. */
  get isInTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  /** Replays a batch without publishing; for loading. */
  replay(batch: LoggedBatch): void {
    for (const control of batch.controls) {
      if (control.type === 'kraftVersion') this.#builder.setFeature(KRAFT_VERSION, control.kraftVersion);
    }
    batch.frames.forEach((frame, i) => {
      this.#replayRecord(frame, batch.baseOffset + i);
    });
    if (this.#transaction === undefined) {
      this.#offset = batch.lastOffset;
      this.#epoch = batch.epoch;
    }
  }

  /** Begins anew from a snapshot, without publishing; what was replayed before is forgotten. */
  loadSnapshot(content: readonly LoggedBatch[], { endOffset, epoch }: OffsetAndEpoch): void {
    this.#builder = new ImageBuilder(emptyImage(this.#options.clusterId));
    this.#isReplaced = true;
    this.#transaction = undefined;
    for (const batch of content) this.replay(batch);
    this.#offset = endOffset - 1;
    this.#epoch = epoch;
  }

  /** Has what was replayed published. */
  publish(): void {
    if (this.#failure === undefined) this.#run();
  }

  /** Makes the image of everything replayed; listeners are told when they are next. */
  publishLoaded(): void {
    this.#buildImage();
    this.#wake();
  }

  /** Replays a committed batch and has it published. */
  commit(batch: LoggedBatch, controllerId: number): void {
    if (this.#failure !== undefined) return;
    this.#controllerId = controllerId;
    try {
      this.replay(batch);
    } catch (failure) {
      this.#fail(failure, `replaying the batch at offset ${batch.baseOffset} failed`);
      return;
    }
    this.#run();
  }

  /** Resolves when every listener has seen an image that holds `offset`. */
  published(offset: number): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (!this.#running && this.#image.offset >= offset) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ offset, resolve, reject }));
  }

  /** Resolves when every listener has seen all that was replayed; at once when that is so already. */
  caughtUp(): Promise<void> | undefined {
    return !this.#running && this.#image.offset >= this.#offset ? undefined : this.published(this.#offset);
  }

  /** Resolves when `listener` has seen the present image. It must not wait for the controller: that waits for it. */
  addListener(listener: ImageListener): Promise<void> {
    return new Promise((resolve) => {
      this.#joining.push({ listener, resolve });
      this.#run();
    });
  }

  #replayRecord(frame: Buffer, offset: number): void {
    let record: MetadataRecord;
    try {
      record = decodeRecord(frame);
    } catch (failure) {
      if (failure instanceof UnknownRecordError) {
        this.#options.logger.warn(
          { offset, recordType: failure.recordType },
          'skips a metadata record of unknown type',
        );
        return;
      }
      if (!(failure instanceof DecodeError)) throw failure;
      throw new Error(`the metadata record at offset ${offset} cannot be read: ${failure.message}`, { cause: failure });
    }
    switch (record.type) {
      case 'BeginTransactionRecord':
        this.#transaction = [];
        break;
      case 'AbortTransactionRecord':
        this.#transaction = undefined;
        break;
      case 'EndTransactionRecord':
        for (const each of this.#transaction ?? []) this.#builder.replay(each);
        this.#transaction = undefined;
        break;
      default:
        if (this.#transaction === undefined) this.#builder.replay(record);
        else this.#transaction.push(record);
    }
  }

  #run(): void {
    if (this.#running || this.#failure !== undefined) return;
    this.#running = true;
    void this.#publishAll();
  }

  async #publishAll(): Promise<void> {
    try {
      while (this.#image.offset < this.#offset || this.#joining.length > 0) {
        if (this.#image.offset < this.#offset) {
          const { image, delta } = this.#buildImage();
          for (const listener of this.#listeners) await listener(image, delta);
          this.#wake();
        }
        for (let next = this.#joining.shift(); next !== undefined; next = this.#joining.shift()) {
          const image = this.#image;
          await next.listener(image, deltaBetween(emptyImage(image.clusterId), image));
          this.#listeners.push(next.listener);
          next.resolve();
          // A batch that was committed meanwhile goes to this listener as well.
          if (image.offset < this.#offset) break;
        }
      }
      this.#running = false;
      this.#wake();
    } catch (failure) {
      this.#running = false;
      this.#fail(failure, 'a listener of metadata images failed');
    }
  }

  #buildImage(): ReturnType<ImageBuilder['build']> {
    const built = this.#builder.build({
      offset: this.#offset,
      epoch: this.#epoch,
      controllerId: this.#controllerId,
    });
    const { image } = built;
    const delta = this.#isReplaced ? deltaBetween(this.#image, image) : built.delta;
    this.#isReplaced = false;
    this.#image = image;
    this.#builder = new ImageBuilder(image);
    return { image, delta };
  }

  #wake(): void {
    const { offset } = this.#image;
    const due = this.#waiters.filter((waiter) => waiter.offset <= offset);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.offset > offset);
    for (const { resolve } of due) resolve();
  }

  #fail(failure: unknown, what: string): void {
    const failed = new Error(what, { cause: failure });
    this.#failure = failed;
    this.#options.logger.error({ err: failure }, what);
    for (const { reject } of this.#waiters) reject(failed);
    this.#waiters = [];
    this.#options.onFailure(failed);
  }
}
