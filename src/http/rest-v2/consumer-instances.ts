import { localCluster } from '../../client/local-cluster.ts';
import type { LocalClient } from '../../local-client/local-client.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import { RestError } from '../rest-error.ts';
import { ConsumerInstance, type InstanceSettings } from './consumer-instance.ts';
import { RestCode } from './rest-error.ts';

/** `consumer.instance.timeout.ms` of the REST Proxy: an instance that nobody asks for so long is closed. */
const IDLE_MS = 300_000;
const MAX_INSTANCES = 1000;
/** How long a stop waits for instances to commit and to leave: one may be waiting for a group, or for a topic. */
const STOP_GRACE_MS = 2000;

interface Kept {
  readonly instance: ConsumerInstance;
  readonly client: LocalClient;
  timer: Timer | undefined;
}

/** The consumers that requests have made, by group and name. */
export class ConsumerInstances {
  readonly #ports: { readonly clock: Clock; readonly random: Random };
  readonly #kept = new Map<string, Kept>();

  constructor(ports: { readonly clock: Clock; readonly random: Random }) {
    this.#ports = ports;
  }

  /** A name that is given is kept; another one is made up. `client` is the instance's own, closed with it. */
  create(client: LocalClient, settings: Omit<InstanceSettings, 'instanceId'> & { readonly name: string | undefined }) {
    const { name, ...rest } = settings;
    const instanceId = name ?? `rest-consumer-${this.#ports.random.bytes(16).toString('hex')}`;
    const key = keyOf(settings.groupId, instanceId);
    if (this.#kept.has(key)) {
      throw new RestError(
        RestCode.CONSUMER_ALREADY_EXISTS,
        'Consumer with specified consumer ID already exists in the group.',
      );
    }
    if (this.#kept.size >= MAX_INSTANCES) {
      throw new RestError(RestCode.TOO_MANY_INSTANCES, `there are ${MAX_INSTANCES} consumer instances: delete some`);
    }
    const instance = new ConsumerInstance(localCluster(client, this.#ports), { ...rest, instanceId });
    const kept: Kept = { instance, client, timer: undefined };
    this.#kept.set(key, kept);
    this.#touch(key, kept);
    return instance;
  }

  /** Throws 40403 when there is none. */
  find(groupId: string, instanceId: string): ConsumerInstance {
    const key = keyOf(groupId, instanceId);
    const kept = this.#kept.get(key);
    if (kept === undefined) throw new RestError(RestCode.CONSUMER_INSTANCE_NOT_FOUND, 'Consumer instance not found.');
    this.#touch(key, kept);
    return kept.instance;
  }

  async delete(groupId: string, instanceId: string): Promise<void> {
    this.find(groupId, instanceId);
    await this.#close(keyOf(groupId, instanceId));
  }

  async closeAll(): Promise<void> {
    const instances = [...this.#kept.values()].map(({ instance }) => instance);
    const late = this.#ports.clock.after(STOP_GRACE_MS, () => {
      for (const instance of instances) instance.abandon();
    });
    await Promise.allSettled([...this.#kept.keys()].map((key) => this.#close(key)));
    late.cancel();
  }

  async #close(key: string): Promise<void> {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    kept.timer?.cancel();
    try {
      await kept.instance.close();
    } finally {
      await kept.client.close();
    }
  }

  #touch(key: string, kept: Kept): void {
    kept.timer?.cancel();
    // Whoever is gone needs no answer; the group misses the member by its session.
    kept.timer = this.#ports.clock.after(IDLE_MS, () => void this.#close(key).catch(() => {}));
  }
}

function keyOf(groupId: string, instanceId: string): string {
  return JSON.stringify([groupId, instanceId]);
}
