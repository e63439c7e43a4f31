/**
 * Counts the bytes of fetch answers that were read and have not left, over all connections. While they are at the limit
 * a fetch gets one batch: the clients go on, and the bound is the limit and one batch of each connection.
 */
export class FetchMemory {
  readonly #limitBytes: number;
  #heldBytes = 0;

  /** @param limitBytes `samsa.fetch.max.in.flight.bytes` */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get freeBytes(): number {
    return Math.max(0, this.#limitBytes - this.#heldBytes);
  }

  take(bytes: number): void {
    this.#heldBytes += bytes;
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}
