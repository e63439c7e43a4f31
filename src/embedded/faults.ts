/** Faults on demand, so that tests see what their program does when the broker does not do well. */
import { ErrorCode, type ErrorName, KafkaError } from '../../protocol/errors.ts';
import type { Intercepted } from '../broker/dispatcher.ts';
import { CloseConnection } from '../handlers/handler.ts';
import type { RequestContext } from '../handlers/request-context.ts';
import { brokerHandlers } from '../handlers/table.ts';
import type { Clock } from '../platform/clock.ts';
import type { MemoryFileSystem } from '../platform/memory-file-system.ts';
import { topicsOf } from './request-topics.ts';

/** Which requests a fault strikes: all that agree with what is given. */
export interface FaultTarget {
  /** Kafka's name: `Produce`, `Fetch`, `JoinGroup` … */
  readonly api?: string;
  readonly clientId?: string;
  /** A topic that the request names. A Fetch within a fetch session names only what changed. */
  readonly topic?: string;
  /** How many times; for ever when absent. */
  readonly count?: number;
}

export type FaultEffect =
  /** Kafka's error, in every place that the answer has for one. */
  | { readonly error: ErrorName }
  /** Held back so long in the broker's time, and with it what comes after it on its connection. */
  | { readonly delayMs: number }
  /** Held back until the fault is removed, and with it what comes after it on its connection. */
  | { readonly barrier: true }
  /** The connection ends without an answer. */
  | { readonly disconnect: true }
  /** No answer, nor to what comes after it on its connection, which stays open. */
  | { readonly blackHole: true }
  /** The disk fails writes of all logs, or of those of `topic`. Only of a broker in memory. */
  | { readonly refuseWrites: 'ENOSPC' | 'EIO' };

export type Fault = FaultTarget & FaultEffect;

export interface InjectedFault {
  /** How often it struck. */
  readonly fired: number;
  /** Resolves once it has struck so often; once when absent. */
  whenFired(times?: number): Promise<void>;
  /** Ends it. A barrier lets go what it holds; what another fault holds back stays held. Idempotent. */
  remove(): void;
}

const EFFECTS = ['error', 'delayMs', 'barrier', 'disconnect', 'blackHole', 'refuseWrites'];
const KEYS = ['api', 'clientId', 'topic', 'count', ...EFFECTS];

export interface FaultsOptions {
  readonly clock: Clock;
  /** The broker's disk now; null for one that no fault can be put on. */
  readonly disk: () => MemoryFileSystem | null;
  /** The broker's own client, which a fault strikes only where it names it. */
  readonly ownClientId: string;
}

