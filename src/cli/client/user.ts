/** `samsa user`: SCRAM users and quotas. */
import {
  describeClientQuotasRequest,
  describeClientQuotasResponse,
} from '../../../protocol/schema/48-describe-client-quotas.ts';
import {
  alterClientQuotasRequest,
  alterClientQuotasResponse,
} from '../../../protocol/schema/49-alter-client-quotas.ts';
import {
  describeUserScramCredentialsRequest,
  describeUserScramCredentialsResponse,
} from '../../../protocol/schema/50-describe-user-scram-credentials.ts';
import {
  alterUserScramCredentialsRequest,
  alterUserScramCredentialsResponse,
} from '../../../protocol/schema/51-alter-user-scram-credentials.ts';
import type { Encodable } from '../../../protocol/schema/table.ts';
import { throwIfFailed } from '../../local-client/errors.ts';
import { SCRAM_MECHANISMS, scramUser } from '../scram-argument.ts';
import { byText } from './output.ts';
import { parseAssignment, type Session, UsageError } from './session.ts';

const DESCRIBE_USERS = [describeUserScramCredentialsRequest, describeUserScramCredentialsResponse] as const;
const ALTER_USERS = [alterUserScramCredentialsRequest, alterUserScramCredentialsResponse] as const;
const DESCRIBE_QUOTAS = [describeClientQuotasRequest, describeClientQuotasResponse] as const;
const ALTER_QUOTAS = [alterClientQuotasRequest, alterClientQuotasResponse] as const;

const MIN_ITERATIONS = 4096;

export interface AddUserFlags {
  readonly password?: string;
  readonly mechanism: string;
  readonly iterations: number;
}

export async function listUsers({ cluster, output }: Session): Promise<void> {
  const answer = await (await cluster.any()).send(DESCRIBE_USERS, { users: null });
  throwIfFailed(answer, 'users');
  const names = new Map<number, string>([...SCRAM_MECHANISMS].map(([name, { mechanism }]) => [mechanism.type, name]));
  const rows = answer.results.flatMap(({ user, credentialInfos }) =>
    credentialInfos.map(({ mechanism, iterations }) => ({
      user,
      mechanism: names.get(mechanism) ?? String(mechanism),
      iterations,
    })),
  );
  rows.sort((a, b) => byText('user')(a, b) || byText('mechanism')(a, b));
  output.table(rows, ['user', 'mechanism', 'iterations']);
}

export async function addUser(session: Session, name: string, flags: AddUserFlags): Promise<void> {
  const { output, env } = session;
  const mechanism = mechanismOf(flags.mechanism);
  const password = flags.password ?? env.SAMSA_PASSWORD ?? (await firstLine(session));
  if (password === '')
    throw new UsageError('the password is empty: give --password, SAMSA_PASSWORD or a line on stdin');
  if (!(flags.iterations >= MIN_ITERATIONS)) throw new UsageError(`--iterations must be at least ${MIN_ITERATIONS}`);
  const upsertion = scramUser(mechanism, name, password, flags.iterations);
  await alterUsers(session, { deletions: [], upsertions: [upsertion] });
  output.json({ user: name, mechanism: flags.mechanism });
  output.line(`${name} may authenticate with ${flags.mechanism} now`);
}

export async function removeUser(session: Session, name: string, flags: { mechanism: string }): Promise<void> {
  const { mechanism } = SCRAM_MECHANISMS.get(mechanismOf(flags.mechanism))!;
  await alterUsers(session, { deletions: [{ name, mechanism: mechanism.type }], upsertions: [] });
  session.output.json({ user: name, mechanism: flags.mechanism, removed: true });
  session.output.line(`${name} may no longer authenticate with ${flags.mechanism}`);
}

async function alterUsers(
  { cluster }: Session,
  changes: Encodable<typeof alterUserScramCredentialsRequest>,
): Promise<void> {
  const { results } = await (await cluster.any()).send(ALTER_USERS, changes);
  for (const result of results) throwIfFailed(result, `user ${result.user}`);
}

function mechanismOf(text: string): string {
  const name = text.toUpperCase();
  if (!SCRAM_MECHANISMS.has(name)) {
    throw new UsageError(`'${text}' is no mechanism of SCRAM: write ${[...SCRAM_MECHANISMS.keys()].join(' or ')}`);
  }
  return name;
}

async function firstLine({ stdin }: Session): Promise<string> {
  if (stdin.isTTY === true) throw new UsageError('give the password with --password, SAMSA_PASSWORD or on stdin');
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}

export interface QuotaFlags {
  readonly user?: string;
  readonly clientId?: string;
  readonly ip?: string;
}

/** Sets `key=value`, removes `key=`; without any shows what is set. */
export async function quota(
  { cluster, output }: Session,
  changes: readonly string[],
  flags: QuotaFlags,
): Promise<void> {
  const entity = Object.entries({ user: flags.user, 'client-id': flags.clientId, ip: flags.ip }).flatMap(
    ([entityType, name]) => (name === undefined ? [] : [{ entityType, entityName: name === 'default' ? null : name }]),
  );
  if (changes.length > 0) {
    if (entity.length === 0) throw new UsageError("name whose quota it is: --user, --client-id or --ip, or 'default'");
    const ops = changes.map(parseAssignment).map(([key, text]) => {
      const value = Number(text);
      if (text !== '' && !Number.isFinite(value)) throw new UsageError(`${key}=${text} is no number`);
      return { key, value, remove: text === '' };
    });
    const body = { entries: [{ entity, ops }], validateOnly: false };
    const { entries } = await (await cluster.any()).send(ALTER_QUOTAS, body);
    for (const entry of entries) throwIfFailed(entry, 'the quota');
  }
  const components = entity.map(({ entityType, entityName }) => ({
    entityType,
    matchType: entityName === null ? 1 : 0,
    match: entityName,
  }));
  const answer = await (await cluster.any()).send(DESCRIBE_QUOTAS, { components, strict: false });
  throwIfFailed(answer, 'quotas');
  const rows = (answer.entries ?? []).flatMap((entry) => {
    const of = Object.fromEntries(entry.entity.map((each) => [each.entityType, each.entityName ?? '(default)']));
    return entry.values.map(({ key, value }) => ({
      user: of.user ?? null,
      'client-id': of['client-id'] ?? null,
      ip: of.ip ?? null,
      quota: key,
      value,
    }));
  });
  output.table(rows.sort(byText('quota')), ['user', 'client-id', 'ip', 'quota', 'value']);
}
