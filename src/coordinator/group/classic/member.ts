import type { joinGroupResponse } from '../../../../protocol/schema/11-join-group.ts';
import type { syncGroupResponse } from '../../../../protocol/schema/14-sync-group.ts';
import type { Encodable } from '../../../../protocol/schema/table.ts';

export type JoinResponse = Encodable<typeof joinGroupResponse>;
export type SyncResponse = Encodable<typeof syncGroupResponse>;
/** Answers a request; later calls do nothing. */
export type Reply<T> = (response: T) => void;

/** One way of assigning that a member offers, in order of its preference. */
export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export const EMPTY_ASSIGNMENT = Buffer.alloc(0);

export interface MemberFacts {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly protocolType: string;
  readonly protocols: readonly MemberProtocol[];
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly assignment?: Buffer;
}

/** A member of a classic group, with the requests of it that are waiting for an answer. */
export class ClassicMember {
  readonly memberId: string;
  /** Null for a dynamic member. */
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly protocolType: string;
  protocols: readonly MemberProtocol[];
  rebalanceTimeoutMs: number;
  sessionTimeoutMs: number;
  assignment: Buffer;
  /** Has not been in a generation yet, so does not know its id and cannot send heartbeats. */
  isNew = false;
  awaitingJoin: Reply<JoinResponse> | null = null;
  awaitingSync: Reply<SyncResponse> | null = null;

  constructor(facts: MemberFacts) {
    this.memberId = facts.memberId;
    this.groupInstanceId = facts.groupInstanceId;
    this.clientId = facts.clientId;
    this.clientHost = facts.clientHost;
    this.protocolType = facts.protocolType;
    this.protocols = facts.protocols;
    this.rebalanceTimeoutMs = facts.rebalanceTimeoutMs;
    this.sessionTimeoutMs = facts.sessionTimeoutMs;
    this.assignment = facts.assignment ?? EMPTY_ASSIGNMENT;
  }

  /** Whether an expired session is no failure: the broker owes this member an answer. */
  get isExcused(): boolean {
    return !this.isNew && (this.awaitingJoin !== null || this.awaitingSync !== null);
  }

  /** Its metadata for a protocol; empty for one that it does not offer. */
  metadata(protocolName: string): Buffer {
    return this.protocols.find(({ name }) => name === protocolName)?.metadata ?? EMPTY_ASSIGNMENT;
  }

  offersSame(protocols: readonly MemberProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      this.protocols.every(({ name, metadata }, i) => {
        const other = protocols[i]!;
        return other.name === name && other.metadata.equals(metadata);
      })
    );
  }

  /** Its favourite of `candidates`. */
  vote(candidates: ReadonlySet<string>): string | undefined {
    return this.protocols.find(({ name }) => candidates.has(name))?.name;
  }

  answerJoin(response: JoinResponse): void {
    const reply = this.awaitingJoin;
    this.awaitingJoin = null;
    reply?.(response);
  }

  /** Whether there was anyone to answer. */
  answerSync(response: SyncResponse): boolean {
    const reply = this.awaitingSync;
    this.awaitingSync = null;
    reply?.(response);
    return reply !== null;
  }
}
