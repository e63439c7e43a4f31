import { ACTED_ON } from './acted-on.ts';
import { AUTHORIZER_KEYS } from './authorizer-config.ts';
import { CAPPED_WHILE_UNSET } from './samsa-defaults.ts';
import { brokerKeyNames, defaultText, findBrokerKey, type Settings } from './settings.ts';

/** Keys that Kafka passes on to plug-ins and listeners by a prefix, so that none of them is unknown. */
const PREFIXES = ['listener.name.', 'config.providers.', 'rlmm.config.', 'rsm.config.', 'metrics.context.'];
/** Keys of Kafka's authorizer and quota plug-ins, which its catalogue does not list. */
const PLUGIN_KEYS: ReadonlySet<string> = new Set([
  'allow.everyone.if.no.acl.found',
  'early.start.listeners',
  'standard.authorizer.allow.everyone.if.no.acl.found',
  'super.users',
]);
const REMOVED: ReadonlySet<string> = new Set([
  'control.plane.listener.name',
  'delegation.token.master.key',
  'inter.broker.protocol.version',
  'log.message.downconversion.enable',
  'log.message.format.version',
  'log.message.timestamp.difference.max.ms',
  'offsets.commit.required.acks',
  'zookeeper.connect',
]);

// Replication factors of internal topics are about topics that may never be made: nothing to warn of.
const acted: ReadonlySet<string> = new Set([...ACTED_ON, ...CAPPED_WHILE_UNSET]);
/** Of those that no broker starts with (Kafka's `DynamicConfig`). */
const ACTED_ON_WHILE_RUNNING: ReadonlySet<string> = new Set(['replica.alter.log.dirs.io.max.bytes.per.second']);

/** Sentences about what the user set that has no effect. */
export function warningsAbout(settings: Settings): string[] {
  const warnings: string[] = [];
  const idle: string[] = [];
  for (const [key, value] of settings.originals) {
    if (findBrokerKey(key) === undefined) {
      if (isOfAuthorizer(key) && settings.text('authorizer.class.name')) continue;
      if (isPassedOn(key)) idle.push(key);
      else warnings.push(unknownKey(key));
    } else if (!acted.has(key) && value.trim() !== (defaultText(key) ?? '')) {
      idle.push(key);
    }
  }
  if (idle.length > 0) warnings.push(isIdle(idle));
  return warnings;
}

/** A sentence about what was altered while the broker runs and has no effect; undefined where there is nothing of that kind. */
export function warningAboutAltered(keys: Iterable<string>): string | undefined {
  const idle = [...keys].filter((key) => !acted.has(key) && !ACTED_ON_WHILE_RUNNING.has(key));
  return idle.length === 0 ? undefined : isIdle(idle);
}

function isIdle(keys: readonly string[]): string {
  const action = keys.length === 1 ? 'does not act on it' : 'acts on none of them';
  return `Samsa knows ${[...keys].sort().join(', ')}, but ${action} yet.`;
}

function isOfAuthorizer(key: string): boolean {
  return AUTHORIZER_KEYS.some((known) => known === key);
}

function isPassedOn(key: string): boolean {
  return PLUGIN_KEYS.has(key) || PREFIXES.some((prefix) => key.startsWith(prefix));
}

function unknownKey(key: string): string {
  if (REMOVED.has(key) || key.startsWith('zookeeper.'))
    return `${key} has no effect: Apache Kafka 4 has no such key any more.`;
  const close = closest(key, brokerKeyNames());
  const hint = close === undefined ? '' : ` Did you mean ${close}?`;
  return `${key} has no effect: there is no such configuration key.${hint}`;
}

/** The name within a few typing mistakes of `key`, the nearest first. */
function closest(key: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(key.length / 6)) + 1;
  for (const name of names) {
    const distance = Math.abs(name.length - key.length) < bestDistance ? editDistance(key, name) : bestDistance;
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, substituted));
    }
    row = next;
  }
  return row[b.length]!;
}
