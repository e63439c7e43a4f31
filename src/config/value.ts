/** Texts of configuration values into typed ones, by the rules and with the sentences of Kafka's `ConfigDef`. */
import type { ConfigKey, ConfigType } from './catalogue/key.ts';
import { InvalidValueError } from './config-error.ts';
import { ruleOf } from './value-rules.ts';

export type ConfigValue = boolean | number | string | readonly string[] | null;

export interface ParsedValue {
  /** A LONG beyond 2^53 − 1 stands here as the nearest number that is exact; `text` keeps it whole. */
  readonly value: ConfigValue;
  /** The value in Kafka's own writing, as DescribeConfigs shows it. */
  readonly text: string;
}

/** The TypeScript type of a parsed value. */
export type ValueOf<T extends ConfigType> = T extends 'BOOLEAN'
  ? boolean
  : T extends 'INT' | 'SHORT' | 'LONG' | 'DOUBLE'
    ? number
    : T extends 'LIST'
      ? readonly string[]
      : string;

const INTEGER_BITS: Readonly<Partial<Record<ConfigType, bigint>>> = { SHORT: 15n, INT: 31n, LONG: 63n };
const JAVA_DOUBLE = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?)$/;
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Throws `InvalidValueError` when the key's type or limits do not allow `text`. */
export function parseValue(name: string, key: ConfigKey, text: string): ParsedValue {
  const trimmed = text.trim();
  switch (key.type) {
    case 'BOOLEAN':
      return parseBoolean(name, key, text, trimmed.toLowerCase());
    case 'INT':
    case 'SHORT':
    case 'LONG':
      return parseInteger(name, key, text, trimmed);
    case 'DOUBLE':
      return parseDouble(name, key, text, trimmed);
    case 'LIST':
      return parseList(name, key, text, trimmed);
    default: {
      const reason = ruleOf(name, key).checkString?.(trimmed) ?? null;
      if (reason !== null)
        throw invalid(name, key, text, `Invalid value ${trimmed} for configuration ${name}: ${reason}`);
      return { value: trimmed, text: trimmed };
    }
  }
}

/** The entries of a list: none for empty text, else what stands between the commas, trimmed. */
export function splitList(text: string): string[] {
  const trimmed = text.trim();
  return trimmed === '' ? [] : trimmed.split(/\s*,\s*/);
}

function parseBoolean(name: string, key: ConfigKey, given: string, lower: string): ParsedValue {
  if (lower === 'true' || lower === 'false') return { value: lower === 'true', text: lower };
  const reason = 'Expected value to be either true or false';
  throw invalid(name, key, given, `Invalid value ${given} for configuration ${name}: ${reason}`);
}

function parseInteger(name: string, key: ConfigKey, given: string, trimmed: string): ParsedValue {
  const exact = /^[+-]?\d+$/.test(trimmed) ? BigInt(trimmed.replace(/^\+/, '')) : undefined;
  const bound = 1n << INTEGER_BITS[key.type]!;
  if (exact === undefined || exact >= bound || exact < -bound) {
    throw invalid(
      name,
      key,
      given,
      `Invalid value ${given} for configuration ${name}: Not a number of type ${key.type}`,
    );
  }
  const value = Number(exact > SAFE ? SAFE : exact < -SAFE ? -SAFE : exact);
  return inLimits(name, key, given, { value, text: exact.toString() }, value);
}

function parseDouble(name: string, key: ConfigKey, given: string, trimmed: string): ParsedValue {
  if (!JAVA_DOUBLE.test(trimmed)) {
    throw invalid(name, key, given, `Invalid value ${given} for configuration ${name}: Not a number of type DOUBLE`);
  }
  const value = Number(trimmed.replace(/[dDfF]$/, ''));
  return inLimits(name, key, given, { value, text: javaDouble(value) }, value);
}

function parseList(name: string, key: ConfigKey, given: string, trimmed: string): ParsedValue {
  const values = splitList(trimmed);
  const rule = ruleOf(name, key);
  const message = rule.checkList?.(name, values) ?? null;
  if (message !== null) throw invalid(name, key, given, message);
  for (const entry of values) {
    const reason = rule.checkString?.(entry) ?? null;
    if (reason !== null) throw invalid(name, key, given, `Invalid value ${entry} for configuration ${name}: ${reason}`);
  }
  return { value: values, text: values.join(',') };
}

function inLimits(name: string, key: ConfigKey, given: string, parsed: ParsedValue, value: number): ParsedValue {
  const reason = ruleOf(name, key).checkNumber?.(value) ?? null;
  if (reason === null) return parsed;
  throw invalid(name, key, given, `Invalid value ${parsed.text} for configuration ${name}: ${reason}`);
}

function invalid(name: string, key: ConfigKey, given: string, kafkaMessage: string): InvalidValueError {
  const shown = key.type === 'PASSWORD' ? '[hidden]' : given;
  return new InvalidValueError(name, shown, kafkaMessage, ruleOf(name, key).allowed);
}

/** As Java's `Double.toString` writes it: always a fraction, an exponent from 10^7 up and below 10^-3. */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value) || value === 0) return Object.is(value, -0) ? '-0.0' : value === 0 ? '0.0' : `${value}`;
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-3 && magnitude < 1e7) return Number.isInteger(value) ? `${value}.0` : `${value}`;
  const [digits, exponent] = value.toExponential().split('e');
  return `${digits!.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}
