/** What every command that talks to a cluster begins and ends with: its configuration, its connections, its errors. */
import { readFileSync } from 'node:fs';
import { KafkaError } from '../../../protocol/errors.ts';
import { ClientConfigError, clientConfig } from '../../client/client-config.ts';
import { Cluster } from '../../client/cluster.ts';
import { parseProperties } from '../../config/properties.ts';
import { ConnectionError } from '../../net/client-socket.ts';
import { SystemClock } from '../../platform/clock.ts';
import { systemRandom } from '../../platform/random.ts';
import { ExitCode } from '../exit-code.ts';
import { sentence } from '../sentence.ts';
import { Output, type OutputStream } from './output.ts';

/** The flags that all of these commands share. */
export interface ClientFlags {
  readonly bootstrapServer?: string;
  readonly commandConfig?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

export interface ClientEnvironment {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: { write(text: string): unknown };
  /** Aborted when the person wants it to end (SIGINT, SIGTERM). */
  readonly signal: AbortSignal;
}

export interface Session extends ClientEnvironment {
  readonly cluster: Cluster;
  readonly output: Output;
}

/** A wrong call: what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Runs a command against the cluster that its flags name, and resolves with the exit code. */
export async function withCluster(
  flags: ClientFlags,
  environment: ClientEnvironment,
  work: (session: Session) => Promise<unknown>,
): Promise<number> {
  let cluster: Cluster | undefined;
  try {
    cluster = new Cluster(clientConfig(clientProperties(flags, environment.env), readText), {
      clock: new SystemClock(),
      random: systemRandom,
    });
    const output = new Output(environment.stdout, flags.json === true);
    const code = await work({ ...environment, cluster, output });
    return typeof code === 'number' ? code : ExitCode.OK;
  } catch (failure) {
    if (environment.signal.aborted) return ExitCode.OK;
    const { text, code } = explain(failure);
    environment.stderr.write(`samsa: ${text}\n`);
    return code;
  } finally {
    cluster?.close();
  }
}

/** The file, over it the environment's address, over all the flags. */
export function clientProperties(flags: ClientFlags, env: NodeJS.ProcessEnv): Map<string, string> {
  const properties = flags.commandConfig === undefined ? new Map() : parseProperties(readText(flags.commandConfig));
  if (env.SAMSA_BOOTSTRAP_SERVER !== undefined) properties.set('bootstrap.servers', env.SAMSA_BOOTSTRAP_SERVER);
  for (const [key, value] of (flags.set ?? []).map(parseAssignment)) properties.set(key, value);
  if (flags.bootstrapServer !== undefined) properties.set('bootstrap.servers', flags.bootstrapServer);
  return properties;
}

/** `key=value`; the value may hold further equals signs. */
export function parseAssignment(text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`'${text}' is not of the form key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function explain(failure: unknown): { text: string; code: number } {
  if (failure instanceof UsageError || failure instanceof ClientConfigError) {
    return { text: failure.message, code: ExitCode.USAGE };
  }
  if (failure instanceof KafkaError) return { text: `${failure.error}: ${failure.message}`, code: ExitCode.FAILED };
  if (failure instanceof ConnectionError) {
    const why = failure.cause instanceof Error ? `: ${failure.cause.message}` : '';
    const hint = 'Is a broker running there? `samsa doctor HOST:PORT` finds out more.';
    return { text: `${failure.message}${why}. ${hint}`, code: ExitCode.FAILED };
  }
  const { text, isOurBug } = sentence(failure);
  const stack = isOurBug && failure instanceof Error ? `\n${failure.stack}` : '';
  return { text: `${text}${stack}`, code: ExitCode.FAILED };
}
