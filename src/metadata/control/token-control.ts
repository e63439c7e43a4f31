/** Delegation tokens (KIP-48, KIP-373) as Kafka's `DelegationTokenControlManager` decides them. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { KafkaError } from '../../../protocol/errors.ts';
import { type Random, randomUuid } from '../../platform/random.ts';
import type { MetadataImage } from '../image.ts';
import type { MetadataRecord } from '../records.ts';
import { type DelegationToken, securityRecords } from '../security-records.ts';
import { type Decision, RecordWriter } from './decision.ts';

const RENEWER_PREFIX = 'User:';

export interface TokenConfig {
  /** `delegation.token.secret.key`; null: there are no tokens. */
  readonly secretKey: string | null;
  /** `delegation.token.max.lifetime.ms` */
  readonly maxLifetimeMs: number;
  /** `delegation.token.expiry.time.ms`: a token lives for so long at a time. */
  readonly expiryTimeMs: number;
  /** `delegation.token.expiry.check.interval.ms` */
  readonly expiryCheckIntervalMs: number;
}

/** Principals are written as in `User:alice`. */
export interface TokenCreation {
  readonly owner: string;
  readonly requester: string;
  readonly renewers: readonly string[];
  /** The longest for zero and below. */
  readonly maxLifetimeMs: number;
}

export interface TokenChange {
  readonly principal: string;
  readonly hmac: Buffer;
  readonly periodMs: number;
}

export interface CreatedToken {
  readonly token: DelegationToken;
  readonly hmac: Buffer;
}

export function createToken(
  state: MetadataImage,
  config: TokenConfig,
  random: Random,
  nowMs: number,
  { owner, requester, renewers, maxLifetimeMs }: TokenCreation,
): Decision<CreatedToken> {
  const secret = secretOf(config);
  const stranger = renewers.find((renewer) => !renewer.startsWith(RENEWER_PREFIX));
  if (stranger !== undefined) {
    throw new KafkaError('INVALID_PRINCIPAL_TYPE', `renewer ${stranger} is not of the type User`);
  }
  const lifetimeMs = maxLifetimeMs > 0 ? Math.min(maxLifetimeMs, config.maxLifetimeMs) : config.maxLifetimeMs;
  const maxTimestamp = nowMs + lifetimeMs;
  const tokenId = randomUuid(random);
  const token: DelegationToken = {
    owner,
    requester,
    renewers: [...renewers],
    issueTimestamp: nowMs,
    maxTimestamp,
    expirationTimestamp: Math.min(maxTimestamp, nowMs + config.expiryTimeMs),
    tokenId,
  };
  const record = new RecordWriter(state).write('DelegationTokenRecord', token);
  return { records: [record], answer: { token, hmac: tokenHmac(secret, tokenId) } };
}

/** Answers when the token will expire now. */
export function renewToken(
  state: MetadataImage,
  config: TokenConfig,
  nowMs: number,
  change: TokenChange,
): Decision<number> {
  const token = find(state, config, change.hmac);
  checkAlive(token, nowMs);
  checkMayChange(token, change.principal);
  const periodMs = change.periodMs > 0 ? Math.min(change.periodMs, config.expiryTimeMs) : config.expiryTimeMs;
  return expiringAt(state, token, nowMs + periodMs);
}

/** The same for an earlier or later end; a period below zero takes the token away at once. */
export function expireToken(
  state: MetadataImage,
  config: TokenConfig,
  nowMs: number,
  change: TokenChange,
): Decision<number> {
  const token = find(state, config, change.hmac);
  checkMayChange(token, change.principal);
  if (change.periodMs < 0) {
    const gone = new RecordWriter(state).write('RemoveDelegationTokenRecord', { tokenId: token.tokenId });
    return { records: [gone], answer: nowMs };
  }
  checkAlive(token, nowMs);
  return expiringAt(state, token, nowMs + change.periodMs);
}

/** The records that take expired tokens away. */
export function expiredTokens(state: MetadataImage, nowMs: number): MetadataRecord[] {
  const writer = new RecordWriter(state);
  return [...securityRecords(state).tokens.values()]
    .filter((token) => isExpired(token, nowMs))
    .map(({ tokenId }) => writer.write('RemoveDelegationTokenRecord', { tokenId }));
}

/** What a client proves that it has: HMAC-SHA-512 of the token's id under the cluster's secret. */
export function tokenHmac(secretKey: string, tokenId: string): Buffer {
  return createHmac('sha512', secretKey).update(tokenId).digest();
}

/** Owner, requester and renewers of a token may describe it. */
export function isOwnerOrRenewer({ owner, requester, renewers }: DelegationToken, principal: string): boolean {
  return owner === principal || requester === principal || renewers.includes(principal);
}

function secretOf({ secretKey }: TokenConfig): string {
  if (secretKey !== null) return secretKey;
  throw new KafkaError(
    'DELEGATION_TOKEN_AUTH_DISABLED',
    'delegation tokens are off; set delegation.token.secret.key on every broker and controller',
  );
}

function find(state: MetadataImage, config: TokenConfig, hmac: Buffer): DelegationToken {
  const secret = secretOf(config);
  for (const token of securityRecords(state).tokens.values()) {
    const own = tokenHmac(secret, token.tokenId);
    if (own.length === hmac.length && timingSafeEqual(own, hmac)) return token;
  }
  throw new KafkaError('DELEGATION_TOKEN_NOT_FOUND', 'there is no token with this HMAC');
}

function isExpired({ maxTimestamp, expirationTimestamp }: DelegationToken, nowMs: number): boolean {
  return maxTimestamp < nowMs || expirationTimestamp < nowMs;
}

function checkAlive(token: DelegationToken, nowMs: number): void {
  if (isExpired(token, nowMs)) throw new KafkaError('DELEGATION_TOKEN_EXPIRED', `token ${token.tokenId} is expired`);
}

/** Who asked for a token of somebody else has no say in it afterwards. */
function checkMayChange(token: DelegationToken, principal: string): void {
  if (token.owner === principal || token.renewers.includes(principal)) return;
  throw new KafkaError(
    'DELEGATION_TOKEN_OWNER_MISMATCH',
    `${principal} is neither owner nor renewer of token ${token.tokenId}`,
  );
}

function expiringAt(state: MetadataImage, token: DelegationToken, wantedMs: number): Decision<number> {
  const expirationTimestamp = Math.min(token.maxTimestamp, wantedMs);
  const record = new RecordWriter(state).write('DelegationTokenRecord', { ...token, expirationTimestamp });
  return { records: [record], answer: expirationTimestamp };
}
