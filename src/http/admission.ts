/** What HTTP may hold at once, over all connections: requests, and bytes of their bodies and answers. */
import { KafkaError } from '../../protocol/errors.ts';

export interface AdmissionLimits {
  /** `http.max.in.flight.requests` */
  readonly requests: number;
  /** `http.max.in.flight.bytes` */
  readonly bytes: number;
}

/** One request's share, given back once. */
export interface Admitted {
  /** False when there is no room; then nothing is taken. */
  grow(bytes: number): boolean;
  release(): void;
}

export class Admission {
  readonly #limits: AdmissionLimits;
  #requests = 0;
  #bytes = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  get requests(): number {
    return this.#requests;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get freeBytes(): number {
    return this.#limits.bytes - this.#bytes;
  }

  /** Throws BROKER_NOT_AVAILABLE when the limits are reached: the client is to ask again. A lone request has room always. */
  admit(bytes: number): Admitted {
    if (this.#requests >= this.#limits.requests) {
      throw new KafkaError(
        'BROKER_NOT_AVAILABLE',
        `http.max.in.flight.requests of ${this.#limits.requests} is reached`,
      );
    }
    if (this.#bytes > 0 && bytes > this.freeBytes) {
      throw new KafkaError('BROKER_NOT_AVAILABLE', `http.max.in.flight.bytes of ${this.#limits.bytes} is reached`);
    }
    let held = bytes;
    let isReleased = false;
    this.#requests++;
    this.#bytes += bytes;
    return {
      grow: (more) => {
        if (isReleased || more > this.freeBytes) return false;
        held += more;
        this.#bytes += more;
        return true;
      },
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#requests--;
        this.#bytes -= held;
      },
    };
  }
}
