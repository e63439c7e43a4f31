/** Groups of consumers: which there are, who is in them, and how far behind they are. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import { describeGroupsRequest, describeGroupsResponse } from '../../protocol/schema/15-describe-groups.ts';
import { listGroupsRequest, listGroupsResponse } from '../../protocol/schema/16-list-groups.ts';
import {
  consumerGroupDescribeRequest,
  consumerGroupDescribeResponse,
} from '../../protocol/schema/69-consumer-group-describe.ts';
import { throwIfFailed } from '../local-client/errors.ts';
import type { Cluster } from './cluster.ts';
import { committedOffsets } from './committed-offsets.ts';
import { readAssignment } from './consumer-protocol.ts';
import { listOffsets, partitionName, SpecialTimestamp, type TopicPartition } from './offsets.ts';

const LIST_GROUPS = [listGroupsRequest, listGroupsResponse] as const;
const DESCRIBE_GROUPS = [describeGroupsRequest, describeGroupsResponse] as const;
const CONSUMER_GROUP_DESCRIBE = [consumerGroupDescribeRequest, consumerGroupDescribeResponse] as const;
/** Groups of KIP-848, whose members are asked for by another request. */
const CONSUMER_TYPE = 'consumer';

export interface ListedGroup {
  readonly groupId: string;
  /** `classic`, `consumer` …, in small letters. */
  readonly type: string;
  readonly protocolType: string;
  readonly state: string;
  /** The broker that keeps it. */
  readonly coordinator: number;
}

export interface Member {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  readonly partitions: readonly TopicPartition[];
}

export interface Group {
  readonly groupId: string;
  readonly type: string;
  readonly state: string;
  /** How partitions are assigned; empty while nobody is there. */
  readonly assignor: string;
  readonly members: readonly Member[];
}

/** How a group stands with one partition. */
export interface Lag extends TopicPartition {
  /** Null where nothing is committed. */
  readonly offset: number | null;
  /** Null where the partition is gone. */
  readonly end: number | null;
  readonly lag: number | null;
  readonly member: Member | undefined;
}

/** The groups of every broker. */
export async function listGroups(cluster: Cluster): Promise<ListedGroup[]> {
  const { brokers } = await cluster.metadata([]);
  const found: ListedGroup[] = [];
  for (const { nodeId: coordinator } of brokers) {
    const answer = await (await cluster.broker(coordinator)).send(LIST_GROUPS, {});
    throwIfFailed(answer, `groups of broker ${coordinator}`);
    for (const { groupId, groupType, groupState: state, protocolType } of answer.groups) {
      const type = groupType === '' ? 'classic' : groupType.toLowerCase();
      found.push({ groupId, type, protocolType, state, coordinator });
    }
  }
  return found;
}

/** One group, whatever its protocol. Rejects with GROUP_ID_NOT_FOUND. */
export async function findGroup(cluster: Cluster, groupId: string): Promise<Group> {
  const coordinator = await cluster.retrying(() => cluster.coordinator(groupId));
  if (coordinator.versionOf(consumerGroupDescribeRequest) !== undefined) {
    const { groups } = await coordinator.send(CONSUMER_GROUP_DESCRIBE, { groupIds: [groupId] });
    const found = groups[0]!;
    // GROUP_ID_NOT_FOUND is also what a classic group is answered with.
    if (found.errorCode !== ErrorCode.GROUP_ID_NOT_FOUND) {
      throwIfFailed(found, `group ${groupId}`);
      return {
        ...{ groupId, type: CONSUMER_TYPE, state: found.groupState, assignor: found.assignorName },
        members: found.members.map(({ memberId, instanceId, clientId, clientHost: host, assignment }) => ({
          ...{ memberId, instanceId, clientId, host },
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
  const { groupState, protocolType, protocolData, members } = groups[0]!;
  if (groupState === 'Dead') throw new KafkaError('GROUP_ID_NOT_FOUND', `there is no group ${groupId}`);
  return {
    ...{ groupId, type: 'classic', state: groupState, assignor: protocolData },
    members: members.map(({ memberId, groupInstanceId: instanceId, clientId, clientHost: host, memberAssignment }) => ({
      ...{ memberId, instanceId, clientId, host },
      partitions: protocolType === 'consumer' ? readAssignment(memberAssignment) : [],
    })),
  };
}

/** Every partition that the group committed or a member has. */
export async function lagsOf(cluster: Cluster, { groupId, members }: Group): Promise<Lag[]> {
  const committed = await committedOffsets(cluster, groupId, null);
  const owners = new Map(
    members.flatMap((member) => member.partitions.map((each) => [partitionName(each), member] as const)),
  );
  const partitions = [...committed.values(), ...members.flatMap((member) => member.partitions)];
  const distinct = [...new Map(partitions.map((each) => [partitionName(each), each])).values()];
  const ends = await endOffsets(cluster, distinct);
  return distinct.map(({ topic, partition }) => {
    const name = partitionName({ topic, partition });
    const offset = committed.get(name)?.offset ?? null;
    const end = ends.get(name) ?? null;
    const lag = offset === null || end === null ? null : end - offset;
    return { topic, partition, offset, end, lag, member: owners.get(name) };
  });
}

/** The ends of partitions whose topics are still there. */
async function endOffsets(cluster: Cluster, partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
  if (partitions.length === 0) return new Map();
  const { topics } = await cluster.metadata([...new Set(partitions.map(({ topic }) => topic))]);
  const counts = new Map(topics.map(({ name, partitions: all }) => [name, all.length]));
  const present = partitions.filter(({ topic, partition }) => partition < (counts.get(topic) ?? 0));
  return listOffsets(cluster, present, SpecialTimestamp.LATEST);
}
