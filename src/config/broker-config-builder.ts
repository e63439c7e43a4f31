/** From parsed settings to the `BrokerConfig` that the broker runs on, with the checks that span several keys. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { ACTED_ON } from './acted-on.ts';
import { type BrokerConfig, type PlainFields, STRUCTURED, type StructuredFields } from './broker-config.ts';
import { ConfigError } from './config-error.ts';
import { checkLimits } from './cross-checks.ts';
import { parseHttpListeners } from './http-listeners.ts';
import { buildListeners } from './listener-config.ts';
import type { Settings } from './settings.ts';
import { splitList } from './value.ts';

/** Throws `ConfigError` with a sentence about the first mistake. */
export function buildBrokerConfig(settings: Settings, clusterId: string | null): BrokerConfig {
  const plain = plainFields(settings);
  checkLimits(plain, settings);
  const logDirs = logDirectories(settings);
  const metadataLogDir = settings.text('metadata.log.dir');
  const structured: StructuredFields = {
    ...buildListeners(settings, hostname),
    httpListeners: parseHttpListeners(splitList(settings.text('http.listeners') ?? '')),
    logDirs,
    metadataLogDir: metadataLogDir ? resolve(metadataLogDir) : logDirs[0]!,
    maxConnectionsPerIpOverrides: connectionOverrides(settings),
    clusterId,
  };
  return Object.freeze({
    ...plain,
    ...structured,
    settings,
    get: (key: string) => settings.value(key),
    original: (key: string) => settings.originals.get(key),
  });
}

function plainFields(settings: Settings): PlainFields {
  const structured: ReadonlySet<string> = new Set(STRUCTURED);
  const plain = ACTED_ON.filter((key) => !structured.has(key));
  const fields = plain.map((key) => [camelCase(key), settings.value(key)]);
  // The one place where names and values meet that only the catalogue's types connect.
  return Object.fromEntries(fields) as PlainFields;
}

function camelCase(key: string): string {
  return key.replace(/\.([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function logDirectories(settings: Settings): string[] {
  const key = settings.text('log.dirs') ? 'log.dirs' : 'log.dir';
  const directories = splitList(settings.text(key) ?? '').map((directory) => resolve(directory));
  const twice = directories.find((directory, index) => directories.indexOf(directory) < index);
  if (twice !== undefined) throw new ConfigError(`${key} names the directory ${twice} twice.`);
  return directories;
}

function connectionOverrides(settings: Settings): Map<string, number> {
  const key = 'max.connections.per.ip.overrides';
  const overrides = new Map<string, number>();
  for (const entry of splitList(settings.text(key) ?? '')) {
    const at = entry.lastIndexOf(':');
    const limit = Number(entry.slice(at + 1));
    if (at < 1 || !/^\d+$/.test(entry.slice(at + 1).trim())) {
      throw new ConfigError(
        `${key}: ${entry} is not allowed. Write host:limit,host:limit … with whole numbers as limits.`,
      );
    }
    overrides.set(entry.slice(0, at).trim(), limit);
  }
  return overrides;
}
