/** The argument of --add-scram, as `kafka-storage format` takes it: 'SCRAM-SHA-256=[name=alice,password=secret]'. */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { ConfigError } from '../config/config-error.ts';
import type { ScramUpsertion } from '../metadata/controller-requests.ts';
import { scramMechanisms } from '../metadata/scram-credentials.ts';

/** The mechanisms by their names, with the size of what they salt. */
export const SCRAM_MECHANISMS = new Map([
  ['SCRAM-SHA-256', { mechanism: scramMechanisms[0], sizeBytes: 32 }],
  ['SCRAM-SHA-512', { mechanism: scramMechanisms[1], sizeBytes: 64 }],
]);
const SALT_BYTES = 16;

/** Throws a `ConfigError` that says what is wrong with it. */
export function parseScramArgument(text: string): ScramUpsertion {
  const match = /^([^=]+)=\[(.*)\]$/s.exec(text);
  const known = SCRAM_MECHANISMS.get(match?.[1] ?? '');
  if (match === null || known === undefined) {
    throw new ConfigError(
      `--add-scram ${text} is not understood. Write 'SCRAM-SHA-256=[name=alice,password=alice-secret]' or SCRAM-SHA-512.`,
    );
  }
  const { mechanism } = known;
  const members = new Map<string, string>();
  for (const [, key, quoted, plain] of match[2]!.matchAll(/([a-z]+)=(?:"([^"]*)"|([^,]*))(?:,|$)/g)) {
    members.set(key!, quoted ?? plain ?? '');
  }
  const name = members.get('name');
  const password = members.get('password');
  const saltedText = members.get('saltedpassword');
  const saltText = members.get('salt');
  if (name === undefined) throw new ConfigError("--add-scram: You must supply 'name' to add-scram");
  if ((password === undefined) === (saltedText === undefined)) {
    throw new ConfigError("--add-scram: You must supply one of 'password' or 'saltedpassword' to add-scram");
  }
  if (saltedText !== undefined && saltText === undefined) {
    throw new ConfigError("--add-scram: You must supply 'salt' with 'saltedpassword' to add-scram");
  }
  const iterations = Number(members.get('iterations') ?? 4096);
  if (!Number.isInteger(iterations) || iterations < mechanism.minIterations) {
    throw new ConfigError(
      `--add-scram: The 'iterations' value must be >= ${mechanism.minIterations} for add-scram using ${match[1]}`,
    );
  }
  const salt = saltText === undefined ? randomBytes(SALT_BYTES) : Buffer.from(saltText, 'base64');
  const saltedPassword =
    saltedText === undefined ? saltPassword(match[1]!, password!, salt, iterations) : Buffer.from(saltedText, 'base64');
  return { name, mechanism: mechanism.type, iterations, salt, saltedPassword };
}

/** A user that may authenticate with `password`, under a new salt. */
export function scramUser(mechanismName: string, name: string, password: string, iterations: number): ScramUpsertion {
  const salt = randomBytes(SALT_BYTES);
  const saltedPassword = saltPassword(mechanismName, password, salt, iterations);
  return { name, mechanism: SCRAM_MECHANISMS.get(mechanismName)!.mechanism.type, iterations, salt, saltedPassword };
}

/** Kafka does not normalize passwords (`ScramFormatter.normalize`). */
function saltPassword(mechanismName: string, password: string, salt: Buffer, iterations: number): Buffer {
  const { mechanism, sizeBytes } = SCRAM_MECHANISMS.get(mechanismName)!;
  return pbkdf2Sync(password, salt, iterations, sizeBytes, mechanism.hash);
}
