/** `samsa group`: list, describe, delete, reset. */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts';
import { describeGroupsRequest, describeGroupsResponse } from '../../../protocol/schema/15-describe-groups.ts';
import { listGroupsRequest, listGroupsResponse } from '../../../protocol/schema/16-list-groups.ts';
import { deleteGroupsRequest, deleteGroupsResponse } from '../../../protocol/schema/42-delete-groups.ts';
import {
  consumerGroupDescribeRequest,
  consumerGroupDescribeResponse,
} from '../../../protocol/schema/69-consumer-group-describe.ts';
import { commitOffsets, committedOffsets } from '../../client/committed-offsets.ts';
import { readAssignment } from '../../client/consumer-protocol.ts';
import { listOffsets, partitionName, SpecialTimestamp, type TopicPartition } from '../../client/offsets.ts';
import { throwIfFailed } from '../../local-client/errors.ts';
import { parseOffset, resolveOffsets } from './offset-argument.ts';
import { byText, type Row } from './output.ts';
import type { Session } from './session.ts';

const LIST_GROUPS = [listGroupsRequest, listGroupsResponse] as const;
const DESCRIBE_GROUPS = [describeGroupsRequest, describeGroupsResponse] as const;
const CONSUMER_GROUP_DESCRIBE = [consumerGroupDescribeRequest, consumerGroupDescribeResponse] as const;
const DELETE_GROUPS = [deleteGroupsRequest, deleteGroupsResponse] as const;
/** In KIP-848 groups, whose members are asked for by another request. */
const CONSUMER_TYPE = 'consumer';

interface Member {
  readonly memberId: string;
  readonly clientId: string;
  readonly host: string;
  readonly partitions: readonly TopicPartition[];
}

interface Group {
  readonly groupId: string;
  readonly type: string;
  readonly state: string;
  readonly members: readonly Member[];
}

export async function listGroups({ cluster, output }: Session): Promise<void> {
  const { brokers } = await cluster.metadata([]);
  const rows: Row[] = [];
  for (const { nodeId } of brokers) {
    const answer = await (await cluster.broker(nodeId)).send(LIST_GROUPS, {});
    throwIfFailed(answer, `groups of broker ${nodeId}`);
    for (const { groupId, groupType, groupState, protocolType } of answer.groups) {
      const type = groupType === '' ? 'classic' : groupType.toLowerCase();
      rows.push({ group: groupId, type, protocol: protocolType, state: groupState, coordinator: nodeId });
    }
  }
  output.table(rows.sort(byText('group')), ['group', 'type', 'protocol', 'state', 'coordinator']);
}

export async function describeGroups(session: Session, groupIds: readonly string[]): Promise<void> {
  const { cluster, output } = session;
  const described = [];
  for (const groupId of groupIds) {
    const group = await findGroup(session, groupId);
    const committed = await committedOffsets(cluster, groupId, null);
    const owners = new Map(
      group.members.flatMap((member) => member.partitions.map((each) => [partitionName(each), member] as const)),
    );
    const partitions = [...committed.values(), ...group.members.flatMap((member) => member.partitions)];
    const distinct = [...new Map(partitions.map((each) => [partitionName(each), each])).values()];
    const ends = await endOffsets(session, distinct);
    const offsets = distinct
      .map(({ topic, partition }) => {
        const name = partitionName({ topic, partition });
        const offset = committed.get(name)?.offset ?? null;
        const end = ends.get(name) ?? null;
        const owner = owners.get(name);
        const lag = offset === null || end === null ? null : end - offset;
        return { topic, partition, offset, end, lag, member: owner?.memberId ?? null, host: owner?.host ?? null };
      })
      .sort((a, b) => byText('topic')(a, b) || a.partition - b.partition);
    described.push({ group: groupId, type: group.type, state: group.state, members: group.members, offsets });
  }
  output.json(described);
  if (output.isJson) return;
  for (const { group, type, state, members, offsets } of described) {
    const lag = offsets.reduce((sum, each) => sum + (each.lag ?? 0), 0);
    output.line(`${output.style('bold', group)}  ${type}  ${state}  ${members.length} members  lag ${lag}`);
    if (offsets.length > 0) {
      output.table(offsets, ['topic', 'partition', 'offset', 'end', 'lag', 'member', 'host']);
    } else output.line('  no offsets');
  }
}

/** The ends of partitions whose topics are still there. */
async function endOffsets({ cluster }: Session, partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
  if (partitions.length === 0) return new Map();
  const { topics } = await cluster.metadata([...new Set(partitions.map(({ topic }) => topic))]);
  const counts = new Map(topics.map(({ name, partitions: all }) => [name, all.length]));
  const present = partitions.filter(({ topic, partition }) => partition < (counts.get(topic) ?? 0));
  return listOffsets(cluster, present, SpecialTimestamp.LATEST);
}

