/** Dynamic configs of topics, brokers, groups and client metrics subscriptions: ConfigRecords after Kafka's checks. */
import { KafkaError, toKafkaError } from '../../../protocol/errors.ts';
import type { ControllerConfig } from '../controller-config.ts';
import {
  AlterConfigOp,
  type AlterConfigsResource,
  type AlteredConfigs,
  type LegacyAlterConfigsResource,
} from '../controller-requests.ts';
import { ConfigResource, type Configs, configKey, type MetadataImage } from '../image.ts';
import type { MetadataRecord } from '../records.ts';
import { type Decision, RecordWriter } from './decision.ts';
import { isElrEnabled, MIN_ISR } from './topic-configs.ts';
import { invalidTopicName } from './topic-names.ts';

const LONGEST_VALUE_BYTES = 32767;

export function incrementalAlterConfigs(
  state: MetadataImage,
  config: ControllerConfig,
  resources: readonly AlterConfigsResource[],
  validateOnly: boolean,
): Decision<AlteredConfigs[]> {
  return alterAll(resources, validateOnly, (resource) => {
    const current = state.configs(resource.resourceType, resource.resourceName);
    return alterResource(state, config, { ...resource, changes: newValues(resource, current, config), isNew: false });
  });
}

/** The old API: what is not named goes back to its default. */
export function alterConfigs(
  state: MetadataImage,
  config: ControllerConfig,
  resources: readonly LegacyAlterConfigsResource[],
  validateOnly: boolean,
): Decision<AlteredConfigs[]> {
  return alterAll(resources, validateOnly, (resource) => {
    const configs = lastOfEach(resource.configs);
    const missing = configs.filter(({ value }) => value === null).map(({ name }) => name);
    if (missing.length > 0) throw nullValues(missing);
    const changes = new Map(configs.map(({ name, value }) => [name, value]));
    for (const name of state.configs(resource.resourceType, resource.resourceName).keys()) {
      if (!changes.has(name)) changes.set(name, null);
    }
    return alterResource(state, config, { ...resource, changes, isNew: false });
  });
}

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
}

function alterAll<R extends Resource>(
  resources: readonly R[],
  validateOnly: boolean,
  alter: (resource: R) => MetadataRecord[],
): Decision<AlteredConfigs[]> {
  const times = new Map<string, number>();
  for (const { resourceType, resourceName } of resources) {
    const key = configKey(resourceType, resourceName);
    times.set(key, (times.get(key) ?? 0) + 1);
  }
  const records: MetadataRecord[] = [];
  const answer: AlteredConfigs[] = [];
  for (const resource of resources) {
    const { resourceType, resourceName } = resource;
    const key = configKey(resourceType, resourceName);
    const count = times.get(key)!;
    if (count === 0) continue;
    let error: KafkaError | null = null;
    if (count > 1) {
      // Refused altogether, and answered once.
      times.set(key, 0);
      error = new KafkaError('INVALID_REQUEST', 'Duplicate resource.');
    } else {
      try {
        records.push(...alter(resource));
      } catch (failure) {
        error = toKafkaError(failure);
      }
    }
    answer.push({ resourceType, resourceName, error });
  }
  return { records: validateOnly ? [] : records, answer };
}

/** What each named config becomes; null for its default. */
function newValues(
  { resourceType, configs: named }: AlterConfigsResource,
  current: Configs,
  config: ControllerConfig,
): Map<string, string | null> {
  const configs = lastOfEach(named);
  const missing = configs
    .filter(({ configOperation, value }) => configOperation !== AlterConfigOp.DELETE && value === null)
    .map(({ name }) => name);
  if (missing.length > 0) throw nullValues(missing);
  const changes = new Map<string, string | null>();
  for (const { name, configOperation, value } of configs) {
    switch (configOperation) {
      case AlterConfigOp.SET:
        changes.set(name, value);
        break;
      case AlterConfigOp.DELETE:
        changes.set(name, null);
        break;
      case AlterConfigOp.APPEND:
      case AlterConfigOp.SUBTRACT: {
        const isAppend = configOperation === AlterConfigOp.APPEND;
        if (!config.isListConfig(resourceType, name)) {
          const operation = isAppend ? 'APPEND' : 'SUBTRACT';
          throw new KafkaError('INVALID_CONFIG', `Can't ${operation} to key ${name} because its type is not LIST.`);
        }
        const before = parts(current.get(name) ?? config.defaultConfig(resourceType, name) ?? '');
        const given = parts(value ?? '');
        const after = isAppend
          ? [...before, ...given.filter((part) => !before.includes(part))]
          : before.filter((part) => !given.includes(part));
        changes.set(name, after.join(','));
        break;
      }
      default:
        throw new KafkaError('INVALID_REQUEST', `Unknown config operation ${configOperation} for ${name}.`);
    }
  }
  return changes;
}

