/** How members agree on a protocol, and what the "consumer" protocol says they subscribe to. */
import { codec } from '../../../../protocol/codec.ts';
import { consumerProtocolSubscription } from '../../../../protocol/schema/records/consumer-protocol-subscription.ts';
import { DecodeError } from '../../../../protocol/wire/decode-error.ts';
import { Reader } from '../../../../protocol/wire/reader.ts';
import type { ClassicMember } from './member.ts';

/** The protocol type of consumers, whose metadata the broker can read. */
export const CONSUMER_PROTOCOL_TYPE = 'consumer';

/** Protocols that every one of the members offers. */
export function commonProtocols(members: readonly ClassicMember[]): Set<string> {
  const offers = new Map<string, number>();
  for (const { protocols } of members) {
    for (const name of new Set(protocols.map((protocol) => protocol.name)))
      offers.set(name, (offers.get(name) ?? 0) + 1);
  }
  return new Set([...offers].filter(([, count]) => count === members.length).map(([name]) => name));
}

/** The common protocol that most members like best; null when there is none. */
export function electProtocol(members: readonly ClassicMember[]): string | null {
  const candidates = commonProtocols(members);
  const votes = new Map<string, number>();
  for (const member of members) {
    const vote = member.vote(candidates);
    if (vote !== undefined) votes.set(vote, (votes.get(vote) ?? 0) + 1);
  }
  let elected: string | null = null;
  for (const [name, count] of votes) if (elected === null || count > votes.get(elected)!) elected = name;
  return elected;
}

/** Version 0 is what all later versions begin with. */
const PREFIX_VERSION = 0;

/** All topics that the members subscribe to; null when one of them cannot be read. */
export function subscribedTopics(members: readonly ClassicMember[], protocolName: string): Set<string> | null {
  const topics = new Set<string>();
  try {
    for (const member of members) {
      const reader = new Reader(member.metadata(protocolName));
      reader.int16();
      for (const topic of codec(consumerProtocolSubscription, PREFIX_VERSION).decode(reader).topics) topics.add(topic);
    }
    return topics;
  } catch (failure) {
    if (failure instanceof DecodeError) return null;
    throw failure;
  }
}