async function findGroup({ cluster }: Session, groupId: string): Promise<Group> {
  const coordinator = await cluster.retrying(() => cluster.coordinator(groupId));
  if (coordinator.versionOf(consumerGroupDescribeRequest) !== undefined) {
    const { groups } = await coordinator.send(CONSUMER_GROUP_DESCRIBE, { groupIds: [groupId] });
    const found = groups[0]!;
    // GROUP_ID_NOT_FOUND is also what a classic group is answered with.
    if (found.errorCode !== ErrorCode.GROUP_ID_NOT_FOUND) {
      throwIfFailed(found, `group ${groupId}`);
      return {
        ...{ groupId, type: CONSUMER_TYPE, state: found.groupState },
        members: found.members.map(({ memberId, clientId, clientHost: host, assignment }) => ({
          ...{ memberId, clientId, host },
          partitions: assignment.topicPartitions.flatMap(({ topicName: topic, partitions }) =>
            partitions.map((partition) => ({ topic, partition })),
          ),
        })),
      };
    }
  }
  const { groups } = await cluster.toCoordinator(groupId, DESCRIBE_GROUPS, { groups: [groupId] }, (answer) => {
    throwIfFailed(answer.groups[0]!, `group ${groupId}`);
  });
  const { groupState, protocolType, members } = groups[0]!;
  if (groupState === 'Dead') throw new KafkaError('GROUP_ID_NOT_FOUND', `there is no group ${groupId}`);
  return {
    ...{ groupId, type: 'classic', state: groupState },
    members: members.map(({ memberId, clientId, clientHost: host, memberAssignment }) => ({
      ...{ memberId, clientId, host },
      partitions: protocolType === 'consumer' ? readAssignment(memberAssignment) : [],
    })),
  };
}

export async function deleteGroups({ cluster, output }: Session, groupIds: readonly string[]): Promise<void> {
  for (const groupId of groupIds) {
    await cluster.toCoordinator(groupId, DELETE_GROUPS, { groupsNames: [groupId] }, ({ results }) => {
      for (const result of results) throwIfFailed(result, `group ${groupId}`);
    });
    output.line(`${groupId} deleted`);
  }
  output.json(groupIds.map((group) => ({ group, deleted: true })));
}

export interface ResetFlags {
  /** earliest, latest, an offset, −N from the end, or a time. */
  readonly to: string;
  readonly topic?: readonly string[];
  readonly dryRun?: boolean;
}

export async function resetGroup(session: Session, groupId: string, flags: ResetFlags): Promise<void> {
  const { cluster, output } = session;
  const target = parseOffset(flags.to);
  const committed = await committedOffsets(cluster, groupId, null);
  const named = flags.topic ?? [];
  const topics = named.length > 0 ? named : [...new Set([...committed.values()].map(({ topic }) => topic))];
  if (topics.length === 0) {
    throw new KafkaError('GROUP_ID_NOT_FOUND', `group ${groupId} has no offsets; name its topics with --topic`);
  }
  const partitions: TopicPartition[] = [];
  for (const topic of topics) {
    const { partitions: all } = await cluster.topic(topic);
    for (const { partitionIndex } of all) partitions.push({ topic, partition: partitionIndex });
  }
  const offsets = await resolveOffsets(cluster, partitions, target);
  const rows = partitions
    .map((each) => {
      const name = partitionName(each);
      return { ...each, from: committed.get(name)?.offset ?? null, to: offsets.get(name)! };
    })
    .sort((a, b) => byText('topic')(a, b) || a.partition - b.partition);
  if (flags.dryRun !== true) await moveOffsets(session, groupId, partitions, offsets);
  output.table(rows, ['topic', 'partition', 'from', 'to']);
  if (flags.dryRun === true) output.line('nothing was changed (--dry-run)');
}

async function moveOffsets(
  { cluster }: Session,
  groupId: string,
  partitions: readonly TopicPartition[],
  offsets: ReadonlyMap<string, number>,
): Promise<void> {
  try {
    await commitOffsets(
      cluster,
      groupId,
      partitions.map((each) => ({ ...each, offset: offsets.get(partitionName(each))! })),
    );
  } catch (failure) {
    // A commit from outside is refused while the group has members.
    const isOccupied = failure instanceof KafkaError && OCCUPIED.has(failure.error);
    if (!isOccupied) throw failure;
    throw new KafkaError('NON_EMPTY_GROUP', `group ${groupId} has members; stop its consumers first`);
  }
}

const OCCUPIED: ReadonlySet<string> = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION']);
