/**
 * A classic group as it lives: who is in it, who is joining, what was agreed. Rebalancing happens here, in memory; only
 * a finished generation is a record, from which a group is rebuilt when its partition is loaded.
 */
import { KafkaError } from '../../../../protocol/errors.ts';
import { type ClassicMember, EMPTY_ASSIGNMENT, type MemberProtocol } from './member.ts';
import { CONSUMER_PROTOCOL_TYPE, commonProtocols, electProtocol, subscribedTopics } from './protocols.ts';
import { type ClassicState, VALID_PREDECESSORS } from './states.ts';

export interface GroupFacts {
  readonly groupId: string;
  readonly state: 'EMPTY' | 'STABLE';
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leaderId: string | null;
  /** Null in records of a Kafka that did not keep it. */
  readonly stateTimestampMs: number | null;
  readonly members: readonly ClassicMember[];
}

export class ClassicGroup {
  readonly groupId: string;
  #state: ClassicState;
  /** Distinguishes a group's first rebalance, which waits for more members, from later ones. */
  #previousState: ClassicState = 'DEAD';
  generationId: number;
  protocolType: string | null;
  protocolName: string | null;
  leaderId: string | null;
  stateTimestampMs: number | null;
  /** Null when the group has not told, or not in a way that can be read. */
  subscribedTopics: ReadonlySet<string> | null = null;
  /** Someone joined since the first rebalance's delay began. */
  newMemberAdded = false;
  readonly #members = new Map<string, ClassicMember>();
  /** Member ids by group instance id. */
  readonly #staticMembers = new Map<string, string>();
  /** Ids that were given out and have not joined yet. */
  readonly pendingJoin = new Set<string>();
  /** Members that have not sent SyncGroup in this generation. */
  readonly pendingSync = new Set<string>();

  constructor(facts: GroupFacts) {
    this.groupId = facts.groupId;
    this.#state = facts.state;
    this.generationId = facts.generationId;
    this.protocolType = facts.protocolType;
    this.protocolName = facts.protocolName;
    this.leaderId = facts.leaderId;
    this.stateTimestampMs = facts.stateTimestampMs;
    for (const member of facts.members) this.#put(member);
    this.#learnTopics();
  }

  get state(): ClassicState {
    return this.#state;
  }

  get previousState(): ClassicState {
    return this.#previousState;
  }

