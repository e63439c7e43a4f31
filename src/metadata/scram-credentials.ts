/** SCRAM credentials (KIP-554): what a user's password is checked against, by mechanism and user. */
import { KafkaError } from '../../protocol/errors.ts';

/** Kafka's number, the hash, and the fewest iterations of each mechanism. */
export const scramMechanisms = [
  { type: 1, hash: 'sha256', minIterations: 4096 },
  { type: 2, hash: 'sha512', minIterations: 4096 },
] as const;

export interface ScramCredential {
  readonly user: string;
  /** A `type` of `scramMechanisms`. */
  readonly mechanism: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
  readonly iterations: number;
}

export function scramKey(mechanism: number, user: string): string {
  return `${mechanism}:${user}`;
}

export interface DescribedScramUser {
  readonly user: string;
  /** RESOURCE_NOT_FOUND, or DUPLICATE_RESOURCE for a user asked for twice. */
  readonly error: KafkaError | null;
  readonly credentials: readonly ScramCredential[];
}

/** What DescribeUserScramCredentials answers (`ScramImage.describe`): of `users`, or of all when there are none. */
export function describeScramUsers(
  credentials: ReadonlyMap<string, ScramCredential>,
  users: readonly string[],
): DescribedScramUser[] {
  const asked = users.length === 0 ? new Set(Array.from(credentials.values(), ({ user }) => user)) : users;
  const times = new Map<string, number>();
  for (const user of asked) times.set(user, (times.get(user) ?? 0) + 1);
  return Array.from(times, ([user, count]) => {
    if (count > 1) {
      const message = `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`;
      return { user, error: new KafkaError('DUPLICATE_RESOURCE', message), credentials: [] };
    }
    const found = scramMechanisms.flatMap(({ type }) => credentials.get(scramKey(type, user)) ?? []);
    if (found.length > 0) return { user, error: null, credentials: found };
    const message = `Attempt to describe a user credential that does not exist: ${user}`;
    return { user, error: new KafkaError('RESOURCE_NOT_FOUND', message), credentials: [] };
  });
}
