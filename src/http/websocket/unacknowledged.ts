import type { ConsumedMessage } from '../../local-client/messages.ts';

/**
 * Messages that were delivered and not yet acknowledged, by partition and offset, and the position below which all are:
 * where another reader may go on and lose nothing.
 */
export class Unacknowledged {
  readonly #delivered = new Map<string, ConsumedMessage>();
  readonly #refused: ConsumedMessage[] = [];
  readonly #refusals = new Map<string, number>();

  get size(): number {
    return this.#delivered.size;
  }

  deliver(message: ConsumedMessage): void {
    this.#delivered.set(idOf(message), message);
  }

  /** False when there is no such message. */
  acknowledge(id: string): boolean {
    this.#refusals.delete(id);
    return this.#delivered.delete(id);
  }

  /** It is to be delivered again. False when there is no such message. */
  refuse(id: string): boolean {
    const message = this.#delivered.get(id);
    if (message === undefined) return false;
    this.#delivered.delete(id);
    this.#refused.push(message);
    this.#refusals.set(id, this.refusals(message) + 1);
    return true;
  }

  /** How often it was refused. */
  refusals(message: ConsumedMessage): number {
    return this.#refusals.get(idOf(message)) ?? 0;
  }

  /** Takes up to `max` messages that were refused. */
  takeRefused(max: number): ConsumedMessage[] {
    return this.#refused.splice(0, max);
  }

  /** @param read the next offset of each partition, of what was read */
  position(read: ReadonlyMap<number, number>): Map<number, number> {
    const position = new Map(read);
    for (const { partition, offset } of [...this.#delivered.values(), ...this.#refused]) {
      if (offset < position.get(partition)!) position.set(partition, offset);
    }
    return position;
  }
}

function idOf({ partition, offset }: ConsumedMessage): string {
  return `${partition}:${offset}`;
}
