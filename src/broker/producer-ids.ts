import type { Controller } from '../metadata/controller.ts';
import type { ProducerIdBlock } from '../metadata/controller-requests.ts';

/** Hands out producer ids from blocks that the controller allocates. Kafka's `ProducerIdManager`. */
export class ProducerIds {
  readonly #allocate: () => Promise<ProducerIdBlock>;
  #next = 0;
  #end = 0;
  #allocation: Promise<void> | undefined;

  constructor(controller: Pick<Controller, 'allocateProducerIds'>, brokerId: number, brokerEpoch: () => number) {
    this.#allocate = () => controller.allocateProducerIds(brokerId, brokerEpoch());
  }

  /** A producer id that nobody was given before; rejects when the controller cannot write the next block. */
  async next(): Promise<number> {
    while (this.#next >= this.#end) {
      this.#allocation ??= this.#refill().finally(() => {
        this.#allocation = undefined;
      });
      await this.#allocation;
    }
    return this.#next++;
  }

  async #refill(): Promise<void> {
    const { first, count } = await this.#allocate();
    this.#next = first;
    this.#end = first + count;
  }
}
