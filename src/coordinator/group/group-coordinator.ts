/**
 * Consumer groups of one broker: finds the shard of each group among the partitions of __consumer_offsets that this
 * broker leads. Answers carry their error codes; no method rejects for what a group decides.
 */
import { ErrorCode, type ErrorName } from '../../../protocol/errors.ts';
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
import { CoordinatorRuntime } from '../runtime/coordinator-runtime.ts';
import { toCoordinatorError } from '../runtime/errors.ts';
import type { PartitionWriter } from '../runtime/partition-writer.ts';
import { LATEST } from '../runtime/timeline.ts';
import { heartbeat } from './classic/heartbeat.ts';
import { joinGroup } from './classic/join.ts';
import { newJoin } from './classic/join-request.ts';
import { type LeaveRequest, leaveGroup } from './classic/leave.ts';
import { syncGroup } from './classic/sync.ts';
import type { GroupCoordinatorConfig } from './config.ts';
import { type DeletedGroup, deleteGroup } from './delete-groups.ts';
import { type DescribedGroup, describeGroup, listGroups } from './describe-groups.ts';
import { type GroupRecord, groupRecordSerde } from './group-records.ts';
import { GroupShard } from './group-shard.ts';
import type { GroupState, GroupWrite } from './group-state.ts';
import { partitionForKey } from './java-hash.ts';
import { commitOffsets } from './offsets/commit-offsets.ts';
import { type DeletedTopic, deleteOffsets, deleteOffsetsOfTopics } from './offsets/delete-offsets.ts';
import { type FetchGroupRequest, type FetchGroupResponse, fetchOffsets } from './offsets/fetch-offsets.ts';
import {
  commitFailed,
  fetchedGroups,
  fetchResponse,
  mergeAnswers,
  nameTopics,
  resolveCommitTopics,
  resolveFetchTopics,
  servable,
} from './offsets/offset-topics.ts';
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
  /** Calls back when the work at hand has been queued; by default, when the event loop has read from all sockets. */
  readonly afterQueuedWork?: (callback: () => void) => void;
}

const GROUP_METADATA_TOPIC = '__consumer_offsets';

export class GroupCoordinator {
  readonly #runtime: CoordinatorRuntime<GroupShard, GroupRecord>;
  readonly #config: GroupCoordinatorConfig;
  readonly #numPartitions: number;
  readonly #topics: TopicLookup;
  readonly #logger: Logger;
  #isStopping = false;

