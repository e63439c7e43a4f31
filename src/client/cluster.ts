import { ErrorCode, isRetriable, KafkaError } from '../../protocol/errors.ts';
import { metadataRequest, metadataResponse } from '../../protocol/schema/03-metadata.ts';
import { findCoordinatorRequest, findCoordinatorResponse } from '../../protocol/schema/10-find-coordinator.ts';
import type { Decoded, Encodable, Message } from '../../protocol/schema/table.ts';
import { throwIfFailed } from '../local-client/errors.ts';
import { ConnectionError } from '../net/client-socket.ts';
import { type Api, BrokerConnection, type ClientPorts, type SendOptions } from './broker-connection.ts';
import type { Address, ClientConfig } from './client-config.ts';

const METADATA = [metadataRequest, metadataResponse] as const;
const FIND_COORDINATOR = [findCoordinatorRequest, findCoordinatorResponse] as const;
/** The last version that asks for one key at a time. */
const FIND_COORDINATOR_VERSION = 3;
/** FindCoordinator's key types. */
const GROUP = 0;
const TRANSACTION = 1;

const FIRST_BACKOFF_MS = 50;
/** `retry.backoff.max.ms`. */
const LONGEST_BACKOFF_MS = 1000;

export type ClusterMetadata = Decoded<typeof metadataResponse>;
export type TopicMetadata = ClusterMetadata['topics'][number];

/** A way to one broker: a connection, or the broker of this process. */
export type BrokerLink = Pick<BrokerConnection, 'isClosed' | 'send' | 'versionOf' | 'apiVersions' | 'close'>;

/** Opens the way to the broker at an address. */
export type OpenBroker = (address: Address, config: ClientConfig, ports: ClientPorts) => Promise<BrokerLink>;

/** A Kafka cluster as a client sees it: a connection to each broker that is needed, and who is in charge of what. */
export class Cluster {
  readonly config: ClientConfig;
  readonly ports: ClientPorts;
  readonly #open: OpenBroker;
  readonly #connections = new Map<string, Promise<BrokerLink>>();
  readonly #brokers = new Map<number, Address>();
  readonly #leaders = new Map<string, number>();
  #isClosed = false;

  constructor(config: ClientConfig, ports: ClientPorts, open: OpenBroker = BrokerConnection.open) {
    this.config = config;
    this.ports = ports;
    this.#open = open;
  }

