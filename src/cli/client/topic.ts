/** `samsa topic`: list, describe, create, alter, delete. */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts';
import { createTopicsRequest, createTopicsResponse } from '../../../protocol/schema/19-create-topics.ts';
import { deleteTopicsRequest, deleteTopicsResponse } from '../../../protocol/schema/20-delete-topics.ts';
import { createPartitionsRequest, createPartitionsResponse } from '../../../protocol/schema/37-create-partitions.ts';
import type { TopicMetadata } from '../../client/cluster.ts';
import { listOffsets, partitionName, SpecialTimestamp } from '../../client/offsets.ts';
import { errorOf, throwIfFailed } from '../../local-client/errors.ts';
import { describeConfigs, ResourceType } from './configs.ts';
import { byText } from './output.ts';
import { parseAssignment, type Session } from './session.ts';

const CREATE_TOPICS = [createTopicsRequest, createTopicsResponse] as const;
const DELETE_TOPICS = [deleteTopicsRequest, deleteTopicsResponse] as const;
/** The last version that has names alone. */
const DELETE_TOPICS_VERSION = 5;
const CREATE_PARTITIONS = [createPartitionsRequest, createPartitionsResponse] as const;

export interface CreateTopicFlags {
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly config?: readonly string[];
  readonly ifNotExists?: boolean;
  readonly validateOnly?: boolean;
}

export async function listTopics({ cluster, output }: Session, flags: { internal?: boolean }): Promise<void> {
  const { topics } = await cluster.metadata(null);
  const rows = topics
    .filter(({ isInternal }) => flags.internal === true || !isInternal)
    .map(({ name, partitions }) => ({
      topic: name ?? '',
      partitions: partitions.length,
      replicas: Math.max(0, ...partitions.map(({ replicaNodes }) => replicaNodes.length)),
      'under-replicated': partitions.filter(isUnderReplicated).length,
    }))
    .sort(byText('topic'));
  output.table(rows, ['topic', 'partitions', 'replicas', 'under-replicated']);
}

export async function describeTopics({ cluster, output }: Session, names: readonly string[]): Promise<void> {
  const { topics } = await cluster.metadata(names);
  for (const topic of topics) throwIfFailed(topic, `topic ${topic.name}`);
  const partitions = topics.flatMap(({ name, partitions: all }) =>
    all.filter(({ leaderId }) => leaderId >= 0).map((each) => ({ topic: name ?? '', partition: each.partitionIndex })),
  );
  const starts = await listOffsets(cluster, partitions, SpecialTimestamp.EARLIEST);
  const ends = await listOffsets(cluster, partitions, SpecialTimestamp.LATEST);
  const configs = await describeConfigs(
    cluster,
    names.map((name) => ({ type: ResourceType.TOPIC, name })),
  );
  const described = topics.map((topic) => describe(topic, starts, ends, configs.get(topic.name ?? '') ?? []));
  output.json(described);
  if (output.isJson) return;
  for (const { topic, topicId, configs: set, partitions: rows } of described) {
    output.line(`${output.style('bold', topic)}  ${rows.length} partitions  id ${topicId}`);
    for (const [key, value] of Object.entries(set)) output.line(`  ${key}=${value}`);
    output.table(rows, ['partition', 'leader', 'replicas', 'isr', 'start', 'end']);
    if (described.length > 1) output.line();
  }
}

function describe(
  { name, topicId, partitions }: TopicMetadata,
  starts: ReadonlyMap<string, number>,
  ends: ReadonlyMap<string, number>,
  configs: readonly { readonly name: string; readonly value: string | null; readonly isSet: boolean }[],
) {
  const topic = name ?? '';
  return {
    topic,
    topicId,
    configs: Object.fromEntries(configs.filter(({ isSet }) => isSet).map((each) => [each.name, each.value])),
    partitions: [...partitions]
      .sort((a, b) => a.partitionIndex - b.partitionIndex)
      .map(({ partitionIndex: partition, leaderId, replicaNodes, isrNodes }) => ({
        partition,
        leader: leaderId < 0 ? null : leaderId,
        replicas: replicaNodes.join(','),
        isr: isrNodes.join(','),
        start: starts.get(partitionName({ topic, partition })) ?? null,
        end: ends.get(partitionName({ topic, partition })) ?? null,
      })),
  };
}

