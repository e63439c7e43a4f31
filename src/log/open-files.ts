/**
 * The `.log` files that are open, bounded over all logs: ten thousand partitions need no ten thousand descriptors. A file
 * is opened when it is used; when too many are, one that was not used for a while is closed (second chance), and when all
 * are in use, the next one waits for its turn.
 */
import { Ring } from '../collections/ring.ts';
import { type File, isOfFileSystem } from '../platform/file-system.ts';

interface Handle {
  readonly file: File;
  readonly owner: SharedFile;
  uses: number;
  wasUsed: boolean;
  /** Closed when the last use ends. */
  isDoomed: boolean;
}

export class OpenFiles {
  readonly #maxFiles: number;
  /** Open, being opened and being closed. */
  #count = 0;
  #busy = 0;
  readonly #handles = new Set<Handle>();
  readonly #waiting = new Ring<() => void>();

  constructor(maxFiles: number) {
    this.#maxFiles = Math.max(maxFiles, 1);
  }

  get count(): number {
    return this.#count;
  }

  /** @internal Opens a file; `adopt` takes it at once, and says how many wait to use it. */
  async open(owner: SharedFile, open: () => Promise<File>, adopt: (handle: Handle) => number): Promise<Handle> {
    await this.#room();
    try {
      const handle: Handle = { file: await this.#opened(open), owner, uses: 0, wasUsed: true, isDoomed: false };
      handle.uses = adopt(handle);
      this.#handles.add(handle);
      if (handle.uses > 0) this.#busy++;
      return handle;
    } catch (error) {
      this.#count--;
      this.#wakeOne();
      throw error;
    }
  }

  /** @internal */
  begin(handle: Handle): void {
    if (handle.uses++ === 0) this.#busy++;
    handle.wasUsed = true;
  }

  /** @internal */
  end(handle: Handle): void {
    if (--handle.uses > 0) return;
    if (handle.isDoomed) {
      void this.#close(handle);
      return;
    }
    this.#busy--;
    this.#wakeOne();
  }

  /** @internal Closes a file, now or when its last use ends. */
  async discard(handle: Handle): Promise<void> {
    if (handle.isDoomed) return;
    handle.isDoomed = true;
    this.#handles.delete(handle);
    if (handle.uses === 0) await this.#close(handle);
    // Busy counts what `#handles` has.
    else this.#busy--;
  }

  /** When sockets took the descriptors that were left, ours give way: a log that cannot be opened is one that failed. */
  async #opened(open: () => Promise<File>): Promise<File> {
    for (;;) {
      try {
        return await open();
      } catch (error) {
        const isTooMany = isOfFileSystem(error) && (error.code === 'EMFILE' || error.code === 'ENFILE');
        const idle = isTooMany ? this.#idlest() : undefined;
        if (idle === undefined) throw error;
        await idle.owner.close();
      }
    }
  }

  /** Resolves when a file more may be open: there is room, or the place of one that was closed is taken over. */
  async #room(): Promise<void> {
    while (this.#count >= this.#maxFiles) {
      const idle = this.#idlest();
      if (idle !== undefined) {
        idle.owner.forget(idle);
        idle.isDoomed = true;
        this.#handles.delete(idle);
        await closeFile(idle);
        return;
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#count++;
  }

  #idlest(): Handle | undefined {
    for (const handle of this.#handles) {
      if (this.#busy >= this.#handles.size) return undefined;
      if (handle.uses === 0 && !handle.wasUsed) return handle;
      // To the end of the queue, where this loop finds it again: the second time at the latest an idle one goes.
      handle.wasUsed = false;
      this.#handles.delete(handle);
      this.#handles.add(handle);
    }
    return undefined;
  }

  async #close(handle: Handle): Promise<void> {
    await closeFile(handle);
    this.#count--;
    this.#wakeOne();
  }

  #wakeOne(): void {
    this.#waiting.shift()?.();
  }
}

/** What a failed close means for the bytes, the next flush of the file tells its log. */
function closeFile({ file }: Handle): Promise<void> {
  return file.close().catch(() => {});
}

/** A file that is open while it is used, and for as long after as there is room. */
export class SharedFile {
  readonly #files: OpenFiles;
  readonly #open: () => Promise<File>;
  #handle: Handle | undefined;
  #opening: Promise<Handle> | undefined;
  /** Uses that wait for the opening. */
  #claims = 0;

  constructor(files: OpenFiles, open: () => Promise<File>) {
    this.#files = files;
    this.#open = open;
  }

  /** For use in this turn of the event loop; `undefined` when it is not open. */
  get current(): File | undefined {
    if (this.#handle === undefined) return undefined;
    this.#handle.wasUsed = true;
    return this.#handle.file;
  }

  /** Opens the file if need be, and keeps it open until `run` is done. */
  async use<T>(run: (file: File) => Promise<T>): Promise<T> {
    const handle = await this.#begin();
    try {
      return await run(handle.file);
    } finally {
      this.#files.end(handle);
    }
  }

  /** Closes the file, once those that use it are done. The next who does opens it again. */
  async close(): Promise<void> {
    const handle = this.#handle ?? (await this.#opening?.catch(() => undefined));
    if (handle === undefined) return;
    this.forget(handle);
    await this.#files.discard(handle);
  }

  /** @internal */
  forget(handle: Handle): void {
    if (this.#handle === handle) this.#handle = undefined;
  }

  #begin(): Handle | Promise<Handle> {
    if (this.#handle !== undefined) {
      this.#files.begin(this.#handle);
      return this.#handle;
    }
    this.#claims++;
    this.#opening ??= this.#start();
    return this.#opening;
  }

  async #start(): Promise<Handle> {
    try {
      return await this.#files.open(this, this.#open, (handle) => {
        const claims = this.#claims;
        this.#claims = 0;
        this.#handle = handle;
        // Who comes from here on, also behind a `close`, is none of those claims.
        this.#opening = undefined;
        return claims;
      });
    } catch (error) {
      this.#claims = 0;
      this.#opening = undefined;
      throw error;
    }
  }
}
