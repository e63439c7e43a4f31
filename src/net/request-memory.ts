import type { NetLimits } from './limits.ts';
import { DEFAULT_QUEUED_REQUEST_BYTES } from './limits.ts';

/** A connection that does not read because the memory is used up. */
export interface MemoryWaiter {
  /** What its begun request still lacks; 0 when it has begun none. */
  readonly missingBytes: number;
  /** It may read again: anything, or with an overdraft only until its begun request is whole. */
  memoryGranted(overdraftBytes: number): void;
}

/** What one read of a socket brings at most. */
export const READ_BYTES = 64 * 1024;

/**
 * Counts the bytes of requests that were received and are not yet answered, of all connections, whole requests and
 * begun ones alike (`queued.max.request.bytes`). When they reach the limit, connections wait in line. So that begun
 * requests which fill the memory between them cannot block one another for ever, some of those may be completed beyond
 * the limit: as many as together lack one largest request's bytes. So the bound is the limit, one largest request, and
 * one read of each connection.
 */
export class RequestMemory {
  readonly #limitBytes: number;
  readonly #overdraftLimitBytes: number;
  #heldBytes = 0;
  #overdraftBytes = 0;
  readonly #waiting = new Set<MemoryWaiter>();

  constructor(limits: NetLimits) {
    const { queuedMaxRequestBytes, socketRequestMaxBytes } = limits;
    this.#limitBytes = queuedMaxRequestBytes < 0 ? DEFAULT_QUEUED_REQUEST_BYTES : queuedMaxRequestBytes;
    this.#overdraftLimitBytes = socketRequestMaxBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }
  get isFull(): boolean {
    return this.#heldBytes >= this.#limitBytes;
  }

  take(bytes: number): void {
    this.#heldBytes += bytes;
  }

  /** Gives back what was taken, and the overdraft that let it come, if any. */
  release(bytes: number, overdraftBytes: number): void {
    this.#heldBytes -= bytes;
    this.#overdraftBytes -= overdraftBytes;
    if (this.#waiting.size > 0) this.#grant();
  }

  /** Puts `waiter` in line, until `memoryGranted` or `forget`. */
  wait(waiter: MemoryWaiter): void {
    this.#waiting.add(waiter);
    this.#grant();
  }

  forget(waiter: MemoryWaiter): void {
    this.#waiting.delete(waiter);
  }

  #grant(): void {
    let expectedBytes = this.#heldBytes;
    for (const waiter of this.#waiting) {
      if (expectedBytes < this.#limitBytes) {
        expectedBytes += READ_BYTES;
        this.#waiting.delete(waiter);
        waiter.memoryGranted(0);
      } else if (this.#allowsOverdraft(waiter.missingBytes)) {
        // The read that completes the request may bring the beginning of more.
        const overdraftBytes = waiter.missingBytes + READ_BYTES;
        this.#overdraftBytes += overdraftBytes;
        this.#waiting.delete(waiter);
        waiter.memoryGranted(overdraftBytes);
      }
    }
  }

  #allowsOverdraft(missingBytes: number): boolean {
    if (missingBytes === 0) return false;
    return this.#overdraftBytes === 0 || this.#overdraftBytes + missingBytes <= this.#overdraftLimitBytes;
  }
}
