import { type ErrorName, errorName } from '../../../protocol/errors.ts';
import {
  DEFAULT_GROUP_COORDINATOR_CONFIG,
  type GroupCoordinatorConfig,
} from '../../../src/coordinator/group/config.ts';
import { GroupCoordinator } from '../../../src/coordinator/group/group-coordinator.ts';
import type { RequestContext } from '../../../src/coordinator/group/ports.ts';
import { SimulatedClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { seededRandom } from '../../../src/platform/random.ts';
import { settled } from './counters.ts';
import { FakePartitionWriter } from './fake-partition-writer.ts';

export const GROUP = 'orders-group';
export const ORDERS_ID = 'b3JkZXJzb3JkZXJzb3JkZQ';

/** A consumer's metadata: version 0, its topics, no user data. */
export function subscription(...topics: string[]): Buffer {
  const parts = [Buffer.from([0, 0]), int32(topics.length)];
  for (const topic of topics) parts.push(Buffer.from([0, topic.length]), Buffer.from(topic));
  return Buffer.concat([...parts, int32(-1)]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export interface JoinOptions {
  readonly groupId?: string;
  readonly memberId?: string;
  readonly instanceId?: string | null;
  readonly protocolType?: string;
  /** Metadata by protocol name, the favourite first. */
  readonly protocols?: Readonly<Record<string, Buffer>>;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly version?: number;
  readonly clientId?: string;
}

export class GroupFixture {
  readonly clock = new SimulatedClock();
  readonly writer: FakePartitionWriter;
  readonly coordinator: GroupCoordinator;
  readonly topicIds = new Map([['orders', ORDERS_ID]]);

  constructor(config: Partial<GroupCoordinatorConfig> = {}, writer = new FakePartitionWriter(), numPartitions = 1) {
    this.writer = writer;
    this.coordinator = new GroupCoordinator({
      writer,
      clock: this.clock,
      logger: silentLogger,
      random: seededRandom(1),
      config: { ...DEFAULT_GROUP_COORDINATOR_CONFIG, ...config },
      numPartitions,
      topics: {
        topicId: (name) => this.topicIds.get(name),
        topicName: (id) => [...this.topicIds].find(([, each]) => each === id)?.[0],
      },
      afterQueuedWork: queueMicrotask,
    });
  }

  static async elected(config: Partial<GroupCoordinatorConfig> = {}): Promise<GroupFixture> {
    const fixture = new GroupFixture(config);
    await fixture.coordinator.onElection(0, 0);
    return fixture;
  }

  context(apiVersion: number, clientId = 'client'): RequestContext {
    return { apiVersion, clientId, clientHost: '/127.0.0.1' };
  }

  /** Sends one JoinGroup; the answer may be long in coming. */
  async join(options: JoinOptions = {}) {
    const protocols = options.protocols ?? { range: subscription('orders') };
    const response = await this.coordinator.joinGroup(this.context(options.version ?? 9, options.clientId), {
      groupId: options.groupId ?? GROUP,
      sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 60_000,
      memberId: options.memberId ?? '',
      groupInstanceId: options.instanceId ?? null,
      protocolType: options.protocolType ?? 'consumer',
      protocols: Object.entries(protocols).map(([name, metadata]) => ({ name, metadata })),
      reason: null,
    });
    return { ...response, error: errorName(response.errorCode ?? 0), memberId: response.memberId ?? '' };
  }

  /** Gets a member id and joins with it, as clients do. */
  async joinWithId(options: JoinOptions = {}) {
    const { memberId } = await this.join(options);
    return this.join({ ...options, memberId });
  }

  async sync(
    memberId: string,
    generationId: number,
    assignments: Readonly<Record<string, string>> = {},
    options: { readonly instanceId?: string; readonly protocolType?: string; readonly protocolName?: string } = {},
  ) {
    const response = await this.coordinator.syncGroup(this.context(5), {
      groupId: GROUP,
      generationId,
      memberId,
      groupInstanceId: options.instanceId ?? null,
      protocolType: options.protocolType ?? null,
      protocolName: options.protocolName ?? null,
      assignments: Object.entries(assignments).map(([id, text]) => ({ memberId: id, assignment: Buffer.from(text) })),
    });
    return { ...response, error: errorName(response.errorCode ?? 0), text: String(response.assignment ?? '') };
  }

  async heartbeat(memberId: string, generationId: number, instanceId: string | null = null): Promise<ErrorName> {
    const response = await this.coordinator.heartbeat(this.context(4), {
      groupId: GROUP,
      generationId,
      memberId,
      groupInstanceId: instanceId,
    });
    return errorName(response.errorCode ?? 0);
  }

  async leave(...members: { readonly memberId?: string; readonly instanceId?: string }[]) {
    const response = await this.coordinator.leaveGroup(this.context(5), {
      groupId: GROUP,
      memberId: '',
      members: members.map(({ memberId = '', instanceId = null }) => ({
        memberId,
        groupInstanceId: instanceId,
        reason: null,
      })),
    });
    return (response.members ?? []).map(({ errorCode }) => errorName(errorCode ?? 0));
  }

  async commit(
    offsets: Readonly<Record<string, number>>,
    options: {
      readonly groupId?: string;
      readonly memberId?: string;
      readonly generationId?: number;
      readonly metadata?: string;
      readonly retentionTimeMs?: number;
      readonly version?: number;
    } = {},
  ): Promise<Record<string, ErrorName>> {
    const version = options.version ?? 9;
    const response = await this.coordinator.offsetCommit(this.context(version), {
      groupId: options.groupId ?? GROUP,
      generationIdOrMemberEpoch: options.generationId ?? -1,
      memberId: options.memberId ?? '',
      groupInstanceId: null,
      retentionTimeMs: options.retentionTimeMs ?? -1,
      topics: Object.entries(offsets).map(([key, committedOffset]) => {
        const [name, partition] = splitKey(key);
        return {
          name: version >= 10 ? '' : name,
          topicId: version >= 10 ? (this.topicIds.get(name) ?? name) : 'AAAAAAAAAAAAAAAAAAAAAA',
          partitions: [
            {
              partitionIndex: partition,
              committedOffset,
              committedLeaderEpoch: 3,
              committedMetadata: options.metadata ?? null,
            },
          ],
        };
      }),
    });
    const keys = Object.keys(offsets);
    return Object.fromEntries(
      (response.topics ?? []).map(({ partitions }, i) => [keys[i]!, errorName(partitions?.[0]?.errorCode ?? 0)]),
    );
  }

  /** Committed offsets of a group by topic and partition. */
  async committed(groupId = GROUP, requireStable = false): Promise<Record<string, number>> {
    const { groups } = await this.coordinator.offsetFetch(this.context(9), {
      groupId: '',
      topics: [],
      groups: [{ groupId, memberId: null, memberEpoch: -1, topics: null }],
      requireStable,
    });
    const offsets: Record<string, number> = {};
    for (const { name, partitions } of groups?.[0]?.topics ?? []) {
      for (const { partitionIndex, committedOffset } of partitions ?? []) {
        offsets[`${name}-${partitionIndex}`] = committedOffset ?? -1;
      }
    }
    return offsets;
  }

  async list(filters: { readonly states?: string[]; readonly types?: string[] } = {}) {
    const { states: statesFilter = [], types: typesFilter = [] } = filters;
    const response = await this.coordinator.listGroups(this.context(5), { statesFilter, typesFilter });
    return response.groups ?? [];
  }

  async describe(groupId = GROUP, version = 6) {
    const request = { groups: [groupId], includeAuthorizedOperations: false };
    const response = await this.coordinator.describeGroups(this.context(version), request);
    return response.groups![0]!;
  }

  async state(groupId = GROUP): Promise<string> {
    return (await this.describe(groupId)).groupState ?? '';
  }

  /** A stable group of `size` dynamic members; the first leads. */
  async stable(size: number, options: JoinOptions = {}) {
    const joining = [];
    for (let i = 0; i < size; i++) joining.push(this.joinWithId(options));
    await settled();
    await this.clock.advance(0);
    const joined = await Promise.all(joining);
    const leader = joined.find(({ leader, memberId }) => leader === memberId)!;
    const generationId = leader.generationId!;
    const assignments = Object.fromEntries(joined.map(({ memberId }, i) => [memberId, `assignment ${i}`]));
    const syncs = joined.map(({ memberId }) =>
      this.sync(memberId, generationId, memberId === leader.memberId ? assignments : {}),
    );
    await Promise.all(syncs);
    const followers = joined.map(({ memberId }) => memberId).filter((id) => id !== leader.memberId);
    return { generationId, leader: leader.memberId, followers, assignments };
  }
}

function splitKey(key: string): [topic: string, partition: number] {
  const at = key.lastIndexOf('-');
  return [key.slice(0, at), Number(key.slice(at + 1))];
}
