/** AlterUserScramCredentials: SCRAM records after the checks of Kafka's `ScramControlManager`. */
import { createHash, createHmac } from 'node:crypto';
import { type ErrorName, KafkaError } from '../../../protocol/errors.ts';
import type { AlteredScramUser, ScramAlterations, ScramDeletion, ScramUpsertion } from '../controller-requests.ts';
import { MetadataVersion } from '../features.ts';
import type { MetadataImage } from '../image.ts';
import type { MetadataRecord } from '../records.ts';
import { scramKey, scramMechanisms } from '../scram-credentials.ts';
import { type Decision, RecordWriter } from './decision.ts';

const MAX_ITERATIONS = 16384;

export function alterScramCredentials(
  state: MetadataImage,
  { deletions, upsertions }: ScramAlterations,
): Decision<AlteredScramUser[]> {
  const writer = new RecordWriter(state);
  const isSupported = writer.metadataVersion >= MetadataVersion.SCRAM;
  /** By user: the record to write, or why there is none. */
  const outcomes = new Map<string, MetadataRecord | KafkaError>();
  const alter = (name: string, check: () => KafkaError | undefined, write: () => MetadataRecord): void => {
    const earlier = outcomes.get(name);
    if (earlier instanceof KafkaError) return;
    if (earlier !== undefined) {
      const message = 'A user credential cannot be altered twice in the same request';
      outcomes.set(name, new KafkaError('DUPLICATE_RESOURCE', message));
    } else if (!isSupported) {
      const message = 'The current metadata.version does not support SCRAM';
      outcomes.set(name, new KafkaError('UNSUPPORTED_VERSION', message));
    } else outcomes.set(name, check() ?? write());
  };
  for (const deletion of deletions) {
    const { name, mechanism } = deletion;
    alter(
      name,
      () => invalidDeletion(state, deletion),
      () => writer.write('RemoveUserScramCredentialRecord', { name, mechanism }),
    );
  }
  for (const upsertion of upsertions) {
    alter(
      upsertion.name,
      () => invalidUpsertion(upsertion),
      () => credentialRecord(writer, upsertion),
    );
  }
  const records = [...outcomes.values()].flatMap((outcome) => (outcome instanceof KafkaError ? [] : outcome));
  const answer = Array.from(outcomes, ([user, outcome]) => ({
    user,
    error: outcome instanceof KafkaError ? outcome : null,
  }));
  return { records, answer };
}

function invalidDeletion(state: MetadataImage, { name, mechanism }: ScramDeletion): KafkaError | undefined {
  const error = invalidUser(name, mechanism);
  if (error !== undefined || state.scramCredentials.has(scramKey(mechanism, name))) return error;
  return refusal('RESOURCE_NOT_FOUND', 'Attempt to delete a user credential that does not exist');
}

function invalidUpsertion({ name, mechanism, iterations }: ScramUpsertion): KafkaError | undefined {
  const error = invalidUser(name, mechanism);
  if (error !== undefined) return error;
  if (iterations < mechanismOf(mechanism)!.minIterations) {
    return refusal('UNACCEPTABLE_CREDENTIAL', 'Too few iterations');
  }
  return iterations > MAX_ITERATIONS ? refusal('UNACCEPTABLE_CREDENTIAL', 'Too many iterations') : undefined;
}

function invalidUser(name: string, mechanism: number): KafkaError | undefined {
  if (name === '') return refusal('UNACCEPTABLE_CREDENTIAL', 'Username must not be empty');
  return mechanismOf(mechanism) === undefined
    ? refusal('UNSUPPORTED_SASL_MECHANISM', 'Unknown SCRAM mechanism')
    : undefined;
}

/** The salted password is not kept, only what RFC 5802 derives from it. */
function credentialRecord(
  writer: RecordWriter,
  { name, mechanism, iterations, salt, saltedPassword }: ScramUpsertion,
): MetadataRecord {
  const { hash } = mechanismOf(mechanism)!;
  const keyed = (text: string): Buffer => createHmac(hash, saltedPassword).update(text).digest();
  return writer.write('UserScramCredentialRecord', {
    name,
    mechanism,
    salt,
    storedKey: createHash(hash).update(keyed('Client Key')).digest(),
    serverKey: keyed('Server Key'),
    iterations,
  });
}

function mechanismOf(type: number): (typeof scramMechanisms)[number] | undefined {
  return scramMechanisms.find((mechanism) => mechanism.type === type);
}

function refusal(error: ErrorName, message: string): KafkaError {
  return new KafkaError(error, message);
}
