import type { Broker } from '../broker/broker.ts';
import { throwIfFailed } from '../local-client/errors.ts';
import type { Isolation, LocalClient, NewTopic, ProduceOptions, TopicMetadata } from '../local-client/local-client.ts';
import { type ConsumedMessage, isList, type Message } from '../local-client/messages.ts';
import type { Clock } from '../platform/clock.ts';
import type { EarlierTopics } from './earlier-topics.ts';
import type { Faults } from './faults.ts';
import { type MessageStream, messageStream, type StartOffset, type StreamOptions, startOffset } from './stream.ts';

export const OWN_CLIENT_ID = 'samsa-embedded';
const DEFAULT_MAX_MESSAGES = 500;
const WAIT_FOR_MS = 5_000;
/** For predicates about something else than the broker, which no change of the broker announces. */
const LOOK_AGAIN_MS = 50;

export interface ProducedMessage {
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

export interface ConsumeOptions {
  /** 0 when absent. */
  readonly partition?: number;
  /** `earliest` when absent. */
  readonly offset?: StartOffset;
  /** 500 when absent. */
  readonly maxMessages?: number;
  /** How long to wait for a first message where there is none; 0 when absent. */
  readonly maxWaitMs?: number;
  readonly isolation?: Isolation;
}

export interface WaitOptions {
  /** 5 s when absent. */
  readonly timeoutMs?: number;
}

/** What tests do with the broker's time. */
export interface TestClock {
  /** Milliseconds since the epoch, as the broker sees it. */
  now(): number;
  /** Moves the broker's time ahead: what falls due on the way happens, in its order. */
  advance(ms: number): Promise<void>;
}

export interface LaunchedBroker {
  readonly broker: Broker;
  /** Whether it cannot go on: the disk of its metadata failed. */
  hasFailed(): boolean;
}

export interface EmbeddedParts {
  readonly launched: LaunchedBroker;
  /** Starts another broker on a port with nothing in it; null where its data is on a disk. */
  readonly relaunch: ((port: number) => Promise<LaunchedBroker>) | null;
  readonly clock: Clock & TestClock;
  readonly faults: Faults;
  readonly earlierTopics: EarlierTopics;
  /** Real time, for what waits for the broker. */
  readonly wallClock: Clock;
  /** After the broker has stopped. */
  readonly cleanUp: () => Promise<void>;
}

/**
 * A broker that runs in this process, with a client of its own beside its port. `startBroker` makes one; it ends with
 * `close`, or with `await using`.
 */
export class EmbeddedBroker implements AsyncDisposable {
  readonly clock: TestClock;
  readonly faults: Pick<Faults, 'inject' | 'clear'>;
  readonly #relaunch: EmbeddedParts['relaunch'];
  #launched: LaunchedBroker;
  #client: LocalClient;
  readonly #faults: Faults;
  readonly #earlierTopics: EarlierTopics;
  readonly #wallClock: Clock;
  readonly #cleanUp: () => Promise<void>;
  /** A field: the class may have been defined where the symbol was not there yet. */
  readonly [Symbol.asyncDispose] = (): Promise<void> => this.close();
  #closing: Promise<void> | undefined;

  constructor({ launched, relaunch, clock, faults, earlierTopics, wallClock, cleanUp }: EmbeddedParts) {
    this.#launched = launched;
    this.#relaunch = relaunch;
    this.#wallClock = wallClock;
    this.#cleanUp = cleanUp;
    this.clock = clock;
    this.faults = faults;
    this.#faults = faults;
    this.#earlierTopics = earlierTopics;
    this.#client = this.#broker.localClient({ clientId: OWN_CLIENT_ID });
  }

  get #broker(): Broker {
    return this.#launched.broker;
  }

  /** Kafka's requests without a socket, for what the methods here do not do. */
  get client(): LocalClient {
    return this.#client;
  }

  /** `host:port`, for any Kafka client. */
  get bootstrapServers(): string {
    const { host, port } = this.#broker.boundListeners[0]!;
    return `${host}:${port}`;
  }

  /** Of the first listener. */
  get port(): number {
    return this.#broker.boundListeners[0]!.port;
  }

  /** Milliseconds that the start took. */
  get readyMs(): number {
    return this.#broker.readyMs;
  }

  /**
   * Appends a message, or several, and resolves when they are written. Rejects with a `KafkaError` when any of them was
   * refused; those before it may be there. See `LocalClient.produce` for each one's outcome.
   */
  produce(topic: string, message: Message, options?: ProduceOptions): Promise<ProducedMessage>;
  produce(topic: string, messages: readonly Message[], options?: ProduceOptions): Promise<ProducedMessage[]>;
  async produce(
    topic: string,
    given: Message | readonly Message[],
    options?: ProduceOptions,
  ): Promise<ProducedMessage | ProducedMessage[]> {
    const messages = isList(given) ? given : [given];
    const outcomes = await this.client.produce(topic, messages, options);
    const produced = outcomes.map(({ error, ...outcome }) => {
      if (error !== null) throw error;
      return outcome;
    });
    return isList(given) ? produced : produced[0]!;
  }

