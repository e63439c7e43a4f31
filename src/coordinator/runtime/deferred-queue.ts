/** Operations whose records are appended and that wait for the high watermark. */
import type { KafkaError } from '../../../protocol/errors.ts';
import type { Offset } from './timeline.ts';

/** An operation that is answered once; later answers do nothing. */
export interface Completion {
  readonly name: string;
  readonly isDone: boolean;
  complete(error: KafkaError | null): void;
}

export class DeferredQueue {
  /** In ascending order of the offset that commits them. */
  #waiting: { readonly offset: Offset; readonly completion: Completion }[] = [];

  add(offset: Offset, completion: Completion): void {
    this.#waiting.push({ offset, completion });
  }

  /** Answers what `highWatermark` commits. */
  completeUpTo(highWatermark: Offset): void {
    const end = this.#waiting.findIndex(({ offset }) => offset > highWatermark);
    this.#complete(end < 0 ? this.#waiting.length : end, null);
  }

  failAll(error: KafkaError): void {
    this.#complete(this.#waiting.length, error);
  }

  #complete(count: number, error: KafkaError | null): void {
    if (count === 0) return;
    for (const { completion } of this.#waiting.splice(0, count)) completion.complete(error);
  }
}
