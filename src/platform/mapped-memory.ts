/**
 * Read-only memory maps of files, by koffi. A read through a map of a file that was truncated, or whose disk fails, ends
 * the process (SIGBUS), and one after `unmap` does (SIGSEGV): so only files that nobody changes are mapped, and whoever
 * maps one hands its bytes to nobody.
 */
import { loadKoffi } from './native.ts';

export interface MappedMemory {
  readonly bytes: Buffer;
  unmap(): void;
}

/** Maps the first `size` bytes of an open file; `undefined` when the system refuses. The descriptor may be closed after. */
export type MapFile = (descriptor: number, size: number) => MappedMemory | undefined;

/** The same on Linux and macOS. */
const PROT_READ = 1;
const MAP_SHARED = 1;
/** (void *) −1 */
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

type Mmap = (hint: null, size: number, protection: number, flags: number, descriptor: number, at: number) => bigint;
type Munmap = (address: bigint, size: number) => number;

/** `undefined` where there are no maps: on other systems, and without koffi's binary. */
export function loadMapFile(): MapFile | undefined {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return undefined;
  try {
    const koffi = loadKoffi();
    const library = koffi.load(null);
    const mmap: Mmap = library.func('void *mmap(void *, size_t, int, int, int, int64_t)');
    const munmap: Munmap = library.func('int munmap(void *, size_t)');
    return (descriptor, size) => {
      const address = mmap(null, size, PROT_READ, MAP_SHARED, descriptor, 0);
      if (address === MAP_FAILED) return undefined;
      return {
        bytes: Buffer.from(koffi.view(address, size)),
        unmap: () => void munmap(address, size),
      };
    };
  } catch {
    return undefined;
  }
}
