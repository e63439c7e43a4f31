/** What a key allows beyond its type: the texts that Kafka's validators print, read back into checks. */
import type { ConfigKey } from './catalogue/key.ts';

export interface Rule {
  /** The end of the sentence "Allowed is …". */
  readonly allowed: string;
  /** For numbers: why not, or null. */
  checkNumber?(value: number): string | null;
  /** For strings, and for each entry of a list. */
  checkString?(value: string): string | null;
  /** For a list as a whole; the whole sentence. */
  checkList?(key: string, values: readonly string[]): string | null;
}

const MINIMUM = /^\[(-?[\d.]+),\.\.\.\]$/;
const RANGE = /^\[(-?[\d.]+),\.\.\.,(-?[\d.]+)\](?: or (-?\d+))?$/;
const NAMES = /^(\(case insensitive\) )?\[(.+)\]$/;
const REPLICAS = '[partitionId]:[brokerId],[partitionId]:[brokerId],...';
const OFFSET_RESET = '[latest, earliest, by_duration:PnDTnHnMn.nS]';
const DURATION = /^[+]?P(?=.)([+]?\d+D)?(T(?=.)([+]?\d+H)?([+]?\d+M)?([+]?\d+(?:\.\d{0,9})?S)?)?$/i;
const VOTER = /^\d+@\[?[0-9a-zA-Z\-%._:]*\]?:\d+$/;
const HOST_AND_PORT = /^(?:.*:\/\/)?\[?([0-9a-zA-Z\-%._:]*)\]?:([0-9]+)$/;

const TYPE_WORDS: Readonly<Record<ConfigKey['type'], string>> = {
  BOOLEAN: 'true or false',
  STRING: 'any text',
  INT: 'a whole number of 32 bits',
  SHORT: 'a whole number of 16 bits',
  LONG: 'a whole number of 64 bits',
  DOUBLE: 'a number',
  LIST: 'a list, entries separated by commas, none twice',
  CLASS: 'the name of a class',
  PASSWORD: 'any text',
};

/** The rule of `key`; `name` matters for the two keys whose validators Kafka gives no text of their own. */
export function ruleOf(name: string, key: ConfigKey): Rule {
  if (name === 'controller.quorum.voters') return votersRule;
  if (name === 'controller.quorum.bootstrap.servers') return bootstrapServersRule;
  const { valid } = key;
  const words = TYPE_WORDS[key.type];
  if (key.type === 'LIST') {
    if (valid === REPLICAS) return throttledReplicasRule;
    return validListRule(key, NAMES.exec(valid ?? '')?.[2]?.split(', '));
  }
  if (valid === undefined || valid === 'non-null string') return { allowed: words };
  if (valid === 'non-empty string') {
    return { allowed: 'text that is not empty', checkString: (v) => (v === '' ? 'String must be non-empty' : null) };
  }
  if (valid === OFFSET_RESET) return offsetResetRule(name);
  const minimum = MINIMUM.exec(valid);
  if (minimum !== null) return rangeRule(words, minimum[1]!);
  const range = RANGE.exec(valid);
  if (range !== null) return rangeRule(words, range[1]!, range[2]!, range[3]);
  const names = NAMES.exec(valid);
  if (names === null) throw new Error(`The catalogue's limits of ${name} are not understood: ${valid}`);
  return namesRule(names[2]!.split(', '), names[1] !== undefined);
}

function rangeRule(words: string, min: string, max?: string, or?: string): Rule {
  const bounds = max === undefined ? `at least ${min}` : `from ${min} to ${max}${or === undefined ? '' : `, or ${or}`}`;
  return {
    allowed: `${words}, ${bounds}`,
    checkNumber(value) {
      if (or !== undefined) {
        const inRange = (value >= Number(min) && value <= Number(max)) || value === Number(or);
        return inRange ? null : `Value must be between ${min} and ${max} or equal to ${or}`;
      }
      if (value < Number(min)) return `Value must be at least ${min}`;
      if (max !== undefined && value > Number(max)) return `Value must be no more than ${max}`;
      return null;
    },
  };
}

function namesRule(names: readonly string[], ignoreCase: boolean): Rule {
  const list = names.join(', ');
  return {
    allowed: `one of ${list}`,
    checkString(value) {
      if (names.includes(ignoreCase ? value.toUpperCase() : value)) return null;
      return `String must be one of${ignoreCase ? ' (case insensitive)' : ''}: ${list}`;
    },
  };
}

function validListRule(key: ConfigKey, names: readonly string[] | undefined): Rule {
  const anyOf = names === undefined ? TYPE_WORDS.LIST : `any of ${names.join(', ')}, separated by commas, none twice`;
  const rule: Rule = {
    allowed: key.nonEmpty ? `${anyOf}, at least one` : anyOf,
    checkList(name, values) {
      if (key.nonEmpty && values.length === 0) {
        const valid = names === undefined ? 'any non-empty value' : `[${names.join(', ')}]`;
        return `Configuration '${name}' must not be empty. Valid values include: ${valid}`;
      }
      if (new Set(values).size < values.length) return `Configuration '${name}' values must not be duplicated.`;
      const hasEmpty = names === undefined && values.includes('');
      return hasEmpty ? `Configuration '${name}' values must not be empty.` : null;
    },
  };
  return names === undefined ? rule : { ...namesRule(names, false), ...rule };
}

function offsetResetRule(name: string): Rule {
  return {
    allowed: "latest, earliest, or by_duration: and an ISO 8601 duration that isn't negative, as in by_duration:PT1H",
    checkString(value) {
      if (value === 'latest' || value === 'earliest') return null;
      if (value.startsWith('by_duration:') && DURATION.test(value.slice('by_duration:'.length))) return null;
      return (
        `Invalid value \`${value}\` for configuration ${name}. The value must be either 'earliest', 'latest' or of ` +
        `the format 'by_duration:<PnDTnHnMn.nS>'.`
      );
    },
  };
}

const throttledReplicasRule: Rule = {
  allowed: `* or ${REPLICAS}`,
  checkList(name, values) {
    if (values.length === 1 && values[0] === '*') return null;
    if (values.every((value) => value === '' || /^\d+:\d+$/.test(value))) return null;
    return (
      `Invalid value [${values.join(', ')}] for configuration ${name}: ${name} must be the literal '*' or a list of ` +
      `replicas in the following format: ${REPLICAS}`
    );
  },
};

const votersRule: Rule = {
  allowed: '{id}@{host}:{port}, separated by commas',
  checkList(name, values) {
    if (values.every((value) => VOTER.test(value))) return null;
    return `Invalid configuration value for ${name}. Each entry should be in the form \`{id}@{host}:{port}\`.`;
  },
};

const bootstrapServersRule: Rule = {
  allowed: '{host}:{port}, separated by commas',
  checkList(name, values) {
    const bad = values.find((value) => !HOST_AND_PORT.test(value));
    if (bad === undefined) return null;
    return (
      `Failed to parse host name from ${bad} for the configuration ${name}. ` +
      'Each entry should be in the form "{host}:{port}"'
    );
  },
};
