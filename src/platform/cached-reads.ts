/**
 * Reads of what is in memory already, in this turn of the event loop: a trip through the thread pool for 1 MiB takes as
 * long as copying it, and much longer where the cores are busy (ADR 0010). They never wait for a disk: `preadv2` with
 * RWF_NOWAIT, which Linux has, gives what the page cache holds and no more; and what lies in a file system in memory is
 * always there.
 */
import { promises, readSync } from 'node:fs';
import { loadKoffi } from './native.ts';

/** What is read in one turn of the event loop at most: others want theirs too. */
const MOST_BYTES_A_TURN = 2 * 1024 * 1024;
/** From linux/magic.h: tmpfs and ramfs, which do not take RWF_NOWAIT and have no disk to wait for. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);
const RWF_NOWAIT = 8;
/** Not all of it is there. */
const EAGAIN = 11;

/** What a disk is: in memory, one whose page cache can be asked, or one that is read through the thread pool only. */
type Kind = 'memory' | 'cached' | 'unknown';

/** The file system that a file is on. */
export interface Device {
  kind: Kind;
}

type PRead = (descriptor: number, into: readonly Span[], count: 1, position: number, flags: number) => number;
interface Span {
  readonly iov_base: Buffer;
  readonly iov_len: number;
}
interface System {
  readonly preadv2: PRead;
  readonly errno: () => number;
}

export class CachedReads {
  readonly #devices = new Map<number, Device>();
  #system: System | undefined;
  #bytesThisTurn = 0;

  /** @returns one for all files of the same file system */
  async deviceOf(path: string): Promise<Device> {
    const { dev } = await promises.stat(path);
    let device = this.#devices.get(dev);
    if (device === undefined) {
      const kind = await kindOf(path);
      if (kind === 'cached') this.#system ??= loadSystem();
      device = { kind: kind === 'cached' && this.#system === undefined ? 'unknown' : kind };
      this.#devices.set(dev, device);
    }
    return device;
  }

  /** How many bytes from `position` on were there, and are in the buffer now; 0 also when that cannot be told. */
  read(device: Device, descriptor: number, buffer: Buffer, position: number): number {
    if (device.kind === 'unknown' || !this.#mayRead(buffer.length)) return 0;
    if (device.kind === 'memory') return readSync(descriptor, buffer, 0, buffer.length, position);
    const { preadv2, errno } = this.#system!;
    const count = preadv2(descriptor, [{ iov_base: buffer, iov_len: buffer.length }], 1, position, RWF_NOWAIT);
    // Of any other failure, a disk's too, the read that waits tells.
    if (count < 0 && errno() !== EAGAIN) device.kind = 'unknown';
    return Math.max(count, 0);
  }

  #mayRead(bytes: number): boolean {
    if (this.#bytesThisTurn + bytes > MOST_BYTES_A_TURN) return false;
    if (this.#bytesThisTurn === 0) {
      setImmediate(() => {
        this.#bytesThisTurn = 0;
      });
    }
    this.#bytesThisTurn += bytes;
    return true;
  }
}

async function kindOf(path: string): Promise<Kind> {
  if (process.platform !== 'linux') return 'unknown';
  const { type } = await promises.statfs(path);
  return IN_MEMORY.has(type) ? 'memory' : 'cached';
}

/** `undefined` without koffi's binary, or with a C library from before `preadv2`. */
function loadSystem(): System | undefined {
  try {
    const koffi = loadKoffi();
    const span = koffi.struct({ iov_base: 'void *', iov_len: 'size_t' });
    const types = ['int', koffi.pointer(span), 'int', 'int64_t', 'int'];
    return { preadv2: koffi.load(null).func('preadv2', 'int64_t', types), errno: koffi.errno };
  } catch {
    return undefined;
  }
}
