import { SIZE_BYTES } from '../../protocol/wire/frame-splitter.ts';
import { writeInt32 } from '../../protocol/wire/integers.ts';
import type { AnswerTurn, FrameAnswer } from './connection.ts';

/** Buffers below this size are copied together: cheaper than one more entry in the vectored write. */
const COPY_BELOW_BYTES = 4096;
const LARGEST_ANSWER_BYTES = 2 ** 31 - 1;

/** The line that a place is in. */
export interface AnswerLine {
  /** Whether the place's turn is here: nothing is before it, and not too much of what was answered waits to be taken. */
  hasTurn(place: Place): boolean;
  /** A request asks for its turn; `Place.come` is due once it is here. */
  awaited(): void;
}

/** One request's place in the line of answers. */
export class Place implements AnswerTurn {
  readonly frameBytes: number;
  readonly overdraftBytes: number;
  readonly #line: AnswerLine;
  next: Place | null = null;
  outcome: Outcome | null = null;
  #come: ((isHere: boolean) => void) | null = null;
  #sent: (() => void)[] | null = null;
  #isGone = false;

  constructor(frameBytes: number, overdraftBytes: number, line: AnswerLine) {
    this.frameBytes = frameBytes;
    this.overdraftBytes = overdraftBytes;
    this.#line = line;
  }

  get isAwaited(): boolean {
    return this.#come !== null;
  }

  comes(): boolean | Promise<boolean> {
    if (this.#isGone) return false;
    if (this.#line.hasTurn(this)) return true;
    return new Promise((resolve) => {
      this.#come = resolve;
      this.#line.awaited();
    });
  }

  /** The turn is here. */
  come(): void {
    const come = this.#come;
    this.#come = null;
    come?.(!this.#isGone);
  }

  onSent(callback: () => void): void {
    if (this.#isGone) {
      callback();
    } else {
      this.#sent ??= [];
      this.#sent.push(callback);
    }
  }

  /** Whether somebody waits to hear that the answer has left. */
  get isWatched(): boolean {
    return this.#sent !== null;
  }

  /** The answer has left, or never will. */
  gone(): void {
    this.#isGone = true;
    this.come();
    const callbacks = this.#sent;
    this.#sent = null;
    for (const callback of callbacks ?? []) callback();
  }
}

/** How a request ended: an answer and its size, or the error that closes the connection. */
interface Outcome {
  readonly answer: FrameAnswer;
  readonly bytes: number;
  readonly failure: { readonly error: unknown } | null;
}

/** Keeps a connection's answers in the order of its requests, and lays out for the socket those whose turn has come. */
export class AnswerQueue {
  #first: Place | null = null;
  #last: Place | null = null;
  /** Answers whose turn has come. */
  #ready: (readonly Buffer[])[] = [];
  /** Those of them whose leaving somebody waits for. */
  #watched: Place[] = [];
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
  /** The request whose turn it is, while it has no answer. */
  get next(): Place | null {
    return this.#first;
  }
  /** The failure of the request whose turn it is. */
  get failure(): { readonly error: unknown } | null {
    return this.#error;
  }

  /** Puts the next request in line, for `settle` or `fail` later. */
  add(place: Place): void {
    if (this.#last === null) this.#first = place;
    else this.#last.next = place;
    this.#last = place;
  }

  settle(place: Place, answer: FrameAnswer): void {
    const bytes = sizeOf(answer);
    place.outcome = { answer, bytes, failure: null };
    this.#waitingBytes += bytes;
    if (place === this.#first) this.#advance();
  }

  fail(place: Place, error: unknown): void {
    place.outcome = { answer: null, bytes: 0, failure: { error } };
    if (place === this.#first) this.#advance();
  }

  #advance(): void {
    let place = this.#first;
    while (place !== null && place.outcome !== null && this.#error === null) {
      const { answer, bytes, failure } = place.outcome;
      if (failure !== null) {
        this.#error = failure;
        place.gone();
      } else {
        this.#waitingBytes -= bytes;
        this.#makeReady(answer, bytes, place);
      }
      place = place.next;
    }
    this.#first = place;
    if (place === null) this.#last = null;
  }

  #makeReady(answer: FrameAnswer, bytes: number, place: Place): void {
    if (answer === null || this.#error !== null) {
      place.gone();
      return;
    }
    if (bytes > LARGEST_ANSWER_BYTES) {
      this.#error = { error: new RangeError(`an answer of ${bytes} bytes, ${LARGEST_ANSWER_BYTES} are possible`) };
      place.gone();
      return;
    }
    this.#ready.push(answer);
    this.#readyBytes += bytes;
    if (place.isWatched) this.#watched.push(place);
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
      writeInt32(small, lengthOf(answer), at);
      at += SIZE_BYTES;
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

  /** The places to tell once what `takeReady` returned has left; null for none. */
  takeWatched(): readonly Place[] | null {
    if (this.#watched.length === 0) return null;
    const watched = this.#watched;
    this.#watched = [];
    return watched;
  }

  /** Nothing more is sent: tells everyone who waits for a turn or an answer's leaving. */
  abandon(): void {
    for (const place of this.#watched) place.gone();
    this.#watched = [];
    for (let place = this.#first; place !== null; place = place.next) place.gone();
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
