/**
 * What clients pushed, added up: the newest value of gauges, and the total of counters, of which clients push what was
 * added since the last time.
 */
import type { Measured } from './otlp-metrics.ts';

/** One number of one client instance, as it stands. */
export interface ClientSample {
  readonly clientInstanceId: string;
  readonly name: string;
  readonly kind: Measured['kind'];
  readonly attributes: ReadonlyMap<string, string>;
  readonly value: number;
}

/** New series above it are left out: whoever may push could make as many as they like. */
const MOST_SERIES = 100_000;

export class ClientMetricTotals {
  readonly #byInstance = new Map<string, Map<string, ClientSample>>();
  #series = 0;

  add(clientInstanceId: string, measured: readonly Measured[]): void {
    const ofInstance = this.#byInstance.get(clientInstanceId) ?? new Map<string, ClientSample>();
    this.#byInstance.set(clientInstanceId, ofInstance);
    for (const { name, kind, isDelta, attributes, value } of measured) {
      const key = JSON.stringify([name, ...[...attributes].sort()]);
      const before = ofInstance.get(key);
      if (before === undefined) {
        if (this.#series >= MOST_SERIES) continue;
        this.#series++;
      }
      const total = isDelta ? (before?.value ?? 0) + value : value;
      ofInstance.set(key, { clientInstanceId, name, kind, attributes, value: total });
    }
  }

  forget(clientInstanceId: string): void {
    this.#series -= this.#byInstance.get(clientInstanceId)?.size ?? 0;
    this.#byInstance.delete(clientInstanceId);
  }

  *samples(): Generator<ClientSample> {
    for (const ofInstance of this.#byInstance.values()) yield* ofInstance.values();
  }
}