function parts(list: string): string[] {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A broker refuses a config that is named twice; a controller that is asked directly takes what comes last. */
function lastOfEach<C extends { readonly name: string }>(configs: readonly C[]): C[] {
  return [...new Map(configs.map((config) => [config.name, config])).values()];
}

function nullValues(names: readonly string[]): KafkaError {
  return new KafkaError('INVALID_REQUEST', `Null value not supported for : ${names.join(',')}`);
}

export interface ResourceChange extends Resource {
  /** New text by key; null takes the key away. */
  readonly changes: ReadonlyMap<string, string | null>;
  /** The resource is a topic that the same request creates. */
  readonly isNew: boolean;
}

/** The records that change one resource. Throws a `KafkaError` when they must not be written. */
export function alterResource(
  state: MetadataImage,
  config: ControllerConfig,
  change: ResourceChange,
): MetadataRecord[] {
  const { resourceType, resourceName, changes, isNew } = change;
  const current = state.configs(resourceType, resourceName);
  checkResourceName(resourceType, resourceName);
  for (const [key, value] of changes) {
    if (value !== null && Buffer.byteLength(value) > LONGEST_VALUE_BYTES) {
      throw new KafkaError(
        'INVALID_CONFIG',
        `The configuration value cannot be added because it exceeds the maximum value size of ${LONGEST_VALUE_BYTES} bytes.`,
      );
    }
    checkMinIsr(state, resourceType, resourceName, key, value);
  }
  const after = new Map<string, string>(current);
  for (const [key, value] of changes) {
    if (value === null) after.delete(key);
    else after.set(key, value);
  }
  config.validateConfigs(resourceType, resourceName, after);
  if (!isNew) checkExists(state, resourceType, resourceName);

  const writer = new RecordWriter(state);
  const records: MetadataRecord[] = [];
  let touchesMinIsr = false;
  for (const [name, value] of changes) {
    // A broker's configs are written even unchanged: that makes it read files they name again.
    if (resourceType !== ConfigResource.BROKER && (current.get(name) ?? null) === value) continue;
    records.push(writer.write('ConfigRecord', { resourceType, resourceName, name, value }));
    touchesMinIsr ||= name === MIN_ISR;
  }
  if (touchesMinIsr && isElrEnabled(state)) {
    const topicName = resourceType === ConfigResource.TOPIC ? resourceName : '';
    records.push(writer.write('ClearElrRecord', { topicName }));
  }
  return records;
}

function checkResourceName(type: number, name: string): void {
  const invalid = (message: string): KafkaError => new KafkaError('INVALID_REQUEST', message);
  switch (type) {
    case ConfigResource.TOPIC: {
      if (name === '') throw invalid('Default topic resources are not allowed.');
      const reason = invalidTopicName(name);
      if (reason !== undefined) throw new KafkaError('INVALID_TOPIC_EXCEPTION', reason);
      break;
    }
    case ConfigResource.BROKER:
      if (name === '') break;
      if (!/^[+-]?\d+$/.test(name)) throw invalid('Unable to parse broker name as a base 10 number.');
      if (Number(name) < 0) throw invalid('Invalid negative broker ID.');
      break;
    case ConfigResource.GROUP:
      if (name === '') throw invalid('Default group resources are not allowed.');
      break;
    case ConfigResource.CLIENT_METRICS:
      if (name === '') throw invalid("Subscription name can't be empty");
      break;
    default:
      throw invalid(`Unknown resource type ${type}`);
  }
}

function checkExists(state: MetadataImage, type: number, name: string): void {
  if (type === ConfigResource.TOPIC && !state.topicsByName.has(name)) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`);
  }
  if (type !== ConfigResource.BROKER || name === '') return;
  const id = Number(name);
  if (!state.brokers.has(id) && !state.controllers.has(id)) {
    throw new KafkaError('BROKER_ID_NOT_REGISTERED', `No node with id ${id} found.`);
  }
}

/** With eligible leader replicas the cluster's minimum must be known, and the same on all brokers. */
function checkMinIsr(state: MetadataImage, type: number, name: string, key: string, value: string | null): void {
  if (type !== ConfigResource.BROKER || key !== MIN_ISR || !isElrEnabled(state)) return;
  if (name !== '') {
    throw new KafkaError('INVALID_CONFIG', 'Broker-level min.insync.replicas cannot be altered while ELR is enabled.');
  }
  if (value === null) {
    throw new KafkaError('INVALID_CONFIG', 'Cluster-level min.insync.replicas cannot be removed while ELR is enabled.');
  }
}
