import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MetadataNode } from '../../src/metadata/metadata-node.ts';
import { securityRecords } from '../../src/metadata/security-records.ts';
import { config, TestNode } from './test-node.ts';

const HOUR = 3_600_000;
const alice = { owner: 'User:alice', requester: 'User:alice', renewers: ['User:bob'], maxLifetimeMs: -1 };

let test: TestNode;
let node: MetadataNode;
beforeEach(async () => {
  test = new TestNode();
  node = await test.startBroker();
});
afterEach(async () => {
  await node.close();
  test.remove();
});

const tokens = () => [...securityRecords(node.image()).tokens.values()];

describe('a delegation token', () => {
  it("is known by the HMAC of its id under the cluster's secret, and outlives a restart", async () => {
    const { token, hmac } = await node.controller.createToken(alice);
    expect(hmac).toEqual(createHmac('sha512', 'secret').update(token.tokenId).digest());
    expect(token).toMatchObject({
      ...{ owner: 'User:alice', requester: 'User:alice', renewers: ['User:bob'] },
      issueTimestamp: test.clock.now(),
      maxTimestamp: test.clock.now() + config.tokens.maxLifetimeMs,
      expirationTimestamp: test.clock.now() + config.tokens.expiryTimeMs,
    });
    await test.stopBroker();
    node = await test.startBroker();
    expect(tokens()).toEqual([token]);
  });

  it('lives no longer than its maximum, however often it is renewed, and renewed by whom it names', async () => {
    const { token, hmac } = await node.controller.createToken({ ...alice, maxLifetimeMs: 2 * HOUR });
    const renew = (principal: string, periodMs: number) => node.controller.renewToken({ principal, hmac, periodMs });
    expect(token.expirationTimestamp).toBe(token.issueTimestamp + 2 * HOUR);
    expect(await renew('User:bob', HOUR)).toBe(token.issueTimestamp + HOUR);
    expect(await renew('User:alice', 5 * HOUR)).toBe(token.maxTimestamp);
    await expect(renew('User:carol', HOUR)).rejects.toMatchObject({ error: 'DELEGATION_TOKEN_OWNER_MISMATCH' });
    const other = { principal: 'User:alice', hmac: Buffer.alloc(64), periodMs: HOUR };
    await expect(node.controller.renewToken(other)).rejects.toMatchObject({ error: 'DELEGATION_TOKEN_NOT_FOUND' });
    const stranger = { ...alice, renewers: ['Group:x'] };
    await expect(node.controller.createToken(stranger)).rejects.toMatchObject({ error: 'INVALID_PRINCIPAL_TYPE' });
  });

  it('is not renewed or ended by who asked for it in the name of another', async () => {
    const { hmac } = await node.controller.createToken({ ...alice, requester: 'User:gateway' });
    const change = { principal: 'User:gateway', hmac, periodMs: HOUR };
    const refused = { error: 'DELEGATION_TOKEN_OWNER_MISMATCH' };
    await expect(node.controller.renewToken(change)).rejects.toMatchObject(refused);
    await expect(node.controller.expireToken(change)).rejects.toMatchObject(refused);
  });

  it('is ended early, at once or at a time', async () => {
    const { token, hmac } = await node.controller.createToken(alice);
    const expire = (periodMs: number) => node.controller.expireToken({ principal: 'User:alice', hmac, periodMs });
    expect(await expire(1000)).toBe(token.issueTimestamp + 1000);
    await test.clock.advance(1001);
    await expect(expire(1000)).rejects.toMatchObject({ error: 'DELEGATION_TOKEN_EXPIRED' });
    expect(tokens()).toHaveLength(1);
    expect(await expire(-1)).toBe(test.clock.now());
    expect(tokens()).toEqual([]);
  });

  it('is taken away once it has expired', async () => {
    await node.controller.createToken({ ...alice, maxLifetimeMs: HOUR / 2 });
    await test.clock.advance(config.tokens.expiryCheckIntervalMs);
    await node.controller.createTopics({ topics: [], validateOnly: true });
    expect(tokens()).toEqual([]);
  });

  it('goes with a reset', async () => {
    await node.controller.createToken(alice);
    expect(tokens()).toHaveLength(1);
    await node.controller.reset();
    expect(tokens()).toEqual([]);
  });

  it('is not to be had without a secret', async () => {
    await test.stopBroker();
    node = await test.startBroker({ config: { ...config, tokens: { ...config.tokens, secretKey: null } } });
    await expect(node.controller.createToken(alice)).rejects.toMatchObject({ error: 'DELEGATION_TOKEN_AUTH_DISABLED' });
  });
});
