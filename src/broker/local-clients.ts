import type { BrokerConfig } from '../config/broker-config.ts';
import { LocalClient } from '../local-client/local-client.ts';
import type { BoundListener, FrameHandler } from '../net/connection.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { Tracing } from '../platform/tracing.ts';

/** Who a client in the process is. */
export interface LocalClientOptions {
  /** `samsa-local` when absent. */
  readonly clientId?: string;
  /** Whose rules hold for it; the first listener of brokers when absent. */
  readonly listenerName?: string;
  /** The address and port of whom it asks for, where they came by another door; this machine's when absent. */
  readonly clientHost?: string;
  readonly clientPort?: number;
}

export interface LocalClientsOptions {
  /** What serves sockets. */
  readonly serve: FrameHandler;
  readonly config: BrokerConfig;
  readonly boundListeners: readonly BoundListener[];
  readonly clock: Clock;
  readonly random: Random;
  readonly tracing?: Tracing | undefined;
}

/** The clients in the process that are open. */
export class LocalClients {
  readonly #options: LocalClientsOptions;
  readonly #open = new Set<LocalClient>();
  #isClosed = false;

  constructor(options: LocalClientsOptions) {
    this.#options = options;
  }

  /** Throws a `RangeError` when there is no such listener. */
  open(options: LocalClientOptions): LocalClient {
    const { serve, config, clock, random, tracing } = this.#options;
    const { clientId = 'samsa-local', clientHost = '127.0.0.1', clientPort = 0 } = options;
    const client = new LocalClient({
      ...{ serve, clientId, clock, random, tracing },
      identity: { ...this.#listener(options.listenerName), clientHost, clientPort },
      maxRequestBytes: config.socketRequestMaxBytes,
    });
    client.onClose(() => void this.#open.delete(client));
    this.#open.add(client);
    if (this.#isClosed) void client.close();
    return client;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#open].map((client) => client.close()));
  }

  #listener(name = this.#options.config.advertisedListeners[0]!.name) {
    const { boundListeners } = this.#options;
    const listener = boundListeners.find((each) => each.name === name);
    if (listener === undefined) {
      const names = boundListeners.map((each) => each.name).join(', ');
      throw new RangeError(`there is no listener ${name}; the broker's are ${names}`);
    }
    return { listenerName: name, securityProtocol: listener.securityProtocol };
  }
}
