/** Which names a topic may have, with the words in which Kafka refuses others. */
import { METADATA_TOPIC } from '../../raft/raft-log.ts';

const LONGEST_NAME = 249;
const LEGAL = /^[a-zA-Z0-9._-]+$/;
const COLLIDING = /[._]/;

/** Why `name` cannot be a topic's, or undefined. */
export function invalidTopicName(name: string): string | undefined {
  const reason = reasonAgainst(name);
  return reason === undefined ? undefined : `Topic name is invalid: ${reason}`;
}

function reasonAgainst(name: string): string | undefined {
  if (name === '') return 'the empty string is not allowed';
  if (name === '.' || name === '..') return `'${name}' is not allowed`;
  if (name.length > LONGEST_NAME) {
    return `the length of '${name}' is longer than the max allowed length ${LONGEST_NAME}`;
  }
  if (LEGAL.test(name)) return undefined;
  return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
}

/** A topic whose name differs from `name` in '.' and '_' alone: metric names would not tell them apart. */
export function collidingTopic(name: string, existing: Iterable<string>): string | undefined {
  if (!COLLIDING.test(name)) return undefined;
  const unified = name.replaceAll('.', '_');
  for (const other of existing) {
    if (other.length === name.length && other.replaceAll('.', '_') === unified) return other;
  }
  return undefined;
}

/** The one name that clients can never create. */
export function isMetadataTopic(name: string): boolean {
  return name === METADATA_TOPIC;
}
