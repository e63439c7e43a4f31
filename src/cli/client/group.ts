/** `samsa group`: list, describe, delete, reset. */
import { KafkaError } from '../../../protocol/errors.ts';
import { deleteGroupsRequest, deleteGroupsResponse } from '../../../protocol/schema/42-delete-groups.ts';
import { commitOffsets, committedOffsets } from '../../client/committed-offsets.ts';
import { findGroup, lagsOf, listGroups as listGroupsOf } from '../../client/groups.ts';
import { partitionName, type TopicPartition } from '../../client/offsets.ts';
import { throwIfFailed } from '../../local-client/errors.ts';
import { parseOffset, resolveOffsets } from './offset-argument.ts';
import { byText } from './output.ts';
import type { Session } from './session.ts';

const DELETE_GROUPS = [deleteGroupsRequest, deleteGroupsResponse] as const;
export async function listGroups({ cluster, output }: Session): Promise<void> {
  const rows = (await listGroupsOf(cluster)).map(
    ({ groupId: group, type, protocolType: protocol, state, coordinator }) => ({
      ...{ group, type, protocol, state, coordinator },
    }),
  );
  output.table(rows.sort(byText('group')), ['group', 'type', 'protocol', 'state', 'coordinator']);
}

export async function describeGroups(session: Session, groupIds: readonly string[]): Promise<void> {
  const { cluster, output } = session;
  const described = [];
  for (const groupId of groupIds) {
    const group = await findGroup(cluster, groupId);
    const offsets = (await lagsOf(cluster, group))
      .map(({ member, ...lag }) => ({ ...lag, member: member?.memberId ?? null, host: member?.host ?? null }))
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
