/** A consumer of the classic group protocol, with the connection to the coordinator and the one to fetch from. */
import { Raw } from '../../compat-tests/support/raw.mjs';
import { Reader, Writer } from '../../dist/protocol/index.js';
import { FetchConnection } from './fetch-connection.mjs';
import { sleep } from './sleep.mjs';

const SESSION_TIMEOUT_MS = 30_000;
const REBALANCE_TIMEOUT_MS = 30_000;
/** `heartbeat.interval.ms`: how a member learns of a rebalance. A client's default is 3 s. */
const HEARTBEAT_SECONDS = 0.5;
const PROTOCOL = 'range';
const REBALANCE_IN_PROGRESS = 27;
const MEMBER_ID_REQUIRED = 79;

export class GroupMember {
  /** Of the partitions in `assigned`, since the last join. */
  assigned = [];
  generationId = -1;
  #group;
  #address;
  #topic;
  #coordinator;
  #consumer;
  #memberId = '';
  #hasLeft = false;
  #onAssigned;

  /**
   * @param topic `{ name, topicId, partitions }`, their number
   * @param onAssigned called after each join
   */
  constructor({ address, group, topic, onAssigned }) {
    this.#address = address;
    this.#group = group;
    this.#topic = topic;
    this.#onAssigned = onAssigned;
  }

  async connect() {
    this.#coordinator = await Raw.connect(this.#address);
  }

  /** Joins, and again whenever a heartbeat says so, until it leaves; rejects when it fails. */
  async run() {
    await this.#join();
    while (!this.#hasLeft) {
      await sleep(HEARTBEAT_SECONDS);
      if (this.#hasLeft) return;
      const { errorCode } = await this.#ask('Heartbeat', 4, {
        generationId: this.generationId,
        memberId: this.#memberId,
      });
      if (errorCode === REBALANCE_IN_PROGRESS) await this.#join();
      else if (errorCode !== 0) throw new Error(`a heartbeat of ${this.#group} was answered with error ${errorCode}`);
    }
  }

  /** Reads its partitions from `offset`; `onBatch` as FetchConnection takes it. */
  async fetchFrom(offset, onBatch) {
    this.#consumer?.close();
    const { topicId } = this.#topic;
    this.#consumer = new FetchConnection({ topicId, partitions: this.assigned, onBatch });
    this.#consumer.seek(offset);
    await this.#consumer.connect(this.#address);
    this.#consumer.fetch();
  }

  /** Leaves the group and closes its connections. */
  async leave() {
    this.#hasLeft = true;
    this.#consumer?.close();
    const { errorCode } = await this.#ask('LeaveGroup', 4, { members: [{ memberId: this.#memberId }] });
    if (errorCode !== 0) throw new Error(`leaving ${this.#group} was answered with error ${errorCode}`);
    this.#coordinator.close();
  }

  async #join() {
    const body = {
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      protocolType: 'consumer',
      protocols: [{ name: PROTOCOL, metadata: subscriptionTo(this.#topic.name) }],
    };
    for (;;) {
      let joined = await this.#ask('JoinGroup', 7, { ...body, memberId: this.#memberId });
      if (joined.errorCode === MEMBER_ID_REQUIRED) {
        this.#memberId = joined.memberId;
        joined = await this.#ask('JoinGroup', 7, { ...body, memberId: this.#memberId });
      }
      if (joined.errorCode === REBALANCE_IN_PROGRESS) continue;
      if (joined.errorCode !== 0) throw new Error(`joining ${this.#group} was answered with error ${joined.errorCode}`);
      this.#memberId = joined.memberId;
      this.generationId = joined.generationId;
      const synced = await this.#ask('SyncGroup', 5, {
        generationId: joined.generationId,
        memberId: joined.memberId,
        protocolType: 'consumer',
        protocolName: PROTOCOL,
        assignments: joined.leader === joined.memberId ? this.#assign(joined.members) : [],
      });
      if (synced.errorCode === REBALANCE_IN_PROGRESS) continue;
      if (synced.errorCode !== 0) throw new Error(`syncing ${this.#group} was answered with error ${synced.errorCode}`);
      this.assigned = partitionsOf(synced.assignment);
      this.#onAssigned(this);
      return;
    }
  }

  /** Partitions to members in turn. */
  #assign(members) {
    return members.map(({ memberId }, place) => {
      const all = Array.from({ length: this.#topic.partitions }, (_, index) => index);
      const partitions = all.filter((index) => index % members.length === place);
      return { memberId, assignment: assignmentOf(this.#topic.name, partitions) };
    });
  }

  async #ask(api, version, body) {
    const answer = await this.#coordinator.request(api, version, { groupId: this.#group, ...body });
    if (answer === 'closed') throw new Error(`${api} of ${this.#group} was not answered`);
    return answer;
  }
}

/** ConsumerProtocolSubscription 0: the topics, no user data. */
function subscriptionTo(topic) {
  const writer = new Writer();
  writer.int16(0);
  writer.int32(1);
  writer.string(topic, false);
  writer.int32(-1);
  return writer.toBuffer();
}

/** ConsumerProtocolAssignment 0: partitions of one topic, no user data. */
function assignmentOf(topic, partitions) {
  const writer = new Writer();
  writer.int16(0);
  writer.int32(1);
  writer.string(topic, false);
  writer.int32(partitions.length);
  for (const partition of partitions) writer.int32(partition);
  writer.int32(-1);
  return writer.toBuffer();
}

function partitionsOf(assignment) {
  const reader = new Reader(assignment);
  reader.int16();
  reader.int32();
  reader.slice(reader.int16());
  return Array.from({ length: reader.int32() }, () => reader.int32());
}
