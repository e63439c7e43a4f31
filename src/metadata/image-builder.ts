/**
 * Replays records onto an image: collects what changes, then makes the next image and the delta between the two. The
 * only place where a record means anything; the controller's own state and the broker's image are both made here.
 */
import { type ClientQuotas, quotaEntity, quotaKey, replayClientQuota } from './client-quotas.ts';
import type {
  BrokerRegistration,
  Change,
  Configs,
  ControllerRegistration,
  MetadataDelta,
  MetadataImage,
  PartitionRegistration,
} from './image.ts';
import { ConfigResource, configKey, makeImage } from './image.ts';
import { keptIdentity } from './kept-records.ts';
import type { MetadataRecord, RecordOf } from './records.ts';
import { type ScramCredential, scramKey } from './scram-credentials.ts';
import { TopicsBuilder } from './topics-builder.ts';

/** BrokerRegistrationChangeRecord's `fenced`. */
export const Fencing = { UNFENCE: -1, NONE: 0, FENCE: 1 } as const;

export class ImageBuilder {
  readonly #from: MetadataImage;
  readonly #topics: TopicsBuilder;
  readonly #brokers: Changes<number, BrokerRegistration>;
  readonly #controllers: Changes<number, ControllerRegistration>;
  readonly #features: Changes<string, number>;
  readonly #configs: Changes<string, Configs>;
  readonly #clientQuotas: Changes<string, ClientQuotas>;
  readonly #scramCredentials: Changes<string, ScramCredential>;
  readonly #kept: Changes<string, MetadataRecord>;
  #nextProducerId: number;

  constructor(from: MetadataImage) {
    this.#from = from;
    this.#topics = new TopicsBuilder(from);
    this.#brokers = new Changes(from.brokers);
    this.#controllers = new Changes(from.controllers);
    this.#features = new Changes(from.features);
    this.#configs = new Changes(from.configsByResource);
    this.#clientQuotas = new Changes(from.clientQuotas);
    this.#scramCredentials = new Changes(from.scramCredentials);
    this.#kept = new Changes(from.kept);
    this.#nextProducerId = from.nextProducerId;
  }

  /** Throws when the record does not fit what was replayed before it: a damaged log or a bug, never a client's doing. */
  replay(record: MetadataRecord): void {
    switch (record.type) {
      case 'TopicRecord':
        this.#topics.add(record.value.topicId, record.value.name);
        break;
      case 'PartitionRecord':
        this.#topics.addPartition(record.value);
        break;
      case 'PartitionChangeRecord':
        this.#topics.changePartition(record.value);
        break;
      case 'RemoveTopicRecord':
        this.#configs.delete(configKey(ConfigResource.TOPIC, this.#topics.remove(record.value.topicId)));
        break;
      case 'ClearElrRecord':
        this.#topics.clearElr(record.value.topicName);
        break;
      case 'ConfigRecord':
        this.#replayConfig(record);
        break;
      case 'RegisterBrokerRecord':
        this.#registerBroker(record);
        break;
      case 'UnregisterBrokerRecord':
        this.#brokers.delete(this.#brokerAt(record.value.brokerId, record.value.brokerEpoch, record.type).id);
        break;
      case 'BrokerRegistrationChangeRecord':
        this.#changeBroker(record);
        break;
      case 'FenceBrokerRecord':
        this.#setFenced(record.value.id, record.value.epoch, true, record.type);
        break;
      case 'UnfenceBrokerRecord':
        this.#setFenced(record.value.id, record.value.epoch, false, record.type);
        break;
      case 'RegisterControllerRecord':
        this.#registerController(record);
        break;
      case 'FeatureLevelRecord':
        this.setFeature(record.value.name, record.value.featureLevel);
        break;
      case 'ProducerIdsRecord':
        this.#nextProducerId = record.value.nextProducerId;
        break;
      case 'ClientQuotaRecord':
        this.#replayClientQuota(record);
        break;
      case 'UserScramCredentialRecord': {
        const { name, ...credential } = record.value;
        this.#scramCredentials.set(scramKey(credential.mechanism, name), { user: name, ...credential });
        break;
      }
      case 'RemoveUserScramCredentialRecord':
        this.#scramCredentials.delete(scramKey(record.value.mechanism, record.value.name));
        break;
      case 'NoOpRecord':
      case 'BeginTransactionRecord':
      case 'EndTransactionRecord':
      case 'AbortTransactionRecord':
        break;
      default:
        this.#keep(record);
    }
  }

  /** Level 0 takes the feature away. */
  setFeature(name: string, level: number): void {
    if (level === 0) this.#features.delete(name);
    else this.#features.set(name, level);
  }

  /** The image at `offset`, and what differs from the one this builder began with. */
  build(position: { readonly offset: number; readonly epoch: number; readonly controllerId: number }): {
    readonly image: MetadataImage;
    readonly delta: MetadataDelta;
  } {
    const from = this.#from;
    const { topicsByName, topicsById, changes } = this.#topics.build();
    const image = makeImage({
      ...position,
      clusterId: from.clusterId,
      topicsByName,
      topicsById,
      brokers: this.#brokers.result(),
      controllers: this.#controllers.result(),
      features: this.#features.result(),
      nextProducerId: this.#nextProducerId,
      configsByResource: this.#configs.result(),
      clientQuotas: this.#clientQuotas.result(),
      scramCredentials: this.#scramCredentials.result(),
      kept: this.#kept.result(),
    });
    const delta: MetadataDelta = {
      from,
      topics: changes,
      configs: this.#configs.changes(),
      brokers: this.#brokers.changes(),
      controllers: this.#controllers.changes(),
      features: this.#features.changes(),
      clientQuotas: this.#clientQuotas.changes(),
      scramCredentials: this.#scramCredentials.changes(),
      kept: this.#kept.changes(),
    };
    return { image, delta };
  }

