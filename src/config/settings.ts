import { brokerSynonyms } from './broker-synonyms.ts';
import { brokerKeys } from './catalogue/broker.ts';
import { throttleKeys } from './catalogue/broker-replication.ts';
import type { ConfigKey } from './catalogue/key.ts';
import { samsaKeys } from './catalogue/samsa.ts';
import { samsaDefaults } from './samsa-defaults.ts';
import { type ConfigValue, type ParsedValue, parseValue } from './value.ts';

const catalogue: ReadonlyMap<string, ConfigKey> = new Map<string, ConfigKey>([
  ...Object.entries(brokerKeys),
  ...Object.entries(samsaKeys),
]);
const throttles: ReadonlyMap<string, ConfigKey> = new Map(Object.entries(throttleKeys));
const defaults: ReadonlyMap<string, { readonly value: string }> = new Map(Object.entries(samsaDefaults));

/** A key that a broker's file may hold, Kafka's or Samsa's own. */
export function findBrokerKey(name: string): ConfigKey | undefined {
  return catalogue.get(name);
}

/** A key that no broker starts with, and that a running one may be given. */
export function findThrottleKey(name: string): ConfigKey | undefined {
  return throttles.get(name);
}

export function brokerKeyNames(): string[] {
  return [...catalogue.keys()].sort();
}

/** The text of a key's default, Samsa's where it differs from Kafka's. */
export function defaultText(name: string): string | null {
  return defaults.get(name)?.value ?? catalogue.get(name)?.default ?? null;
}

/** All values of one broker: what was given, over the defaults. Immutable. */
export class Settings {
  /** As they were given, unknown keys too. */
  readonly originals: ReadonlyMap<string, string>;
  readonly #parsed = new Map<string, ParsedValue>();

  /** Throws `InvalidValueError` for the first value that its key does not allow. */
  constructor(originals: ReadonlyMap<string, string>) {
    this.originals = originals;
    for (const name of originals.keys()) this.#parse(name);
  }

  /** The typed value of a key of the catalogue; undefined for any other. */
  value(name: string): ConfigValue | undefined {
    return this.#parse(name)?.value;
  }

  /** The value in Kafka's writing, exact also for longs; null when there is none, undefined for an unknown key. */
  text(name: string): string | null | undefined {
    const parsed = this.#parse(name);
    return parsed?.value === null ? null : parsed?.text;
  }

  /** These settings under values that were altered while the broker runs; what is the same in other units gives way. */
  with(altered: ReadonlyMap<string, string>): Settings {
    if (altered.size === 0) return this;
    const originals = new Map(this.originals);
    for (const name of altered.keys()) for (const synonym of brokerSynonyms(name)) originals.delete(synonym);
    for (const [name, text] of altered) originals.set(name, text);
    return new Settings(originals);
  }

  /** Defaults are parsed when they are asked for: a start has no time for three hundred of them. */
  #parse(name: string): ParsedValue | undefined {
    const known = this.#parsed.get(name);
    if (known !== undefined) return known;
    const key = catalogue.get(name);
    if (key === undefined) return undefined;
    const text = this.originals.get(name) ?? defaultText(name);
    const parsed = text === null ? { value: null, text: '' } : parseValue(name, key, text);
    this.#parsed.set(name, parsed);
    return parsed;
  }
}
