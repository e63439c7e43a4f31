/**
 * Requests that come again under the same `Idempotency-Key` (the IETF's draft of that name): a repeat gets the first one's
 * answer, and nothing is done twice. Kept in memory, within bounds; a broker that starts again knows no keys.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';

export interface KeptAnswer {
  readonly status: number;
  /** JSON. */
  readonly text: string;
}

export interface IdempotenceLimits {
  /** `http.idempotence.max.bytes`, of all answers that are kept, with their keys. */
  readonly maxBytes: number;
  /** `http.idempotence.ms` */
  readonly keepMs: number;
}

interface Entry {
  readonly fingerprint: string;
  readonly answer: Promise<KeptAnswer>;
  bytes: number;
  /** On the clock that never goes back; as long as the first request is under way, never. */
  endsMs: number;
}

/** A key that stood for another request; HTTP's 422, as the draft has it. */
export class OtherRequestError extends Error {
  override readonly name = 'OtherRequestError';
  readonly statusCode = 422;
}

/** What an entry takes beside its answer. */
const ENTRY_BYTES = 400;

export class Idempotence {
  readonly #limits: IdempotenceLimits;
  readonly #clock: Clock;
  /** The oldest first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(limits: IdempotenceLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Does `work`, or answers what it answered before under this key; who comes while it is under way waits for it. What
   * failed is not kept, so that it can be tried again. Rejects with `OtherRequestError`.
   */
  async once(
    key: string,
    request: unknown,
    work: () => Promise<KeptAnswer>,
  ): Promise<KeptAnswer & { readonly isRepeat: boolean }> {
    this.#forgetOld();
    const fingerprint = createHash('sha256').update(JSON.stringify(request)).digest('base64');
    const known = this.#entries.get(key);
    if (known !== undefined) {
      if (known.fingerprint !== fingerprint) {
        throw new OtherRequestError(`the idempotency key ${key} stood for another request before`);
      }
      return { ...(await known.answer), isRepeat: true };
    }
    const answer = work();
    const entry: Entry = { fingerprint, answer, bytes: 0, endsMs: Number.POSITIVE_INFINITY };
    this.#entries.set(key, entry);
    this.#grow(entry, ENTRY_BYTES + key.length);
    try {
      const { status, text } = await answer;
      entry.endsMs = this.#clock.monotonic() + this.#limits.keepMs;
      this.#grow(entry, text.length);
      return { status, text, isRepeat: false };
    } catch (failure) {
      this.#forget(key, entry);
      throw failure;
    }
  }

  #grow(entry: Entry, bytes: number): void {
    entry.bytes += bytes;
    this.#bytes += bytes;
    this.#forgetOld();
  }

  /** Those whose time is over, and the oldest while there are too many; not those under way. */
  #forgetOld(): void {
    const nowMs = this.#clock.monotonic();
    for (const [key, entry] of this.#entries) {
      const isUnderWay = entry.endsMs === Number.POSITIVE_INFINITY;
      if (isUnderWay) continue;
      if (entry.endsMs > nowMs && this.#bytes <= this.#limits.maxBytes) return;
      this.#forget(key, entry);
    }
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}
