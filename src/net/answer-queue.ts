import { SIZE_BYTES } from '../../protocol/wire/frame-splitter.ts';
import type { FrameAnswer } from './connection.ts';

/** Buffers below this size are copied together: cheaper than one more entry in the vectored write. */
const COPY_BELOW_BYTES = 4096;
const LARGEST_ANSWER_BYTES = 2 ** 31 - 1;

/** One request's place in the line of answers. */
export interface Place {
  readonly frameBytes: number;
  readonly overdraftBytes: number;
  next: Place | null;
  outcome: Outcome | null;
}

/** How a request ended: an answer and its size, or the error that closes the connection. */
type Outcome = { readonly answer: FrameAnswer; readonly bytes: number } | { readonly error: unknown };

/** Keeps a connection's answers in the order of its requests, and lays out for the socket those whose turn has come. */
export class AnswerQueue {
  #first: Place | null = null;
  #last: Place | null = null;
  /** Answers whose turn has come. */
  #ready: (readonly Buffer[])[] = [];
  #readyBytes = 0;
  #waitingBytes = 0;
  #error: { readonly error: unknown } | null = null;

  /** Bytes of answers that were not taken by `takeReady` yet. */
  get bytes(): number {
    return this.#readyBytes + this.#waitingBytes;
  }
  get hasReady(): boolean {
    return this.#ready.length > 0;
  }
  /** No request is waiting for its answer or for its turn. */
  get isEmpty(): boolean {
    return this.#first === null;
  }
  /** The failure of the request whose turn it is. */
  get failure(): { readonly error: unknown } | null {
    return this.#error;
  }

  /** The next request's place, for `settle` or `fail` later. */
  reserve(frameBytes: number, overdraftBytes: number): Place {
    const place: Place = { frameBytes, overdraftBytes, next: null, outcome: null };
    if (this.#last === null) this.#first = place;
    else this.#last.next = place;
    this.#last = place;
    return place;
  }

  /** The next request's answer, known at once. */
  append(answer: FrameAnswer): void {
    if (this.#first === null) this.#makeReady(answer, sizeOf(answer));
    else this.settle(this.reserve(0, 0), answer);
  }

  settle(place: Place, answer: FrameAnswer): void {
    const bytes = sizeOf(answer);
    place.outcome = { answer, bytes };
    this.#waitingBytes += bytes;
    if (place === this.#first) this.#advance();
  }

  fail(place: Place, error: unknown): void {
    place.outcome = { error };
    if (place === this.#first) this.#advance();
  }

  #advance(): void {
    let place = this.#first;
    while (place !== null && place.outcome !== null && this.#error === null) {
      const { outcome } = place;
      if ('error' in outcome) {
        this.#error = outcome;
      } else {
        this.#waitingBytes -= outcome.bytes;
        this.#makeReady(outcome.answer, outcome.bytes);
      }
      place = place.next;
    }
    this.#first = place;
    if (place === null) this.#last = null;
  }

  #makeReady(answer: FrameAnswer, bytes: number): void {
    if (answer === null || this.#error !== null) return;
    if (bytes > LARGEST_ANSWER_BYTES) {
      this.#error = { error: new RangeError(`an answer of ${bytes} bytes, ${LARGEST_ANSWER_BYTES} are possible`) };
      return;
    }
    this.#ready.push(answer);
    this.#readyBytes += bytes;
  }

  /** The bytes of all answers whose turn has come, sizes included, in few buffers. */
  takeReady(): Buffer[] {
    let smallBytes = 0;
    for (const answer of this.#ready) {
      smallBytes += SIZE_BYTES;
      for (const part of answer) if (part.length < COPY_BELOW_BYTES) smallBytes += part.length;
    }
    const small = Buffer.allocUnsafe(smallBytes);
    const parts: Buffer[] = [];
    let start = 0;
    let at = 0;
    for (const answer of this.#ready) {
      at = small.writeInt32BE(lengthOf(answer), at);
      for (const part of answer) {
        if (part.length < COPY_BELOW_BYTES) {
          small.set(part, at);
          at += part.length;
        } else {
          if (at > start) parts.push(small.subarray(start, at));
          start = at;
          parts.push(part);
        }
      }
    }
    if (at > start) parts.push(small.subarray(start, at));
    this.#ready = [];
    this.#readyBytes = 0;
    return parts;
  }
}

function sizeOf(answer: FrameAnswer): number {
  return answer === null ? 0 : lengthOf(answer);
}

function lengthOf(answer: readonly Buffer[]): number {
  let bytes = 0;
  for (const part of answer) bytes += part.length;
  return bytes;
}