  constructor(options: GroupCoordinatorOptions) {
    const { writer, clock, logger, random, config } = options;
    this.#config = config;
    this.#numPartitions = options.numPartitions;
    this.#topics = options.topics;
    this.#logger = logger;
    this.#runtime = new CoordinatorRuntime({
      topic: GROUP_METADATA_TOPIC,
      writer,
      serde: groupRecordSerde,
      clock,
      logger,
      buildShard: (ports) => new GroupShard(ports, { config, random }),
      appendLingerMs: config.appendLingerMs,
      writeTimeoutMs: config.offsetsCommitTimeoutMs,
      compression: config.compression,
      maxBatchBytes: config.maxBatchBytes,
      loadBufferBytes: config.offsetsLoadBufferSize,
      afterQueuedWork: options.afterQueuedWork ?? setImmediate,
    });
  }

  /** The partition of __consumer_offsets that holds a group. */
  partitionFor(groupId: string): number {
    return partitionForKey(groupId, this.#numPartitions);
  }

  /** This broker leads the partition now. Resolves when its groups are loaded; rejects when they cannot be. */
  onElection(partition: number, leaderEpoch: number): Promise<void> {
    return this.#runtime.elect(partition, leaderEpoch);
  }

  /** This broker leads the partition no longer, another does in `leaderEpoch`; null when its replica is gone. */
  onResignation(partition: number, leaderEpoch: number | null): void {
    this.#runtime.resign(partition, leaderEpoch);
  }

  /** Drops the offsets of topics that were deleted. Never rejects: what could not be dropped expires. */
  async onTopicsDeleted(topics: readonly DeletedTopic[]): Promise<void> {
    const outcomes = await Promise.allSettled(
      this.#runtime.writeAll('delete-topics', ({ state }) => deleteOffsetsOfTopics(state, topics)),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled' || toCoordinatorError(outcome.reason) === 'NOT_COORDINATOR') continue;
      this.#logger.error({ err: outcome.reason, topics }, 'offsets of deleted topics could not be dropped');
    }
  }

  async joinGroup(
    context: RequestContext,
    request: Decoded<typeof joinGroupRequest>,
  ): Promise<Encodable<typeof joinGroupResponse>> {
    const response = await this.#join(context, request);
    return context.apiVersion < FIRST_JOIN_VERSION_WITH_NULL_PROTOCOL
      ? { ...response, protocolName: response.protocolName ?? '' }
      : { ...response, protocolName: response.protocolName ?? null };
  }

  async #join(
    context: RequestContext,
    request: Decoded<typeof joinGroupRequest>,
  ): Promise<Encodable<typeof joinGroupResponse>> {
    const { groupId, memberId, sessionTimeoutMs } = request;
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#config;
    if (groupId === '') return { memberId, errorCode: ErrorCode.INVALID_GROUP_ID };
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      return { memberId, errorCode: ErrorCode.INVALID_SESSION_TIMEOUT };
    }
    return this.#parked<Encodable<typeof joinGroupResponse>>(
      groupId,
      'join-group',
      (state, reply) => {
        if (state.opaque(groupId) === undefined) {
          return joinGroup(state.classic, newJoin(context, request, reply));
        }
        reply({ memberId, errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL });
        return { records: [], response: undefined };
      },
      (errorCode) => ({ memberId, errorCode }),
    );
  }

  async syncGroup(
    _context: RequestContext,
    request: Decoded<typeof syncGroupRequest>,
  ): Promise<Encodable<typeof syncGroupResponse>> {
    const { groupId } = request;
    if (groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID };
    return this.#parked<Encodable<typeof syncGroupResponse>>(
      groupId,
      'sync-group',
      (state, reply) => syncGroup(state.classic, request, reply),
      (errorCode) => ({ errorCode }),
    );
  }

  async heartbeat(
    _context: RequestContext,
    request: Decoded<typeof heartbeatRequest>,
  ): Promise<Encodable<typeof heartbeatResponse>> {
    if (request.groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID };
    return this.#write(
      request.groupId,
      'heartbeat',
      (state) => heartbeat(state.classic, request),
      // Sessions begin anew when the partition is loaded, so there is no harm in saying that all is well.
      (error) => ({ errorCode: ErrorCode[error === 'COORDINATOR_LOAD_IN_PROGRESS' ? 'NONE' : error] }),
    );
  }

  async leaveGroup(
    context: RequestContext,
    request: Decoded<typeof leaveGroupRequest>,
  ): Promise<Encodable<typeof leaveGroupResponse>> {
    const { groupId, memberId } = request;
    if (groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID };
    const isOfOne = context.apiVersion < FIRST_LEAVE_VERSION_WITH_MEMBERS;
    const members = isOfOne ? [{ memberId, groupInstanceId: null, reason: null }] : request.members;
    const response = await this.#write(
      groupId,
      'leave-group',
      (state) => leaveGroup(state.classic, { ...request, members }),
      (error) => (error === 'UNKNOWN_MEMBER_ID' ? allUnknown(members) : { errorCode: ErrorCode[error] }),
    );
    if (!isOfOne) return response;
    return { errorCode: response.errorCode || (response.members?.[0]?.errorCode ?? ErrorCode.NONE) };
  }

  async offsetCommit(
    context: RequestContext,
    request: Decoded<typeof offsetCommitRequest>,
  ): Promise<Encodable<typeof offsetCommitResponse>> {
    const { apiVersion } = context;
    const resolved = resolveCommitTopics(this.#topics, apiVersion, request.topics);
    const topics = servable(resolved);
    if (topics.length === 0) return { topics: mergeAnswers(resolved, []) };
    const response = await this.#write<Encodable<typeof offsetCommitResponse>>(
      request.groupId,
      'commit-offsets',
      (state) => commitOffsets(state, apiVersion, { ...request, topics }),
      (error) => ({ topics: topics.map((topic) => commitFailed(topic, error)) }),
    );
    return { topics: mergeAnswers(resolved, response.topics ?? []) };
  }

  async offsetFetch(
    context: RequestContext,
    request: Decoded<typeof offsetFetchRequest>,
  ): Promise<Encodable<typeof offsetFetchResponse>> {
    const { apiVersion } = context;
    const groups = await Promise.all(
      fetchedGroups(apiVersion, request).map((group) => this.#fetchGroup(apiVersion, group, request.requireStable)),
    );
    return fetchResponse(apiVersion, request, groups);
  }

  async #fetchGroup(
    apiVersion: number,
    request: FetchGroupRequest,
    requireStable: boolean,
  ): Promise<FetchGroupResponse> {
    const { groupId } = request;
    const resolved = request.topics === null ? null : resolveFetchTopics(this.#topics, apiVersion, request.topics);
    const servableRequest = { ...request, topics: resolved === null ? null : servable(resolved) };
    let response: FetchGroupResponse;
    try {
      response = await this.#fetchOffsets(servableRequest, requireStable);
    } catch (failure) {
      const error = this.#errorOf('fetch-offsets', failure);
      // Consumers before 3.9 do not retry on COORDINATOR_NOT_AVAILABLE here; this makes them look the coordinator up.
      return { groupId, errorCode: ErrorCode[error === 'COORDINATOR_NOT_AVAILABLE' ? 'NOT_COORDINATOR' : error] };
    }
    const answers = response.topics ?? [];
    const topics = resolved === null ? nameTopics(this.#topics, apiVersion, answers) : mergeAnswers(resolved, answers);
    return { ...response, topics };
  }

  /** Stable offsets are those after everything that is on its way has been committed. */
  #fetchOffsets(request: FetchGroupRequest, requireStable: boolean): Promise<FetchGroupResponse> {
    const partition = this.partitionFor(request.groupId);
    if (!requireStable) {
      return this.#runtime.read(partition, ({ state }, committed) => fetchOffsets(state, request, committed));
    }
    return this.#runtime.write('fetch-offsets', partition, ({ state }) => ({
      records: [],
      response: fetchOffsets(state, request, LATEST),
    }));
  }

  async listGroups(
    _context: RequestContext,
    request: Decoded<typeof listGroupsRequest>,
  ): Promise<Encodable<typeof listGroupsResponse>> {
    const outcomes = await Promise.allSettled(
      this.#runtime.readAll(({ state }, committed) => listGroups(state, request, committed)),
    );
    const groups = [];
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') groups.push(...outcome.value);
      else {
        const error = this.#errorOf('list-groups', outcome.reason);
        // A partition that moves away meanwhile is listed by the broker that has it.
        if (error !== 'NOT_COORDINATOR') return { errorCode: ErrorCode[error] };
      }
    }
    return { groups };
  }

  async describeGroups(
    { apiVersion }: RequestContext,
    request: Decoded<typeof describeGroupsRequest>,
  ): Promise<Encodable<typeof describeGroupsResponse>> {
    const groups = await Promise.all(
      request.groups.map(async (groupId): Promise<DescribedGroup> => {
        try {
          return await this.#runtime.read(this.partitionFor(groupId), ({ state }, committed) =>
            describeGroup(state, groupId, apiVersion, committed),
          );
        } catch (failure) {
          return { groupId, errorCode: ErrorCode[this.#errorOf('describe-groups', failure)] };
        }
      }),
    );
    return { groups };
  }

  async deleteGroups(
    _context: RequestContext,
    request: Decoded<typeof deleteGroupsRequest>,
  ): Promise<Encodable<typeof deleteGroupsResponse>> {
    const results = await Promise.all(
      [...new Set(request.groupsNames)].map((groupId) =>
        this.#write<DeletedGroup>(
          groupId,
          'delete-group',
          (state) => deleteGroup(state, groupId),
          (error) => ({ groupId, errorCode: ErrorCode[error] }),
        ),
      ),
    );
    return { results };
  }

  async offsetDelete(
    _context: RequestContext,
    request: Decoded<typeof offsetDeleteRequest>,
  ): Promise<Encodable<typeof offsetDeleteResponse>> {
    if (request.groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID };
    return this.#write<Encodable<typeof offsetDeleteResponse>>(
      request.groupId,
      'delete-offsets',
      (state) => deleteOffsets(state, request),
      (error) => ({ errorCode: ErrorCode[error] }),
    );
  }

  /**
   * Before a stop: answers who waits for a rebalance or an assignment, now and from now on, so that nothing is left
   * waiting; everything else is served until `shutdown`.
   */
  sendWaitersAway(): void {
    this.#isStopping = true;
    this.#runtime.stopWaiting();
  }

  /** Unloads every partition; pending requests are answered NOT_COORDINATOR, later ones COORDINATOR_NOT_AVAILABLE. */
  shutdown(): void {
    this.#runtime.close();
  }

  /** An operation that is answered when its records are committed, or with what `failed` makes of the error. */
  async #write<T>(
    groupId: string,
    name: string,
    operation: (state: GroupState) => GroupWrite<T>,
    failed: (error: ErrorName) => T,
  ): Promise<T> {
    try {
      return await this.#runtime.write(name, this.partitionFor(groupId), ({ state }) => operation(state));
    } catch (failure) {
      return failed(this.#errorOf(name, failure));
    }
  }

  /** An operation that is answered whenever its group comes to it, or when its own records are lost. */
  #parked<T>(
    groupId: string,
    name: string,
    operation: (state: GroupState, reply: (response: T) => void) => GroupWrite<void>,
    failed: (errorCode: number) => T,
  ): Promise<T> {
    if (this.#isStopping) return Promise.resolve(failed(ErrorCode.COORDINATOR_NOT_AVAILABLE));
    return new Promise((reply) => {
      this.#runtime
        .write(name, this.partitionFor(groupId), ({ state }) => operation(state, reply))
        .catch((failure) => reply(failed(ErrorCode[this.#errorOf(name, failure)])));
    });
  }

  #errorOf(operation: string, failure: unknown): ErrorName {
    const error = toCoordinatorError(failure);
    if (error === 'UNKNOWN_SERVER_ERROR') this.#logger.error({ err: failure, operation }, 'a group request failed');
    return error;
  }
}

/** Before it, the name of no protocol is the empty string. */
const FIRST_JOIN_VERSION_WITH_NULL_PROTOCOL = 7;
/** Before it, the request is of one member and has one error. */
const FIRST_LEAVE_VERSION_WITH_MEMBERS = 3;

function allUnknown(members: LeaveRequest['members']): Encodable<typeof leaveGroupResponse> {
  return {
    members: members.map(({ memberId, groupInstanceId }) => ({
      memberId,
      groupInstanceId,
      errorCode: ErrorCode.UNKNOWN_MEMBER_ID,
    })),
  };
}
