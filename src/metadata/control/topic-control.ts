/** Topics and partitions: created whole or not at all, with Kafka's checks in Kafka's order. */
import { KafkaError, toKafkaError } from '../../../protocol/errors.ts';
import { type Random, randomUuid } from '../../platform/random.ts';
import type { ControllerConfig } from '../controller-config.ts';
import type {
  CreatablePartitions,
  CreatableTopic,
  CreatedTopic,
  DeletedTopic,
  TopicReference,
} from '../controller-requests.ts';
import { ConfigResource, type MetadataImage, type TopicImage, ZERO_UUID } from '../image.ts';
import type { MetadataRecord } from '../records.ts';
import { alterResource } from './config-control.ts';
import { type Decision, RecordWriter } from './decision.ts';
import { DirectoryPlacement } from './directory-placement.ts';
import { checkAssignment, invalidAssignment } from './manual-assignment.ts';
import { isActive } from './partition-situation.ts';
import { placeReplicas } from './replica-placement.ts';
import { collidingTopic, invalidTopicName, isMetadataTopic } from './topic-names.ts';

/** Kafka's limit to what one request may write. */
const MAX_RECORDS_PER_REQUEST = 10_000;

export interface TopicControlPorts {
  readonly config: ControllerConfig;
  readonly random: Random;
}

export function createTopics(
  state: MetadataImage,
  ports: TopicControlPorts,
  request: { readonly topics: readonly CreatableTopic[]; readonly validateOnly: boolean },
): Decision<CreatedTopic[]> {
  const records: MetadataRecord[] = [];
  const answer: CreatedTopic[] = [];
  const directories = new DirectoryPlacement(state);
  const { once, repeated } = splitByRepetition(request.topics, (topic) => topic.name);
  for (const topic of once) {
    try {
      const made = createTopic(state, ports, topic, directories);
      records.push(...made.records);
      answer.push({ ...made.answer, topicId: request.validateOnly ? ZERO_UUID : made.answer.topicId });
    } catch (failure) {
      answer.push(failedTopic(topic.name, toKafkaError(failure)));
    }
  }
  for (const name of repeated)
    answer.push(failedTopic(name, new KafkaError('INVALID_REQUEST', 'Duplicate topic name.')));
  checkSize(records);
  return { records: request.validateOnly ? [] : records, answer };
}

function createTopic(
  state: MetadataImage,
  { config, random }: TopicControlPorts,
  topic: CreatableTopic,
  directories: DirectoryPlacement,
): Decision<CreatedTopic> {
  checkNewTopicName(state, topic.name);
  const configRecords = newTopicConfigs(state, config, topic);
  const replicas =
    topic.assignments.length > 0 ? manualReplicas(state, topic) : placedReplicas(state, config, topic, random);
  const topicId = randomUuid(random);
  const writer = new RecordWriter(state);
  const records = [
    writer.write('TopicRecord', { name: topic.name, topicId }),
    ...configRecords,
    ...replicas.map((assigned, partition) => newPartition(state, writer, topicId, partition, assigned, directories)),
  ];
  const answer = {
    name: topic.name,
    topicId,
    error: null,
    numPartitions: replicas.length,
    replicationFactor: replicas[0]?.length ?? 0,
  };
  return { records, answer };
}

function checkNewTopicName(state: MetadataImage, name: string): void {
  if (isMetadataTopic(name)) {
    throw new KafkaError('INVALID_REQUEST', `Creation of internal topic ${name} is prohibited.`);
  }
  if (state.topicsByName.has(name)) throw new KafkaError('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`);
  const invalid = invalidTopicName(name);
  if (invalid !== undefined) throw new KafkaError('INVALID_TOPIC_EXCEPTION', invalid);
  const colliding = collidingTopic(name, state.topicsByName.keys());
  if (colliding !== undefined) {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `Topic '${name}' collides with existing topic: ${colliding}`);
  }
}

function newTopicConfigs(state: MetadataImage, config: ControllerConfig, topic: CreatableTopic): MetadataRecord[] {
  const missing = topic.configs.filter(({ value }) => value === null).map(({ name }) => name);
  if (missing.length > 0) {
    throw new KafkaError('INVALID_CONFIG', `Null value not supported for topic configs: ${missing.join(',')}`);
  }
  if (topic.configs.length === 0) return [];
  const changes = new Map(topic.configs.map(({ name, value }) => [name, value]));
  const resource = { resourceType: ConfigResource.TOPIC, resourceName: topic.name };
  return alterResource(state, config, { ...resource, changes, isNew: true });
}