  /** A connection to any broker: the bootstrap servers first, in their order. Rejects when none answers. */
  async any(): Promise<BrokerLink> {
    const failures: unknown[] = [];
    for (const address of [...this.config.bootstrapServers, ...this.#brokers.values()]) {
      try {
        return await this.at(address);
      } catch (failure) {
        // Credentials that one broker refuses are refused by all.
        if (failure instanceof KafkaError) throw failure;
        failures.push(failure);
      }
    }
    throw failures[0];
  }

  /** The one connection to an address, made when there is none. */
  async at(address: Address): Promise<BrokerLink> {
    if (this.#isClosed) throw new ConnectionError('the client is closed');
    const key = `${address.host}:${address.port}`;
    const existing = this.#connections.get(key);
    if (existing !== undefined) {
      const connection = await existing;
      if (!connection.isClosed) return connection;
      if (this.#connections.get(key) !== existing) return this.at(address);
    }
    const opened = this.#open(address, this.config, this.ports);
    this.#connections.set(key, opened);
    try {
      return await opened;
    } catch (failure) {
      if (this.#connections.get(key) === opened) this.#connections.delete(key);
      throw failure;
    }
  }

  /** The connection to a broker of the cluster, where it says that clients find it (`advertised.listeners`). */
  async broker(nodeId: number): Promise<BrokerLink> {
    if (!this.#brokers.has(nodeId)) await this.metadata([]);
    const address = this.#brokers.get(nodeId);
    if (address === undefined) throw new KafkaError('BROKER_NOT_AVAILABLE', `the cluster has no live broker ${nodeId}`);
    return this.at(address);
  }

  /** The brokers, and the topics named (all where null); errors of topics are in their places. */
  async metadata(topics: readonly string[] | null, allowAutoTopicCreation = false): Promise<ClusterMetadata> {
    const body = { topics: topics?.map((name) => ({ name })) ?? null, allowAutoTopicCreation };
    const answer = await (await this.any()).send(METADATA, body);
    throwIfFailed(answer, 'Metadata');
    for (const { nodeId, host, port } of answer.brokers) this.#brokers.set(nodeId, { host, port });
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, leaderId } of partitions) this.#leaders.set(`${name}-${partitionIndex}`, leaderId);
    }
    return answer;
  }

  /** One topic, once each of its partitions has a leader. Rejects with UNKNOWN_TOPIC_OR_PARTITION and the like. */
  topic(name: string, allowAutoTopicCreation = false): Promise<TopicMetadata> {
    return this.retrying(async () => {
      const { topics } = await this.metadata([name], allowAutoTopicCreation);
      const found = topics[0]!;
      const isMissing = found.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      if (isMissing && !allowAutoTopicCreation) throw new UnknownTopicError(name);
      throwIfFailed(found, `topic ${name}`);
      for (const partition of found.partitions) throwIfFailed(partition, `${name}-${partition.partitionIndex}`);
      return found;
    });
  }

  /** The broker that leads a partition. `forgetLeader` when it turns out not to. */
  async leaderOf(topic: string, partition: number): Promise<number> {
    const known = this.#leaders.get(`${topic}-${partition}`);
    if (known !== undefined && known >= 0) return known;
    await this.metadata([topic]);
    const found = this.#leaders.get(`${topic}-${partition}`);
    if (found === undefined) {
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `there is no partition ${topic}-${partition}`);
    }
    if (found < 0) throw new KafkaError('LEADER_NOT_AVAILABLE', `${topic}-${partition} has no leader at the moment`);
    return found;
  }

  forgetLeader(topic: string, partition: number): void {
    this.#leaders.delete(`${topic}-${partition}`);
  }

  /** The broker that keeps a group, or a transactional id. */
  async coordinator(key: string, kind: 'group' | 'transaction' = 'group'): Promise<BrokerLink> {
    const body = { key, keyType: kind === 'group' ? GROUP : TRANSACTION };
    const options = { maxVersion: FIND_COORDINATOR_VERSION };
    const answer = await (await this.any()).send(FIND_COORDINATOR, body, options);
    throwIfFailed(answer, `the coordinator of ${kind} ${key}`);
    return this.at({ host: answer.host, port: answer.port });
  }

  /** A request to the coordinator of a group, again while it moves or loads. `check` throws what the answer says. */
  toCoordinator<Req extends Message, Res extends Message>(
    groupId: string,
    api: Api<Req, Res>,
    body: Encodable<Req>,
    check: (answer: Decoded<Res>) => void,
    options?: SendOptions,
  ): Promise<Decoded<Res>> {
    return this.retrying(async () => {
      const answer = await (await this.coordinator(groupId)).send(api, body, options);
      check(answer);
      return answer;
    });
  }

  /**
   * Does `work` again while it fails in a way that may pass (retriable errors, connections that break), with growing
   * pauses, for `default.api.timeout.ms`; then rejects with the last failure. No connection at all is no such failure
   * while none was ever made: a wrong address is told at once.
   */
  async retrying<T>(work: () => Promise<T>): Promise<T> {
    const { clock } = this.ports;
    const endMs = clock.monotonic() + this.config.apiTimeoutMs;
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS)) {
      try {
        return await work();
      } catch (failure) {
        const mayPass =
          failure instanceof KafkaError
            ? isRetriable(failure.error) && !(failure instanceof UnknownTopicError)
            : failure instanceof ConnectionError && this.#brokers.size > 0;
        if (!mayPass || this.#isClosed || clock.monotonic() + backoffMs > endMs) throw failure;
        await new Promise<void>((resolve) => clock.after(backoffMs, resolve));
      }
    }
  }

  /** Closes all connections; what is under way is rejected. */
  close(): void {
    this.#isClosed = true;
    for (const opened of this.#connections.values()) {
      opened.then(
        (connection) => connection.close(),
        () => {},
      );
    }
  }
}

/** A topic that is not there and is not to be made: waiting would not bring it. */
class UnknownTopicError extends KafkaError {
  constructor(name: string) {
    super('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${name}`);
  }
}