  /** What one partition has from an offset on: once, and no more than is there. */
  async consume(topic: string, options: ConsumeOptions = {}): Promise<ConsumedMessage[]> {
    const { partition = 0, offset = 'earliest', maxMessages = DEFAULT_MAX_MESSAGES } = options;
    const { isolation = 'read_uncommitted' } = options;
    let { maxWaitMs = 0 } = options;
    const found: ConsumedMessage[] = [];
    let position = await startOffset(this.client, topic, partition, offset);
    while (found.length < maxMessages) {
      const [read] = await this.client.fetch({
        partitions: [{ topic, partition, offset: position }],
        maxMessages: maxMessages - found.length,
        ...{ maxWaitMs, isolation },
      });
      if (read === undefined) break;
      if (read.error !== null) throw read.error;
      found.push(...read.messages);
      if (read.nextOffset === position) break;
      position = read.nextOffset;
      if (found.length > 0) maxWaitMs = 0;
    }
    return found;
  }

  /** Messages as they come, for `for await`. */
  stream(topic: string, options: StreamOptions = {}): MessageStream {
    return messageStream(this.client, topic, options);
  }

  /** All that a topic holds, partition by partition; nothing where there is no such topic. */
  async records(topic: string): Promise<ConsumedMessage[]> {
    const { topics } = await this.client.metadata([topic]);
    const found: ConsumedMessage[] = [];
    const partitions = topics.flatMap((each) => each.partitions.map(({ partitionIndex }) => partitionIndex));
    for (const partition of partitions.sort((a, b) => a - b)) {
      found.push(...(await this.consume(topic, { partition, maxMessages: Number.POSITIVE_INFINITY })));
    }
    return found;
  }

  /** Rejects with TOPIC_ALREADY_EXISTS, INVALID_CONFIG and the like. */
  async createTopic(name: string, options: Omit<NewTopic, 'name'> = {}): Promise<void> {
    const [created] = await this.client.createTopics([{ name, ...options }]);
    throwIfFailed(created!, `CreateTopics of ${name}`);
  }

  async deleteTopic(name: string): Promise<void> {
    const [deleted] = await this.client.deleteTopics([name]);
    throwIfFailed(deleted!, `DeleteTopics of ${name}`);
  }

  /** Rejects with UNKNOWN_TOPIC_OR_PARTITION for a topic that is not there. */
  getTopicMetadata(name: string): Promise<TopicMetadata> {
    return this.client.topicMetadata(name, { allowAutoTopicCreation: false });
  }

  /** Names, the broker's own topics left out. */
  async topics(): Promise<string[]> {
    const { topics } = await this.client.metadata(null);
    return topics.flatMap(({ name, isInternal }) => (isInternal || name === null ? [] : [name])).sort();
  }

  /**
   * As if the broker had just been started on an empty directory (`Broker.reset`), and without faults. Clients stay
   * connected; time stays where it was moved to. Where the disk in memory has failed, another broker takes the port, and
   * connections end.
   */
  async reset(): Promise<void> {
    this.faults.clear();
    if (this.#relaunch !== null && this.#launched.hasFailed()) {
      const { port } = this;
      // Its disk failed: it cannot stop cleanly, and nothing of it is needed.
      await this.#broker.stop().catch(() => {});
      this.#launched = await this.#relaunch(port);
      this.#client = this.#broker.localClient({ clientId: OWN_CLIENT_ID });
      return;
    }
    this.#earlierTopics.add(await this.#broker.reset());
  }

  /**
   * Resolves with the first truthy result of `predicate`, which is asked again when something changed in the broker, and
   * now and then, should it be about something else.
   */
  async waitFor<T>(
    predicate: (broker: this) => T | Promise<T>,
    { timeoutMs = WAIT_FOR_MS }: WaitOptions = {},
  ): Promise<T> {
    const untilMs = this.#wallClock.monotonic() + timeoutMs;
    let changed = new Signal();
    const stopWatching = this.#broker.onChange(() => changed.raise());
    try {
      for (;;) {
        // From before the predicate looks: a change while it does has it look again.
        changed = new Signal();
        const result = await predicate(this);
        if (result) return result;
        const leftMs = untilMs - this.#wallClock.monotonic();
        if (leftMs <= 0) {
          throw new Error(`waitFor: the predicate was not fulfilled within ${timeoutMs} ms: ${predicate}`);
        }
        const timer = this.#wallClock.after(Math.min(LOOK_AGAIN_MS, leftMs), () => changed.raise());
        await changed.raised;
        timer.cancel();
      }
    } finally {
      stopWatching();
    }
  }

  /** Stops the broker; a temporary directory is removed. Idempotent. */
  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#faults.close();
      this.#closing = this.#broker.stop().finally(this.#cleanUp);
    }
    return this.#closing;
  }
}

/** Once raised it stays so. */
class Signal {
  raise: () => void = () => {};
  readonly raised = new Promise<void>((resolve) => {
    this.raise = resolve;
  });
}