export class Faults {
  readonly #options: FaultsOptions;
  readonly #active = new Set<ActiveFault>();
  /** Those that hold something back, also when they have struck as often as they were told. */
  readonly #barriers = new Set<ActiveFault>();
  /** By connection: what its next request waits for. */
  readonly #held = new WeakMap<object, Promise<void>>();
  /** Ends what is held back, and its connection. */
  readonly #letGo = new Set<() => void>();

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  /** From now on. Throws a `TypeError` with a sentence for a fault that names what is not there. */
  inject(fault: Fault): InjectedFault {
    check(fault);
    const active = new ActiveFault(fault, () => this.#active.delete(active));
    this.#active.add(active);
    if ('refuseWrites' in fault) active.undo = this.#failDisk(fault, () => active.fire());
    return active;
  }

  /** Ends all faults. */
  clear(): void {
    for (const fault of [...this.#active, ...this.#barriers]) fault.remove();
  }

  /** Ends all faults, and the connections that they hold: a stop need not wait for them. */
  close(): void {
    this.clear();
    for (const letGo of this.#letGo) letGo();
  }

  /** See `Interceptor`. */
  intercept({ handler, request, context, broker }: Intercepted): Promise<void> | undefined {
    if (this.#active.size === 0 && !this.#held.has(context.session)) return undefined;
    const nameOf = (topicId: string): string | undefined => broker.image().topicsById.get(topicId)?.name;
    for (const active of this.#active) {
      const { fault } = active;
      if ('refuseWrites' in fault || !this.#isTarget(fault, apiName(handler.request.name), context)) continue;
      if (fault.topic !== undefined && !topicsOf(handler.request, request, nameOf).has(fault.topic)) continue;
      active.fire();
      return this.#strike(active, fault, context);
    }
    return this.#held.get(context.session);
  }

  #isTarget({ api, clientId }: FaultTarget, name: string, context: RequestContext): boolean {
    if (api !== undefined && api !== name) return false;
    return clientId === undefined ? context.clientId !== this.#options.ownClientId : clientId === context.clientId;
  }

  async #strike(
    active: ActiveFault,
    fault: Exclude<Fault, { refuseWrites: unknown }>,
    context: RequestContext,
  ): Promise<void> {
    const before = this.#held.get(context.session);
    if ('delayMs' in fault || 'blackHole' in fault || 'barrier' in fault) {
      const until = Promise.all([before, this.#hold(active, fault, context)]).then(() => {});
      this.#held.set(context.session, until);
      return until;
    }
    await before;
    if ('disconnect' in fault) throw new CloseConnection('a fault ends the connection');
    throw new KafkaError(fault.error, `a fault answers ${fault.error}`);
  }

  /** For the time of a delay; of a barrier, until it is removed; of a black hole, and at most, until the client is gone. */
  #hold(active: ActiveFault, fault: Fault, context: RequestContext): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = 'delayMs' in fault ? this.#options.clock.after(fault.delayMs, () => end(resolve)) : undefined;
      const letGo = (): void => end(() => reject(new CloseConnection('a fault held the request until its end')));
      const forget = context.onDisconnect(letGo);
      const end = (settle: () => void): void => {
        timer?.cancel();
        forget();
        this.#letGo.delete(letGo);
        settle();
      };
      this.#letGo.add(letGo);
      if ('barrier' in fault) {
        this.#barriers.add(active);
        active.whenRemoved(() => {
          this.#barriers.delete(active);
          end(resolve);
        });
      }
    });
  }

  #failDisk({ topic, count, refuseWrites }: FaultTarget & { refuseWrites: string }, onStruck: () => void): () => void {
    const disk = this.#options.disk();
    if (disk === null)
      throw new TypeError('refuseWrites: only the disk of a broker in memory refuses writes on demand');
    // A topic's partition has a directory of its own, named topic-partition.
    const directory = topic === undefined ? String.raw`[^/\\]+` : topic.replaceAll('.', String.raw`\.`);
    return disk.inject({
      operation: 'write',
      path: new RegExp(String.raw`[/\\]${directory}-\d+[/\\][^/\\]+\.log$`),
      code: refuseWrites,
      ...(count === undefined ? {} : { times: count }),
      onStruck,
    });
  }
}

class ActiveFault implements InjectedFault {
  readonly fault: Fault;
  fired = 0;
  undo: () => void = () => {};
  readonly #onEnd: () => void;
  readonly #onRemove: (() => void)[] = [];
  readonly #waiting = new Set<{ readonly times: number; readonly resolve: () => void }>();

  /** `onEnd` is called when it strikes no more. */
  constructor(fault: Fault, onEnd: () => void) {
    this.fault = fault;
    this.#onEnd = onEnd;
  }

  fire(): void {
    this.fired++;
    if (this.fired >= (this.fault.count ?? Number.POSITIVE_INFINITY)) this.#end();
    for (const waiting of this.#waiting) {
      if (this.fired < waiting.times) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  whenFired(times = 1): Promise<void> {
    if (this.fired >= times) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add({ times, resolve }));
  }

  whenRemoved(callback: () => void): void {
    this.#onRemove.push(callback);
  }

  remove(): void {
    this.#end();
    for (const callback of this.#onRemove.splice(0)) callback();
  }

  #end(): void {
    this.undo();
    this.#onEnd();
  }
}

function apiName(message: string): string {
  return message.replace(/Request$/, '');
}

function check(fault: Fault): void {
  const names = Object.keys(fault);
  const unknown = names.find((name) => !KEYS.includes(name));
  if (unknown !== undefined) throw new TypeError(`a fault has no ${unknown}; it may have ${KEYS.join(', ')}`);
  const effects = names.filter((name) => EFFECTS.includes(name));
  if (effects.length !== 1) {
    throw new TypeError(
      `a fault has one effect of ${EFFECTS.join(', ')}; this one has ${effects.join(' and ') || 'none'}`,
    );
  }
  const { api, count } = fault;
  const apis = brokerHandlers.map(({ request }) => apiName(request.name));
  if (api !== undefined && !apis.includes(api)) {
    throw new TypeError(`there is no API ${api} to put a fault on; there are ${apis.sort().join(', ')}`);
  }
  if ('error' in fault && (!Object.hasOwn(ErrorCode, fault.error) || fault.error === 'NONE')) {
    throw new TypeError(`Kafka has no error ${fault.error}; take a name of its Errors, such as NOT_LEADER_OR_FOLLOWER`);
  }
  if ('delayMs' in fault && !(fault.delayMs >= 0)) {
    throw new TypeError(`a fault's delayMs is a number of milliseconds, not ${fault.delayMs}`);
  }
  if (count !== undefined && !(Number.isInteger(count) && count > 0)) {
    throw new TypeError(`a fault's count is a whole number above 0, not ${count}`);
  }
}
