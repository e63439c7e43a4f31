/**
 * Metrics that clients push (KIP-714), as Kafka's `ClientMetricsManager` takes them: each client instance is told the
 * metrics of the subscriptions that match it and how often to push them, and is held to it. The last push of each is
 * kept, decompressed OTLP as it came, until the client's connection ends or it falls silent. From the first look at
 * `samples` on, for whoever shows metrics, pushes are read and added up.
 */

import { KafkaError, toKafkaError } from '../../protocol/errors.ts';
import { compressionType, decompress } from '../../protocol/records/compression.ts';
import { crc32c } from '../../protocol/records/crc32c.ts';
import { type ClientMetricsSubscription, clientMetricsSubscription } from '../config/client-metrics-config.ts';
import type { ClientDescription, InstanceSubscription, Push } from '../handlers/context.ts';
import { ConfigResource, configResource, DirectoryId, type MetadataImage, ZERO_UUID } from '../metadata/image.ts';
import type { Clock } from '../platform/clock.ts';
import { type Random, randomUuid } from '../platform/random.ts';
import { ClientMetricTotals, type ClientSample } from './client-metric-totals.ts';
import type { decodeMetrics } from './otlp-metrics.ts';

/** Kafka's bounds and defaults. */
const MOST_INSTANCES = 16_384;
const DEFAULT_INTERVAL_MS = 300_000;
/** An instance that is silent for so many intervals, and at least for so long, is forgotten. */
const SILENT_INTERVALS = 3;
const SHORTEST_SILENCE_MS = 60_000;
/** What a push may become when it is decompressed, and what all that is kept may hold together. */
const MOST_EXPANSION = 16;
const MOST_KEPT_BYTES = 64 * 1024 * 1024;
const LAST_COMPRESSION_TYPE = 4;

interface Instance extends InstanceSubscription {
  readonly madeFor: ReadonlyMap<string, ClientMetricsSubscription>;
  lastGetMs: number;
  lastPushMs: number;
  lastError: 'UNKNOWN_SUBSCRIPTION_ID' | 'UNSUPPORTED_COMPRESSION_TYPE' | null;
  isTerminating: boolean;
  last: Buffer | null;
  /** When it asked or pushed last. */
  heardMs: number;
  /** Its connection need not say any more when it ends. */
  readonly disregard: () => void;
}

export interface ClientMetricsOptions {
  readonly image: () => MetadataImage;
  /** `telemetry.max.bytes` */
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly random: Random;
}

export class ClientMetrics {
  readonly maxBytes: number;
  readonly #options: ClientMetricsOptions;
  #configs: MetadataImage['configsByResource'] | undefined;
  #subscriptions: ReadonlyMap<string, ClientMetricsSubscription> = new Map();
  /** The least recently heard of first. */
  readonly #instances = new Map<string, Instance>();
  #keptBytes = 0;
  readonly #totals = new ClientMetricTotals();
  #decode: typeof decodeMetrics | undefined;

  constructor(options: ClientMetricsOptions) {
    this.#options = options;
    this.maxBytes = options.maxBytes;
  }

  /**
   * Every number of every client instance that is known, as it stands: a counter is what was counted since the first look,
   * or the push that was the last one then.
   */
  async samples(): Promise<Iterable<ClientSample>> {
    if (this.#decode === undefined) {
      const { decodeMetrics } = await import('./otlp-metrics.ts');
      this.#begin(decodeMetrics);
    }
    return this.#totals.samples();
  }

  #begin(decode: typeof decodeMetrics): void {
    if (this.#decode !== undefined) return;
    this.#decode = decode;
    for (const [id, metrics] of this.latest()) {
      try {
        this.#totals.add(id, decode(metrics));
      } catch {
        // It was not read when it came, so its client was not told; the next one will be refused.
      }
    }
  }

