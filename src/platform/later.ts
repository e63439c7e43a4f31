/**
 * A value that may come later, for one who waits for it: what a promise is, without its turns through the microtask queue.
 * A produced batch is acknowledged in the turn of the event loop in which it was written, and six promises on the way from
 * the log to the socket were a fifth of what a small request costs.
 *
 * Who waits is called by who brings the value, so a `resolve` comes last in what a caller does. A listener must not throw.
 */
export class Later<T> {
  #state: 'open' | 'resolved' | 'rejected' = 'open';
  #value: T | undefined;
  #error: unknown;
  #onValue: ((value: T) => void) | undefined;
  #onError: ((error: unknown) => void) | undefined;

  /** The value is there. Only the first call counts, of this and of `reject`. */
  resolve(value: T): void {
    if (this.#state !== 'open') return;
    this.#state = 'resolved';
    if (this.#onValue === undefined) this.#value = value;
    else this.#onValue(value);
  }

  /** There will be none. */
  reject(error: unknown): void {
    if (this.#state !== 'open') return;
    this.#state = 'rejected';
    if (this.#onError === undefined) this.#error = error;
    else this.#onError(error);
  }

  /** Calls one of the two: at once when it was settled before. For one listener. */
  listen(onValue: (value: T) => void, onError: (error: unknown) => void): void {
    if (this.#state === 'resolved') onValue(this.#value as T);
    else if (this.#state === 'rejected') onError(this.#error);
    this.#onValue = onValue;
    this.#onError = onError;
  }
}

/** For who awaits a value, however it comes. */
export function awaitable<T>(value: Promise<T> | Later<T> | T): Promise<T> | T {
  if (!(value instanceof Later)) return value;
  return new Promise((resolve, reject) => value.listen(resolve, reject));
}
