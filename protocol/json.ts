/**
 * Messages as JSON, in the form of Kafka's own JsonConverter classes: camelCase names, int64 and uint32 as strings,
 * bytes in base64, uuids as Kafka prints them, tagged fields that hold their default left out. Walks the tables; not
 * for the hot path. Values are those of exact codecs (`codec(…, { exact: true })`).
 */
import { type Field, type Fields, inVersions, isTagged, type Message, type ScalarKind } from './schema/table.ts';

export type Json = JsonWith<never>;
/** JSON with values of `T` in it, for a caller that writes some kinds in a form of its own. */
export type JsonWith<T> = null | boolean | number | string | T | JsonWith<T>[] | { [name: string]: JsonWith<T> };
type Struct = Readonly<Record<string, unknown>>;

/** The JSON form of a decoded `message`. */
export function toJson(message: Message, version: number, value: Struct): Json {
  return toJsonWith(message, version, value, scalarToJson);
}

/** The same with every scalar in the form that `scalar` gives it. */
export function toJsonWith<T>(
  message: Message,
  version: number,
  value: Struct,
  scalar: ScalarToJson<T>,
): { [name: string]: JsonWith<T> } {
  return structToJson(message.fields, version, value, scalar);
}

export type ScalarToJson<T> = (kind: ScalarKind, value: unknown) => JsonWith<T>;

function structToJson<T>(
  fields: Fields,
  version: number,
  value: Struct,
  scalar: ScalarToJson<T>,
): { [name: string]: JsonWith<T> } {
  const json: { [name: string]: JsonWith<T> } = {};
  for (const [name, field] of Object.entries(fields)) {
    if (!inVersions(field.versions, version)) continue;
    const member = value[name];
    if (isTagged(field, version) && isDefault(field, member)) continue;
    json[name] = fieldToJson(field, version, member, scalar);
  }
  return json;
}

function fieldToJson<T>(field: Field, version: number, value: unknown, scalar: ScalarToJson<T>): JsonWith<T> {
  if (value === null || value === undefined) return null;
  if (field.kind === 'struct') return structToJson(field.fields!, version, value as Struct, scalar);
  if (field.kind !== 'array') return scalar(field.kind, value);
  const { element } = field;
  return (value as unknown[]).map((entry) =>
    typeof element === 'string' ? scalar(element, entry) : structToJson(element!, version, entry as Struct, scalar),
  );
}

export function scalarToJson(kind: ScalarKind, value: unknown): Json {
  switch (kind) {
    case 'int64':
    case 'int64bits':
    case 'uint32':
      return String(value);
    case 'bytes':
    case 'records':
      return (value as Buffer).toString('base64');
    default:
      return value as Json;
  }
}

function isDefault(field: Field, value: unknown): boolean {
  const byDefault = field.options.default;
  if (value === undefined) return true;
  if (byDefault === null || value === null) return value === byDefault;
  switch (field.kind) {
    case 'array':
    case 'bytes':
    case 'records':
      return (value as { length: number }).length === 0;
    case 'struct':
      return Object.entries(field.fields!).every(([name, member]) => isDefault(member, (value as Struct)[name]));
    case 'int64':
    case 'int64bits':
      return BigInt(value as bigint) === BigInt(byDefault ?? 0);
    case 'string':
      return value === (byDefault ?? '');
    case 'uuid':
      return value === (byDefault ?? 'AAAAAAAAAAAAAAAAAAAAAA');
    case 'bool':
      return value === (byDefault ?? false);
    default:
      return value === (byDefault ?? 0);
  }
}

/** The value that an exact codec encodes, from its JSON form. Names the table does not have are refused. */
export function fromJson(message: Message, json: Json): Struct {
  return structFromJson(message.fields, json, message.name);
}

function structFromJson(fields: Fields, json: Json, path: string): Struct {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) throw new TypeError(`${path} is not an object`);
  const value: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(json)) {
    const field = fields[name];
    if (field === undefined) throw new TypeError(`${path} has no field ${name}`);
    value[name] = fieldFromJson(field, member, `${path}.${name}`);
  }
  return value;
}

function fieldFromJson(field: Field, json: Json, path: string): unknown {
  if (json === null) return null;
  if (field.kind === 'struct') return structFromJson(field.fields!, json, path);
  if (field.kind !== 'array') return scalarFromJson(field.kind, json);
  if (!Array.isArray(json)) throw new TypeError(`${path} is not an array`);
  const { element } = field;
  return json.map((entry) =>
    typeof element === 'string' ? scalarFromJson(element, entry) : structFromJson(element!, entry, path),
  );
}

function scalarFromJson(kind: ScalarKind, json: Json): unknown {
  switch (kind) {
    case 'int64':
    case 'int64bits':
      return BigInt(json as string);
    case 'uint32':
      return Number(json);
    case 'bytes':
    case 'records':
      return Buffer.from(json as string, 'base64');
    default:
      return json;
  }
}