function manualReplicas(state: MetadataImage, topic: CreatableTopic): (readonly number[])[] {
  if (topic.replicationFactor !== -1) {
    throw new KafkaError(
      'INVALID_REQUEST',
      'A manual partition assignment was specified, but replication factor was not set to -1.',
    );
  }
  if (topic.numPartitions !== -1) {
    throw new KafkaError(
      'INVALID_REQUEST',
      'A manual partition assignment was specified, but numPartitions was not set to -1.',
    );
  }
  const byPartition = new Map<number, readonly number[]>();
  let replicationFactor: number | undefined;
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (byPartition.has(partitionIndex)) {
      throw invalidAssignment(`Found multiple manual partition assignments for partition ${partitionIndex}`);
    }
    checkAssignment(state, brokerIds, replicationFactor);
    replicationFactor = brokerIds.length;
    checkActive(state, brokerIds, partitionIndex);
    byPartition.set(partitionIndex, brokerIds);
  }
  return Array.from({ length: byPartition.size }, (_, partition) => {
    const replicas = byPartition.get(partition);
    if (replicas === undefined) throw invalidAssignment('partitions should be a consecutive 0-based integer sequence');
    return replicas;
  });
}

function placedReplicas(
  state: MetadataImage,
  config: ControllerConfig,
  topic: CreatableTopic,
  random: Random,
): number[][] {
  const { replicationFactor, numPartitions } = topic;
  if (replicationFactor < -1 || replicationFactor === 0) {
    throw new KafkaError(
      'INVALID_REPLICATION_FACTOR',
      'Replication factor must be larger than 0, or -1 to use the default value.',
    );
  }
  if (numPartitions < -1 || numPartitions === 0) {
    throw new KafkaError('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.');
  }
  const count = numPartitions === -1 ? config.numPartitions : numPartitions;
  if (count > MAX_RECORDS_PER_REQUEST) throw tooManyPartitions();
  const factor = replicationFactor === -1 ? defaultReplicationFactor(state, config) : replicationFactor;
  try {
    const replicas = placeReplicas(state.brokers.values(), count, factor, random);
    if (!replicas.every((each) => each.some((id) => isActive(state, id)))) {
      throw new KafkaError('INVALID_REPLICATION_FACTOR', 'All brokers are currently fenced or in controlled shutdown.');
    }
    return replicas;
  } catch (failure) {
    const { error, message } = toKafkaError(failure);
    throw new KafkaError(error, `Unable to replicate the partition ${factor} time(s): ${message}`, { cause: failure });
  }
}

function defaultReplicationFactor(state: MetadataImage, config: ControllerConfig): number {
  let live = 0;
  for (const id of state.brokers.keys()) if (isActive(state, id)) live++;
  return Math.max(1, Math.min(config.defaultReplicationFactor, live));
}

function newPartition(
  state: MetadataImage,
  writer: RecordWriter,
  topicId: string,
  partitionId: number,
  replicas: readonly number[],
  directories: DirectoryPlacement,
): MetadataRecord {
  const isr = replicas.filter((id) => isActive(state, id));
  return writer.write('PartitionRecord', {
    partitionId,
    topicId,
    replicas,
    isr,
    leader: isr[0]!,
    leaderEpoch: 0,
    partitionEpoch: 0,
    ...(directories.isSupported ? { directories: replicas.map((id) => directories.place(id)) } : {}),
  });
}

export function deleteTopics(state: MetadataImage, topics: readonly TopicReference[]): Decision<DeletedTopic[]> {
  const writer = new RecordWriter(state);
  const references = topics.map((reference) => resolve(state, reference));
  const names = repeatedValues(topics.flatMap((topic) => ('name' in topic ? [topic.name] : [])));
  const ids = repeatedValues(topics.flatMap((topic) => ('topicId' in topic ? [topic.topicId] : [])));
  const resolved = repeatedValues(references.flatMap(({ topic }) => (topic === undefined ? [] : [topic.id])));
  const records: MetadataRecord[] = [];
  const answer = references.map(({ reference, topic, error }): DeletedTopic => {
    const name = 'name' in reference ? reference.name : (topic?.name ?? null);
    const topicId = 'topicId' in reference ? reference.topicId : (topic?.id ?? ZERO_UUID);
    const invalid = (message: string): DeletedTopic => ({
      name,
      topicId,
      error: new KafkaError('INVALID_REQUEST', message),
    });
    if ('name' in reference && names.has(reference.name)) return invalid('Duplicate topic name.');
    if ('topicId' in reference && ids.has(reference.topicId)) return invalid('Duplicate topic id.');
    if (topic === undefined) return { name, topicId, error: error ?? null };
    if (resolved.has(topic.id)) return invalid('The provided topic name maps to an ID that was already supplied.');
    records.push(writer.write('RemoveTopicRecord', { topicId: topic.id }));
    return { name: topic.name, topicId: topic.id, error: null };
  });
  return { records, answer };
}