  #replayConfig({ value }: RecordOf<'ConfigRecord'>): void {
    const key = configKey(value.resourceType, value.resourceName);
    const configs = new Map(this.#configs.get(key));
    if (value.value === null) configs.delete(value.name);
    else configs.set(value.name, value.value);
    if (configs.size === 0) this.#configs.delete(key);
    else this.#configs.set(key, configs);
  }

  #replayClientQuota(record: RecordOf<'ClientQuotaRecord'>): void {
    const key = quotaKey(quotaEntity(record.value.entity));
    const quotas = replayClientQuota(this.#clientQuotas.get(key), record);
    if (quotas === undefined) this.#clientQuotas.delete(key);
    else this.#clientQuotas.set(key, quotas);
  }

  #registerBroker({ value }: RecordOf<'RegisterBrokerRecord'>): void {
    this.#brokers.set(value.brokerId, {
      id: value.brokerId,
      epoch: value.brokerEpoch,
      incarnationId: value.incarnationId,
      endpoints: value.endPoints,
      features: value.features,
      rack: value.rack,
      fenced: value.fenced,
      inControlledShutdown: value.inControlledShutdown,
      directories: value.logDirs,
      cordonedDirectories: value.cordonedLogDirs,
    });
  }

  #changeBroker({ type, value }: RecordOf<'BrokerRegistrationChangeRecord'>): void {
    const broker = this.#brokerAt(value.brokerId, value.brokerEpoch, type);
    this.#brokers.set(broker.id, {
      ...broker,
      fenced: value.fenced === Fencing.NONE ? broker.fenced : value.fenced === Fencing.FENCE,
      inControlledShutdown: broker.inControlledShutdown || value.inControlledShutdown === 1,
      directories: value.logDirs.length === 0 ? broker.directories : value.logDirs,
      cordonedDirectories: value.cordonedLogDirs ?? broker.cordonedDirectories,
    });
  }

  #setFenced(id: number, epoch: number, fenced: boolean, type: string): void {
    this.#brokers.set(id, { ...this.#brokerAt(id, epoch, type), fenced });
  }

  #brokerAt(id: number, epoch: number, type: string): BrokerRegistration {
    const broker = this.#brokers.get(id);
    if (broker === undefined) throw new Error(`${type} for broker ${id}, which is not registered`);
    if (broker.epoch !== epoch)
      throw new Error(`${type} for broker ${id} at epoch ${epoch}, which is at ${broker.epoch}`);
    return broker;
  }

  #registerController({ value }: RecordOf<'RegisterControllerRecord'>): void {
    this.#controllers.set(value.controllerId, {
      id: value.controllerId,
      incarnationId: value.incarnationId,
      endpoints: value.endPoints,
      features: value.features,
    });
  }

  #keep(record: MetadataRecord): void {
    const identity = keptIdentity(record);
    if (identity === undefined) return;
    if (identity.removes) this.#kept.delete(identity.key);
    else this.#kept.set(identity.key, record);
  }
}

/** Edits to a map that leave it as it is, copied only when there are any. */
class Changes<K, V> {
  readonly #from: ReadonlyMap<K, V>;
  #edited: Map<K, V> | undefined;
  readonly #keys = new Set<K>();

  constructor(from: ReadonlyMap<K, V>) {
    this.#from = from;
  }

  get(key: K): V | undefined {
    return (this.#edited ?? this.#from).get(key);
  }

  set(key: K, value: V): void {
    this.#edit(key).set(key, value);
  }

  delete(key: K): void {
    if (this.get(key) !== undefined) this.#edit(key).delete(key);
  }

  result(): ReadonlyMap<K, V> {
    return this.#edited ?? this.#from;
  }

  changes(): ReadonlyMap<K, Change<V>> {
    const changes = new Map<K, Change<V>>();
    for (const key of this.#keys) {
      const before = this.#from.get(key) ?? null;
      const after = this.get(key) ?? null;
      if (before !== after) changes.set(key, { before, after });
    }
    return changes;
  }

  #edit(key: K): Map<K, V> {
    this.#keys.add(key);
    this.#edited ??= new Map(this.#from);
    return this.#edited;
  }
}

/** What differs between two images: for a listener that comes late, and for an image that a snapshot made. */
export function deltaBetween(from: MetadataImage, to: MetadataImage): MetadataDelta {
  const topics = changesBetween(from.topicsById, to.topicsById);
  return {
    from,
    topics: new Map(
      Array.from(topics, ([id, { before, after }]) => [
        id,
        {
          before,
          after,
          partitions: changesBetween(before?.partitions ?? NO_PARTITIONS, after?.partitions ?? NO_PARTITIONS),
        },
      ]),
    ),
    configs: changesBetween(from.configsByResource, to.configsByResource),
    brokers: changesBetween(from.brokers, to.brokers),
    controllers: changesBetween(from.controllers, to.controllers),
    features: changesBetween(from.features, to.features),
    clientQuotas: changesBetween(from.clientQuotas, to.clientQuotas),
    scramCredentials: changesBetween(from.scramCredentials, to.scramCredentials),
    kept: changesBetween(from.kept, to.kept),
  };
}

const NO_PARTITIONS: ReadonlyMap<number, PartitionRegistration> = new Map();

function changesBetween<K, V>(from: ReadonlyMap<K, V>, to: ReadonlyMap<K, V>): ReadonlyMap<K, Change<V>> {
  const changes = new Map<K, Change<V>>();
  for (const [key, before] of from) if (!to.has(key)) changes.set(key, { before, after: null });
  for (const [key, after] of to) {
    const before = from.get(key) ?? null;
    if (before !== after) changes.set(key, { before, after });
  }
  return changes;
}
