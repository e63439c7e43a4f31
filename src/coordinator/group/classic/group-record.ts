/** A classic group's finished generation as its record, and back. */
import type { GroupMetadataRecord, GroupMetadataValue } from '../group-records.ts';
import { ClassicGroup } from './group.ts';
import { ClassicMember, EMPTY_ASSIGNMENT } from './member.ts';

/** The group as it is, its members with `assignments` by member id. */
export function groupRecord(group: ClassicGroup, assignments: ReadonlyMap<string, Buffer>): GroupMetadataRecord {
  const { protocolName } = group;
  if (protocolName === null && group.size > 0) {
    throw new Error(`group ${group.groupId} has members but no protocol`);
  }
  return {
    kind: 'groupMetadata',
    key: { group: group.groupId },
    value: {
      protocolType: group.protocolType ?? '',
      generation: group.generationId,
      protocol: protocolName,
      leader: group.leaderId,
      currentStateTimestamp: group.stateTimestampMs ?? -1,
      members: group.members().map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: member.metadata(protocolName ?? ''),
        assignment: assignments.get(member.memberId) ?? EMPTY_ASSIGNMENT,
      })),
    },
  };
}

/** What stands in the log before a group's first generation. */
export function emptyGroupRecord(groupId: string, createdMs: number): GroupMetadataRecord {
  return {
    kind: 'groupMetadata',
    key: { group: groupId },
    value: {
      protocolType: '',
      generation: 0,
      protocol: null,
      leader: null,
      currentStateTimestamp: createdMs,
      members: [],
    },
  };
}

export function newClassicGroup(groupId: string, createdMs: number): ClassicGroup {
  return new ClassicGroup({
    groupId,
    state: 'EMPTY',
    generationId: 0,
    protocolType: null,
    protocolName: null,
    leaderId: null,
    stateTimestampMs: createdMs,
    members: [],
  });
}

export function groupFromRecord(groupId: string, value: GroupMetadataValue): ClassicGroup {
  const members = value.members.map(
    (member) =>
      new ClassicMember({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        protocolType: value.protocolType,
        protocols: [{ name: value.protocol ?? '', metadata: member.subscription }],
        rebalanceTimeoutMs: member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
        sessionTimeoutMs: member.sessionTimeout,
        assignment: member.assignment,
      }),
  );
  return new ClassicGroup({
    groupId,
    state: members.length === 0 ? 'EMPTY' : 'STABLE',
    generationId: value.generation,
    protocolType: value.protocolType === '' ? null : value.protocolType,
    protocolName: value.protocol,
    leaderId: value.leader,
    stateTimestampMs: value.currentStateTimestamp < 0 ? null : value.currentStateTimestamp,
    members,
  });
}
