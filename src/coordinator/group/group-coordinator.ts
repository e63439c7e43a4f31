/**
 * Consumer groups of one broker: finds the shard of each group among the partitions of __consumer_offsets that this
 * broker leads. Answers carry their error codes; no method rejects for what a group decides.
 */

import type { offsetCommitRequest, offsetCommitResponse } from '../../../protocol/schema/08-offset-commit.ts';
import type { offsetFetchRequest, offsetFetchResponse } from '../../../protocol/schema/09-offset-fetch.ts';
import type { joinGroupRequest, joinGroupResponse } from '../../../protocol/schema/11-join-group.ts';
import type { heartbeatRequest, heartbeatResponse } from '../../../protocol/schema/12-heartbeat.ts';
import type { leaveGroupRequest, leaveGroupResponse } from '../../../protocol/schema/13-leave-group.ts';
import type { syncGroupRequest, syncGroupResponse } from '../../../protocol/schema/14-sync-group.ts';
import type { describeGroupsRequest, describeGroupsResponse } from '../../../protocol/schema/15-describe-groups.ts';
import type { listGroupsRequest, listGroupsResponse } from '../../../protocol/schema/16-list-groups.ts';
import type { deleteGroupsRequest, deleteGroupsResponse } from '../../../protocol/schema/42-delete-groups.ts';
import type { offsetDeleteRequest, offsetDeleteResponse } from '../../../protocol/schema/47-offset-delete.ts';
import type { Decoded, Encodable } from '../../../protocol/schema/table.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Random } from '../../platform/random.ts';
import type { PartitionWriter } from '../runtime/partition-writer.ts';
import type { GroupCoordinatorConfig } from './config.ts';
import type { RequestContext, TopicLookup } from './ports.ts';

export interface GroupCoordinatorOptions {
  readonly writer: PartitionWriter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly config: GroupCoordinatorConfig;
  /** Partitions of __consumer_offsets. */
  readonly numPartitions: number;
  readonly topics: TopicLookup;
}

const notYet = (): never => {
  throw new Error('the group coordinator is not assembled yet');
};

export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions;

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options;
  }

  /** The partition of __consumer_offsets that holds a group. */
  partitionFor(_groupId: string): number {
    return 0 % this.#options.numPartitions;
  }

  /** This broker leads the partition now; resolves when its groups are loaded, or rejects when they cannot be. */
  async onElection(_partition: number, _leaderEpoch: number): Promise<void> {}

  /** This broker leads the partition no longer; a null epoch means that its replica is gone. */
  onResignation(_partition: number, _leaderEpoch: number | null): void {}

  /** Drops the offsets of topics that were deleted. */
  async onTopicsDeleted(_names: readonly string[]): Promise<void> {}

  async joinGroup(
    _context: RequestContext,
    _request: Decoded<typeof joinGroupRequest>,
  ): Promise<Encodable<typeof joinGroupResponse>> {
    return notYet();
  }

  async syncGroup(
    _context: RequestContext,
    _request: Decoded<typeof syncGroupRequest>,
  ): Promise<Encodable<typeof syncGroupResponse>> {
    return notYet();
  }

  async heartbeat(
    _context: RequestContext,
    _request: Decoded<typeof heartbeatRequest>,
  ): Promise<Encodable<typeof heartbeatResponse>> {
    return notYet();
  }

  async leaveGroup(
    _context: RequestContext,
    _request: Decoded<typeof leaveGroupRequest>,
  ): Promise<Encodable<typeof leaveGroupResponse>> {
    return notYet();
  }

  async offsetCommit(
    _context: RequestContext,
    _request: Decoded<typeof offsetCommitRequest>,
  ): Promise<Encodable<typeof offsetCommitResponse>> {
    return notYet();
  }

  async offsetFetch(
    _context: RequestContext,
    _request: Decoded<typeof offsetFetchRequest>,
  ): Promise<Encodable<typeof offsetFetchResponse>> {
    return notYet();
  }

  async listGroups(
    _context: RequestContext,
    _request: Decoded<typeof listGroupsRequest>,
  ): Promise<Encodable<typeof listGroupsResponse>> {
    return notYet();
  }

  async describeGroups(
    _context: RequestContext,
    _request: Decoded<typeof describeGroupsRequest>,
  ): Promise<Encodable<typeof describeGroupsResponse>> {
    return notYet();
  }

  async deleteGroups(
    _context: RequestContext,
    _request: Decoded<typeof deleteGroupsRequest>,
  ): Promise<Encodable<typeof deleteGroupsResponse>> {
    return notYet();
  }

  async offsetDelete(
    _context: RequestContext,
    _request: Decoded<typeof offsetDeleteRequest>,
  ): Promise<Encodable<typeof offsetDeleteResponse>> {
    return notYet();
  }

  /** Unloads every partition; pending requests are answered NOT_COORDINATOR. */
  async shutdown(): Promise<void> {}
}
