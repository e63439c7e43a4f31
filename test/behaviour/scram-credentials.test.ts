import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { TestNode } from '../metadata/test-node.ts';
import * as api from '../support/apis.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

const SHA_256 = 1;
const SHA_512 = 2;
const upsertion = {
  name: 'alice',
  mechanism: SHA_256,
  iterations: 4096,
  salt: Buffer.from('salt'),
  saltedPassword: Buffer.from('salted'),
};
const { NONE, RESOURCE_NOT_FOUND, DUPLICATE_RESOURCE, UNACCEPTABLE_CREDENTIAL, UNSUPPORTED_SASL_MECHANISM } = ErrorCode;

async function alter(
  client: RawClient,
  upsertions: readonly Partial<typeof upsertion>[],
  deletions: readonly { name: string; mechanism: number }[] = [],
) {
  const { results } = await client.request(api.alterUserScramCredentials, 0, {
    deletions,
    upsertions: upsertions.map((each) => ({ ...upsertion, ...each })),
  });
  return results.map(({ user, errorCode, errorMessage }) => [user, errorCode, errorMessage]);
}

async function described(client: RawClient, ...users: string[]) {
  const { results } = await client.request(api.describeUserScramCredentials, 0, {
    users: users.map((name) => ({ name })),
  });
  return results.map(({ user, errorCode, credentialInfos }) => [user, errorCode, credentialInfos]);
}

describe('SCRAM credentials', () => {
  it('are set by mechanism, taken away, and outlive a restart', async () => {
    const samsa = await startTestBroker();
    const client = await samsa.connect();
    expect(await alter(client, [{}])).toEqual([['alice', NONE, null]]);
    expect(await alter(client, [{ mechanism: SHA_512, iterations: 8192 }])).toEqual([['alice', NONE, null]]);
    expect(await alter(client, [{ name: 'bob' }])).toEqual([['bob', NONE, null]]);
    const deletion = { name: 'bob', mechanism: SHA_256 };
    expect(await alter(client, [], [deletion])).toEqual([['bob', NONE, null]]);
    const alice = [
      { mechanism: SHA_256, iterations: 4096 },
      { mechanism: SHA_512, iterations: 8192 },
    ];
    expect(await described(client)).toEqual([['alice', NONE, alice]]);
    expect(await described(client, 'alice', 'bob', 'carol', 'carol')).toEqual([
      ['alice', NONE, alice],
      ['bob', RESOURCE_NOT_FOUND, []],
      ['carol', DUPLICATE_RESOURCE, []],
    ]);
    expect(await described(await (await samsa.restart()).connect())).toEqual([['alice', NONE, alice]]);
  });

  // Codes and messages of ScramControlManager.
  it.each<[Partial<typeof upsertion>, number, string]>([
    [{ name: '' }, UNACCEPTABLE_CREDENTIAL, 'Username must not be empty'],
    [{ mechanism: 3 }, UNSUPPORTED_SASL_MECHANISM, 'Unknown SCRAM mechanism'],
    [{ iterations: 4095 }, UNACCEPTABLE_CREDENTIAL, 'Too few iterations'],
    [{ iterations: 16385 }, UNACCEPTABLE_CREDENTIAL, 'Too many iterations'],
  ])('cannot be %j', async (change, errorCode, message) => {
    const client = await (await startTestBroker()).connect();
    expect(await alter(client, [change])).toEqual([[change.name ?? 'alice', errorCode, message]]);
    expect(await described(client)).toEqual([]);
  });

  it('of one user are altered once in a request, and of others all the same', async () => {
    const client = await (await startTestBroker()).connect();
    const twice = 'A user credential cannot be altered twice in the same request';
    expect(await alter(client, [{}, { name: 'bob' }, { mechanism: SHA_512 }])).toEqual([
      ['alice', DUPLICATE_RESOURCE, twice],
      ['bob', NONE, null],
    ]);
    const deletion = { name: 'bob', mechanism: SHA_256 };
    expect(await alter(client, [{ name: 'bob', iterations: 5000 }], [deletion])).toEqual([
      ['bob', DUPLICATE_RESOURCE, twice],
    ]);
    expect(await alter(client, [], [{ name: 'nobody', mechanism: SHA_256 }])).toEqual([
      ['nobody', RESOURCE_NOT_FOUND, 'Attempt to delete a user credential that does not exist'],
    ]);
    expect(await described(client)).toEqual([['bob', NONE, [{ mechanism: SHA_256, iterations: 4096 }]]]);
  });
});

describe('a SCRAM credential', () => {
  let test: TestNode;
  beforeEach(async () => {
    test = new TestNode();
    await test.startBroker();
  });
  afterEach(async () => {
    await test.node.close();
    test.remove();
  });

  it("accepts the client's proof and gives the server's signature of RFC 7677", async () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    const saltedPassword = pbkdf2Sync('pencil', salt, 4096, 32, 'sha256');
    await test.node.controller.alterScramCredentials({
      deletions: [],
      upsertions: [{ name: 'user', mechanism: SHA_256, iterations: 4096, salt, saltedPassword }],
    });
    const [credential] = test.node.image().scramCredentials.values();
    const nonce = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
    const authMessage = `n=user,r=rOprNGfwEbeRWgbNEkqO,${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,${nonce}`;
    const signature = (key: Buffer) => createHmac('sha256', key).update(authMessage).digest();
    expect(signature(credential!.serverKey).toString('base64')).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    const proof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64');
    const clientSignature = signature(credential!.storedKey);
    const clientKey = proof.map((byte, i) => byte ^ clientSignature[i]!);
    expect(createHash('sha256').update(clientKey).digest()).toEqual(credential!.storedKey);
  });
});
