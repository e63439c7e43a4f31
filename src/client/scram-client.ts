/** The client's half of SCRAM (RFC 5802 and 7677) as Kafka speaks it: no channel binding, passwords not normalized. */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import type { ScramMechanism } from './client-config.ts';

const HASHES: Readonly<Record<ScramMechanism, { name: 'sha256' | 'sha512'; bytes: number }>> = {
  'SCRAM-SHA-256': { name: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { name: 'sha512', bytes: 64 },
};
/** "n,,": no channel binding, no other identity. */
const GS2_HEADER = 'n,,';
/** What a server may make the client compute; Kafka's own bound is below it. */
const MAX_ITERATIONS = 1_000_000;

/** One authentication: `first`, the server's first message to `final`, the server's last message to `verify`. */
export class ScramClient {
  readonly #hash: { name: 'sha256' | 'sha512'; bytes: number };
  readonly #password: string;
  readonly #nonce: string;
  readonly #firstBare: string;
  #serverSignature: Buffer | undefined;

  /** `nonce` is random printable text without a comma. */
  constructor(mechanism: ScramMechanism, username: string, password: string, nonce: string) {
    this.#hash = HASHES[mechanism];
    this.#password = password;
    this.#nonce = nonce;
    this.#firstBare = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  }

  first(): string {
    return GS2_HEADER + this.#firstBare;
  }

  /** Throws when the server's message is none, or is not for this client. */
  final(serverFirst: string): string {
    const { r: nonce = '', s: salt = '', i: iterationsText = '' } = attributes(serverFirst);
    const iterations = Number(iterationsText);
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce) throw new Error("the server's nonce is not ours");
    if (salt === '' || !Number.isInteger(iterations) || iterations < 1 || iterations > MAX_ITERATIONS) {
      throw new Error(`the server's salt or iteration count is not usable: ${serverFirst}`);
    }
    const { name, bytes } = this.#hash;
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, 'base64'), iterations, bytes, name);
    const clientKey = createHmac(name, salted).update('Client Key').digest();
    const storedKey = createHash(name).update(clientKey).digest();
    const withoutProof = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${nonce}`;
    const authMessage = `${this.#firstBare},${serverFirst},${withoutProof}`;
    const clientSignature = createHmac(name, storedKey).update(authMessage).digest();
    const proof = clientKey.map((byte, at) => byte ^ clientSignature[at]!);
    const serverKey = createHmac(name, salted).update('Server Key').digest();
    this.#serverSignature = createHmac(name, serverKey).update(authMessage).digest();
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
  }

  /** Throws when the server does not know the password either. */
  verify(serverFinal: string): void {
    const { v: signature, e: error } = attributes(serverFinal);
    if (error !== undefined) throw new Error(`the server refused: ${error}`);
    const given = Buffer.from(signature ?? '', 'base64');
    const expected = this.#serverSignature;
    if (expected === undefined || given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new Error('the server did not prove that it knows the password');
    }
  }
}

function attributes(message: string): Record<string, string> {
  return Object.fromEntries(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}