  /** The last push of each client instance that is known, by its id: OTLP `MetricsData`. */
  *latest(): Generator<[clientInstanceId: string, metrics: Buffer]> {
    for (const [id, { last }] of this.#instances) if (last !== null) yield [id, last];
  }

  /** Throws THROTTLING_QUOTA_EXCEEDED for who asks again before the interval is over. */
  subscribe(askedId: string, client: ClientDescription): InstanceSubscription {
    const id = askedId === ZERO_UUID ? randomUuid(this.#options.random) : askedId;
    const instance = this.#instance(id, client);
    const nowMs = this.#options.clock.monotonic();
    const isDue = nowMs - Math.max(instance.lastGetMs, instance.lastPushMs) >= instance.pushIntervalMs;
    if (!isDue && instance.lastError === null) throw throttled(id);
    instance.lastGetMs = nowMs;
    instance.lastError = null;
    return instance;
  }

  /** Throws the `KafkaError` that refuses the push. */
  push(push: Push, client: ClientDescription): void {
    const { clientInstanceId: id, terminating } = push;
    if (Object.values<string>(DirectoryId).includes(id)) {
      throw new KafkaError('INVALID_REQUEST', `Invalid request from the client [${id}], invalid client instance id`);
    }
    const instance = this.#instance(id, client);
    this.#check(push, instance);
    instance.isTerminating = terminating;
    instance.lastError = null;
    if (push.metrics.length === 0) return;
    try {
      const maxBytes = this.maxBytes * MOST_EXPANSION;
      const metrics = decompress(compressionType(push.compressionType), push.metrics, { maxBytes });
      if (this.#decode !== undefined) this.#totals.add(id, this.#decode(metrics));
      this.#keep(instance, metrics);
    } catch (cause) {
      const { message } = toKafkaError(cause);
      throw new KafkaError('INVALID_RECORD', `metrics of client ${id} cannot be read: ${message}`, { cause });
    }
  }

  #check({ terminating, subscriptionId, compressionType: code, metrics }: Push, instance: Instance): void {
    const { clientInstanceId: id } = instance;
    if (instance.isTerminating) {
      throw new KafkaError(
        'INVALID_REQUEST',
        `Client [${id}] sent the previous request with state terminating to TRUE, can not accept any requests after that`,
      );
    }
    const nowMs = this.#options.clock.monotonic();
    // The first push after the subscriptions were asked for comes with a jitter, so it is not held to the interval.
    const isDue = instance.lastGetMs > instance.lastPushMs || nowMs - instance.lastPushMs >= instance.pushIntervalMs;
    if (isDue) instance.lastPushMs = nowMs;
    else if (!terminating) throw throttled(id);
    if (subscriptionId !== instance.subscriptionId) {
      instance.lastError = 'UNKNOWN_SUBSCRIPTION_ID';
      throw new KafkaError('UNKNOWN_SUBSCRIPTION_ID', `Unknown client subscription id for the client [${id}]`);
    }
    if (code < 0 || code > LAST_COMPRESSION_TYPE) {
      instance.lastError = 'UNSUPPORTED_COMPRESSION_TYPE';
      throw new KafkaError(
        'UNSUPPORTED_COMPRESSION_TYPE',
        `Unknown compression type [${code}] is received in telemetry request from [${id}]`,
      );
    }
    if (metrics.length > this.maxBytes) {
      throw new KafkaError(
        'TELEMETRY_TOO_LARGE',
        `Telemetry request from [${id}] is larger than the maximum allowed size [${this.maxBytes}]`,
      );
    }
  }

  #keep(instance: Instance, metrics: Buffer): void {
    this.#keptBytes += metrics.length - (instance.last?.length ?? 0);
    // Uncompressed they lie in the request, all of which they would keep.
    instance.last = Buffer.from(metrics);
    for (const each of this.#instances.values()) {
      if (this.#keptBytes <= MOST_KEPT_BYTES) break;
      this.#keptBytes -= each.last?.length ?? 0;
      each.last = null;
    }
  }

  /** The instance as the subscriptions of now make it; a new one when it is not known or they have changed. */
  #instance(id: string, client: ClientDescription): Instance {
    const subscriptions = this.#current();
    const known = this.#instances.get(id);
    this.#instances.delete(id);
    const disregard = known?.disregard ?? client.onDisconnect(() => this.#forget(id));
    const instance = known?.madeFor === subscriptions ? known : made(id, client, subscriptions, known, disregard);
    instance.heardMs = this.#options.clock.monotonic();
    this.#instances.set(id, instance);
    for (const [oldest, { heardMs, pushIntervalMs }] of this.#instances) {
      const silenceMs = Math.max(pushIntervalMs * SILENT_INTERVALS, SHORTEST_SILENCE_MS);
      if (this.#instances.size <= MOST_INSTANCES && instance.heardMs - heardMs < silenceMs) break;
      this.#forget(oldest);
    }
    return instance;
  }

  #forget(id: string): void {
    const instance = this.#instances.get(id);
    if (instance === undefined) return;
    this.#keptBytes -= instance.last?.length ?? 0;
    this.#instances.delete(id);
    this.#totals.forget(id);
    instance.disregard();
  }

  #current(): ReadonlyMap<string, ClientMetricsSubscription> {
    const { configsByResource } = this.#options.image();
    if (configsByResource === this.#configs) return this.#subscriptions;
    this.#configs = configsByResource;
    const before = this.#subscriptions;
    const now = new Map<string, ClientMetricsSubscription>();
    for (const [key, configs] of configsByResource) {
      const { type, name } = configResource(key);
      if (type === ConfigResource.CLIENT_METRICS) now.set(name, clientMetricsSubscription(configs));
    }
    // Alterations of other configs leave the instances as they are.
    if (described(before) !== described(now)) this.#subscriptions = now;
    return this.#subscriptions;
  }
}

function made(
  id: string,
  client: ClientDescription,
  subscriptions: ReadonlyMap<string, ClientMetricsSubscription>,
  before: Instance | undefined,
  disregard: () => void,
): Instance {
  const metrics = new Set<string>();
  let pushIntervalMs = DEFAULT_INTERVAL_MS;
  for (const subscription of subscriptions.values()) {
    if (!isMatch(subscription, id, client)) continue;
    for (const prefix of subscription.metrics) metrics.add(prefix);
    pushIntervalMs = Math.min(pushIntervalMs, subscription.intervalMs);
  }
  // The wire's word for all metrics is one empty prefix in the client, and `*` from the broker.
  const requested = metrics.has('') ? ['*'] : [...metrics].sort();
  return {
    clientInstanceId: id,
    subscriptionId: crc32c(Buffer.from(JSON.stringify([id, requested, pushIntervalMs]))) | 0,
    pushIntervalMs,
    metrics: requested,
    madeFor: subscriptions,
    lastGetMs: Number.NEGATIVE_INFINITY,
    lastPushMs: Number.NEGATIVE_INFINITY,
    lastError: null,
    isTerminating: false,
    last: before?.last ?? null,
    heardMs: Number.NEGATIVE_INFINITY,
    disregard,
  };
}

function isMatch({ match }: ClientMetricsSubscription, id: string, client: ClientDescription): boolean {
  for (const [selector, pattern] of match) {
    if (!pattern.test(selector === 'client_instance_id' ? id : client[selector])) return false;
  }
  return true;
}

function described(subscriptions: ReadonlyMap<string, ClientMetricsSubscription>): string {
  return JSON.stringify(
    Array.from(subscriptions, ([name, { intervalMs, metrics, match }]) => [
      name,
      intervalMs,
      metrics,
      Array.from(match, ([selector, { source }]) => [selector, source]),
    ]),
  );
}

function throttled(id: string): KafkaError {
  return new KafkaError(
    'THROTTLING_QUOTA_EXCEEDED',
    `Request from the client [${id}] arrived before the next push interval time`,
  );
}