interface Resolved {
  readonly reference: TopicReference;
  readonly topic?: TopicImage;
  readonly error?: KafkaError;
}

function resolve(state: MetadataImage, reference: TopicReference): Resolved {
  if ('name' in reference) {
    const topic = state.topicsByName.get(reference.name);
    if (topic !== undefined) return { reference, topic };
    return {
      reference,
      error: new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition.'),
    };
  }
  const topic = state.topicsById.get(reference.topicId);
  if (topic !== undefined) return { reference, topic };
  const error =
    reference.topicId === ZERO_UUID
      ? new KafkaError('INVALID_REQUEST', 'Neither topic name nor id were specified.')
      : new KafkaError('UNKNOWN_TOPIC_ID', 'This server does not host this topic ID.');
  return { reference, error };
}

export function createPartitions(
  state: MetadataImage,
  ports: TopicControlPorts,
  request: { readonly topics: readonly CreatablePartitions[]; readonly validateOnly: boolean },
): Decision<{ readonly name: string; readonly error: KafkaError | null }[]> {
  const records: MetadataRecord[] = [];
  const answer: { readonly name: string; readonly error: KafkaError | null }[] = [];
  const directories = new DirectoryPlacement(state);
  const { once, repeated } = splitByRepetition(request.topics, (topic) => topic.name);
  for (const topic of once) {
    try {
      records.push(...morePartitions(state, ports, topic, directories));
      answer.push({ name: topic.name, error: null });
    } catch (failure) {
      answer.push({ name: topic.name, error: toKafkaError(failure) });
    }
  }
  for (const name of repeated) answer.push({ name, error: new KafkaError('INVALID_REQUEST', 'Duplicate topic name.') });
  checkSize(records);
  return { records: request.validateOnly ? [] : records, answer };
}

function morePartitions(
  state: MetadataImage,
  { random }: TopicControlPorts,
  { name, count, assignments }: CreatablePartitions,
  directories: DirectoryPlacement,
): MetadataRecord[] {
  const topic = state.topicsByName.get(name);
  if (topic === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition.');
  }
  const present = topic.partitions.size;
  if (count === present) throw new KafkaError('INVALID_PARTITIONS', `Topic already has ${present} partition(s).`);
  if (count < present) {
    throw new KafkaError(
      'INVALID_PARTITIONS',
      `The topic ${name} currently has ${present} partition(s); ${count} would not be an increase.`,
    );
  }
  const additional = count - present;
  if (assignments !== null && assignments.length !== additional) {
    throw invalidAssignment(
      `Attempted to add ${additional} additional partition(s), but only ${assignments.length} assignment(s) were specified.`,
    );
  }
  if (additional > MAX_RECORDS_PER_REQUEST) throw tooManyPartitions();
  const replicationFactor = topic.partitions.get(0)!.replicas.length;
  const replicas =
    assignments?.map(({ brokerIds }, i) => {
      checkAssignment(state, brokerIds, replicationFactor);
      checkActive(state, brokerIds, present + i);
      return brokerIds;
    }) ?? placeReplicas(state.brokers.values(), additional, replicationFactor, random);
  const writer = new RecordWriter(state);
  return replicas.map((assigned, i) => {
    if (!assigned.some((id) => isActive(state, id))) {
      throw new KafkaError(
        'INVALID_REPLICATION_FACTOR',
        `Unable to replicate the partition ${replicationFactor} time(s): All brokers are currently fenced or in controlled shutdown.`,
      );
    }
    return newPartition(state, writer, topic.id, present + i, assigned, directories);
  });
}

function checkActive(state: MetadataImage, brokerIds: readonly number[], partition: number): void {
  if (brokerIds.some((id) => isActive(state, id))) return;
  throw invalidAssignment(
    `All brokers specified in the manual partition assignment for partition ${partition} are fenced or in controlled shutdown.`,
  );
}

function failedTopic(name: string, error: KafkaError): CreatedTopic {
  return { name, topicId: ZERO_UUID, error, numPartitions: -1, replicationFactor: -1 };
}

function checkSize(records: readonly MetadataRecord[]): void {
  if (records.length > MAX_RECORDS_PER_REQUEST) throw tooManyPartitions();
}

function tooManyPartitions(): KafkaError {
  return new KafkaError('POLICY_VIOLATION', 'Excessively large number of partitions per request.');
}

/** What is named once, and the names that are named more often, which Kafka refuses altogether. */
function splitByRepetition<T>(items: readonly T[], nameOf: (item: T) => string): { once: T[]; repeated: Set<string> } {
  const repeated = repeatedValues(items.map(nameOf));
  return { once: items.filter((item) => !repeated.has(nameOf(item))), repeated };
}

function repeatedValues(values: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const value of values) (seen.has(value) ? repeated : seen).add(value);
  return repeated;
}