export async function createTopic({ cluster, output }: Session, name: string, flags: CreateTopicFlags): Promise<void> {
  const { partitions = -1, replicationFactor = -1, validateOnly = false } = flags;
  const configs = (flags.config ?? []).map(parseAssignment).map(([key, value]) => ({ name: key, value }));
  const topic = { name, numPartitions: partitions, replicationFactor, configs };
  const body = { timeoutMs: cluster.config.requestTimeoutMs, validateOnly, topics: [topic] };
  const answer = await cluster.retrying(async () => {
    const { topics } = await (await cluster.any()).send(CREATE_TOPICS, body);
    const [created] = topics;
    if (created?.errorCode === ErrorCode.TOPIC_ALREADY_EXISTS && flags.ifNotExists === true) return null;
    throwIfFailed(created!, `topic ${name}`);
    return created!;
  });
  output.json(
    answer === null ? { topic: name, created: false } : { topic: name, created: !validateOnly, ...sizes(answer) },
  );
  if (answer === null) output.line(`${name} is there already`);
  else output.line(`${name} ${validateOnly ? 'could be created' : 'created'}: ${countText(sizes(answer))}`);
}

function sizes({ numPartitions, replicationFactor }: { numPartitions: number; replicationFactor: number }) {
  return { partitions: numPartitions, replicationFactor };
}

function countText({ partitions, replicationFactor }: ReturnType<typeof sizes>): string {
  // Brokers before 2.4 do not say.
  if (partitions < 0) return 'with the partitions that the cluster gives';
  return `${partitions} partition${partitions === 1 ? '' : 's'}, replication factor ${replicationFactor}`;
}

export async function alterTopic(
  { cluster, output }: Session,
  name: string,
  { partitions }: { partitions: number },
): Promise<void> {
  const topics = [{ name, count: partitions, assignments: null }];
  const body = { topics, timeoutMs: cluster.config.requestTimeoutMs, validateOnly: false };
  const { results } = await (await cluster.any()).send(CREATE_PARTITIONS, body);
  for (const result of results) throwIfFailed(result, `topic ${name}`);
  output.json({ topic: name, partitions });
  output.line(`${name} has ${partitions} partitions now`);
}

export async function deleteTopics(
  { cluster, output }: Session,
  names: readonly string[],
  flags: { ifExists?: boolean },
): Promise<void> {
  const body = { topicNames: [...names], timeoutMs: cluster.config.requestTimeoutMs };
  const { responses } = await (await cluster.any()).send(DELETE_TOPICS, body, { maxVersion: DELETE_TOPICS_VERSION });
  const outcomes = responses.map((answer) => {
    const isMissing = answer.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    const error = isMissing && flags.ifExists === true ? null : errorOf(answer, `topic ${answer.name}`);
    return { topic: answer.name ?? '', deleted: answer.errorCode === ErrorCode.NONE, error };
  });
  output.json(outcomes.map(({ topic, deleted, error }) => ({ topic, deleted, error: error?.error ?? null })));
  for (const { topic, deleted, error } of outcomes) {
    if (error === null) output.line(deleted ? `${topic} deleted` : `${topic} is not there`);
  }
  const failed = outcomes.filter(({ error }) => error !== null);
  if (failed.length > 0) {
    const sentences = failed.map(({ topic, error }) => `${topic} was not deleted: ${error!.message}`);
    throw new KafkaError(failed[0]!.error!.error, sentences.join('; '));
  }
}

function isUnderReplicated({ replicaNodes, isrNodes }: TopicMetadata['partitions'][number]): boolean {
  return isrNodes.length < replicaNodes.length;
}
