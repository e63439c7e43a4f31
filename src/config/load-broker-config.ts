/** A broker's configuration from its sources: files, then the environment, then what the command line sets. */
import { readFileSync } from 'node:fs';
import type { BrokerConfig } from './broker-config.ts';
import { buildBrokerConfig } from './broker-config-builder.ts';
import { ConfigError } from './config-error.ts';
import { propertiesFromEnvironment } from './environment.ts';
import { parseProperties } from './properties.ts';
import { Settings } from './settings.ts';
import { warningsAbout } from './warnings.ts';

export interface ConfigSources {
  /** `key=value` for keys that no other source has. */
  readonly defaults?: readonly string[];
  /** Paths of .properties files; a later one wins. */
  readonly files?: readonly string[];
  /** `key=value`, as after `--set`. */
  readonly set?: readonly string[];
  /** `KAFKA_*` and `SAMSA_*` variables are read, and CLUSTER_ID. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Throws `ConfigError`, whose message is a sentence for the user. */
export function loadBrokerConfig({ defaults = [], files = [], set = [], env = {} }: ConfigSources): {
  readonly config: BrokerConfig;
  readonly warnings: readonly string[];
} {
  const given = new Map(defaults.map((entry) => keyAndValue('--default', entry)));
  for (const file of files) for (const [key, value] of parseProperties(readText(file))) given.set(key, value);
  const variables = propertiesFromEnvironment(env);
  for (const [key, value] of variables) given.set(key, value);
  for (const entry of set) given.set(...keyAndValue('--set', entry));
  listenWhereAdvertised(given, variables);
  // One number under two names, as in Kafka, which shows both.
  const nodeId = given.get('node.id') ?? given.get('broker.id');
  if (nodeId !== undefined) for (const key of ['node.id', 'broker.id']) if (!given.has(key)) given.set(key, nodeId);
  const settings = new Settings(given);
  const config = buildBrokerConfig(settings, env.CLUSTER_ID || null);
  return { config, warnings: warningsAbout(settings) };
}

/** As Kafka's image does: with only KAFKA_ADVERTISED_LISTENERS set, the same ports are bound on every address. */
function listenWhereAdvertised(given: Map<string, string>, variables: ReadonlyMap<string, string>): void {
  const advertised = variables.get('advertised.listeners');
  if (advertised === undefined || given.has('listeners')) return;
  given.set('listeners', advertised.replace(/:\/\/(\[[^\]]*\]|[^:,]*):/g, '://0.0.0.0:'));
}

function keyAndValue(option: string, entry: string): [key: string, value: string] {
  const at = entry.indexOf('=');
  if (at < 1) throw new ConfigError(`${option} ${entry} is not understood. Write ${option} key=value.`);
  return [entry.slice(0, at).trim(), entry.slice(at + 1).trim()];
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a directory' : String(cause);
    throw new ConfigError(`The configuration file ${file} cannot be read: ${why}.`, { cause });
  }
}