  isIn(...states: readonly ClassicState[]): boolean {
    return states.includes(this.#state);
  }

  get canRebalance(): boolean {
    return VALID_PREDECESSORS.PREPARING_REBALANCE.includes(this.#state);
  }

  transition(state: ClassicState, nowMs: number): void {
    if (!VALID_PREDECESSORS[state].includes(this.#state)) {
      throw new Error(`group ${this.groupId} cannot go from ${this.#state} to ${state}`);
    }
    this.#previousState = this.#state;
    this.#state = state;
    this.stateTimestampMs = nowMs;
  }

  // Members

  get size(): number {
    return this.#members.size;
  }

  members(): ClassicMember[] {
    return [...this.#members.values()];
  }

  member(memberId: string): ClassicMember | undefined {
    return this.#members.get(memberId);
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId;
  }

  staticMemberId(groupInstanceId: string): string | undefined {
    return this.#staticMembers.get(groupInstanceId);
  }

  get numAwaitingJoin(): number {
    let count = 0;
    for (const member of this.#members.values()) if (member.awaitingJoin !== null) count += 1;
    return count;
  }

  get hasAllJoined(): boolean {
    return this.pendingJoin.size === 0 && this.numAwaitingJoin === this.size;
  }

  /** The longest that any member allows for rejoining. */
  get rebalanceTimeoutMs(): number {
    return Math.max(0, ...this.members().map((member) => member.rebalanceTimeoutMs));
  }

  /** Adds a member; the first one settles the protocol type, and leads. */
  add(member: ClassicMember): void {
    if (this.size === 0) this.protocolType = member.protocolType;
    this.#put(member);
    this.leaderId ??= member.memberId;
    this.pendingJoin.delete(member.memberId);
  }

  #put(member: ClassicMember): void {
    const { memberId, groupInstanceId } = member;
    if (groupInstanceId !== null) {
      if (this.#staticMembers.has(groupInstanceId)) {
        throw new Error(`group ${this.groupId} has a member of instance ${groupInstanceId} already`);
      }
      this.#staticMembers.set(groupInstanceId, memberId);
    }
    this.#members.set(memberId, member);
  }

  /** Removes a member, or an id that was given out; another member leads if this one did. */
  remove(memberId: string): void {
    const member = this.#members.get(memberId);
    this.#members.delete(memberId);
    if (member?.groupInstanceId != null) this.#staticMembers.delete(member.groupInstanceId);
    if (this.leaderId === memberId) this.leaderId = this.#members.keys().next().value ?? null;
    this.pendingJoin.delete(memberId);
    this.pendingSync.delete(memberId);
  }

  /** Puts `replacement` in the place of the member that had its instance id, leadership included. */
  replaceStatic(oldMemberId: string, replacement: ClassicMember): void {
    const wasLeader = this.leaderId === oldMemberId;
    this.remove(oldMemberId);
    this.#put(replacement);
    if (wasLeader) this.leaderId = replacement.memberId;
  }

  /**
   * Throws unless the member may speak for itself.
   * @throws UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID when another member has its instance id now
   */
  checkMember(memberId: string, groupInstanceId: string | null): ClassicMember {
    if (groupInstanceId !== null) {
      const current = this.#staticMembers.get(groupInstanceId);
      if (current !== undefined && current !== memberId) {
        const message = `instance ${groupInstanceId} of group ${this.groupId} is ${current}, not ${memberId}`;
        throw new KafkaError('FENCED_INSTANCE_ID', message);
      }
      if (current === undefined) throw this.#unknownMember(memberId);
    }
    const member = this.#members.get(memberId);
    if (member === undefined) throw this.#unknownMember(memberId);
    return member;
  }

  #unknownMember(memberId: string): KafkaError {
    return new KafkaError('UNKNOWN_MEMBER_ID', `group ${this.groupId} has no member ${memberId}`);
  }

  // Protocols and generations

  /** Whether a member of this type that offers `protocols` could agree with all who are there. */
  accepts(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.#state === 'EMPTY') return protocolType !== '' && protocols.length > 0;
    if (this.protocolType !== protocolType) return false;
    const common = commonProtocols(this.members());
    return protocols.some(({ name }) => common.has(name) || this.size === 0);
  }

  electProtocol(): string | null {
    return electProtocol(this.members());
  }

  get usesConsumerProtocol(): boolean {
    return this.protocolType === CONSUMER_PROTOCOL_TYPE;
  }

  /** Made by committing offsets only: no protocol, and nobody in it. */
  get isSimple(): boolean {
    return this.protocolType === null && this.#state === 'EMPTY' && this.pendingJoin.size === 0;
  }

  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.usesConsumerProtocol;
  }

  /** Makes sure that the leader is one who has joined; false when nobody has. */
  electJoinedLeader(): boolean {
    if (this.leaderId === null) return false;
    if (this.#members.get(this.leaderId)?.awaitingJoin != null) return true;
    const joined = this.members().find((member) => member.awaitingJoin !== null);
    if (joined === undefined) return false;
    this.leaderId = joined.memberId;
    return true;
  }

  startGeneration(nowMs: number): void {
    this.generationId = (this.generationId + 1) | 0;
    this.protocolName = this.size === 0 ? null : this.electProtocol();
    this.transition(this.size === 0 ? 'EMPTY' : 'COMPLETING_REBALANCE', nowMs);
    this.#learnTopics();
    this.pendingSync.clear();
  }

  clearAssignments(): void {
    for (const member of this.#members.values()) member.assignment = EMPTY_ASSIGNMENT;
  }

  #learnTopics(): void {
    if (!this.usesConsumerProtocol) this.subscribedTopics = null;
    else if (this.size === 0) this.subscribedTopics = new Set();
    else
      this.subscribedTopics = this.protocolName === null ? null : subscribedTopics(this.members(), this.protocolName);
  }
}
