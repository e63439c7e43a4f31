/**
 * The language in which every message and persisted record is written down: one table a message, its fields in wire
 * order, each with the versions it exists in. Codecs (`codec.ts`), JSON (`json.ts`) and static types all follow from
 * these tables; nothing else knows a message's layout. Terms are those of Kafka's own message definitions.
 */

/** "3+", "0-12", "4" or "none". */
export type Versions = string;

export type ScalarKind =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  /** An int64 that may hold any of its 64 bits, so a `bigint`; on the wire the same as `int64` (ADR 0001). */
  | 'int64bits'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  /** Record batches: bytes on the wire, handed through without a copy, and written from several buffers. */
  | 'records';

export type EntityType = 'brokerId' | 'groupId' | 'producerId' | 'topicName' | 'transactionalId';

export interface FieldOptions {
  /** Versions in which null is allowed. */
  readonly nullable?: Versions;
  /** Versions in which the field travels in the tagged section, under `tag`. */
  readonly tagged?: Versions;
  readonly tag?: number;
  /** Overrides the message's flexible versions (RequestHeader's clientId). */
  readonly flexible?: Versions;
  /** What a missing field means; zero, empty or false where none is given. */
  readonly default?: number | bigint | string | boolean | null;
  /** A value other than the default may be dropped silently when the version has no such field. */
  readonly ignorable?: boolean;
  readonly entityType?: EntityType;
  /** Kafka keys its Java collection by this field. */
  readonly mapKey?: boolean;
}

declare const OUT: unique symbol;
declare const IN: unique symbol;

/** A field of type `Out` when decoded; when encoding, `In` is accepted. */
export interface Field<Out = unknown, In = Out> {
  readonly kind: ScalarKind | 'struct' | 'array';
  readonly versions: Versions;
  readonly options: FieldOptions;
  /** The elements of an array. */
  readonly element?: ScalarKind | Fields;
  /** The fields of a struct. */
  readonly fields?: Fields;
  readonly [OUT]?: Out;
  readonly [IN]?: In;
}

export type Fields = { readonly [name: string]: Field };

/** A field Kafka does not know at this version, kept so that it can be written again. */
export interface UnknownTaggedField {
  readonly tag: number;
  readonly data: Buffer;
}

type OutOf<F> = F extends Field<infer Out, infer _> ? Out : never;
type InOf<F> = F extends Field<infer _, infer In> ? In : never;

/** A decoded struct: every field is there, those the version lacks hold their defaults. */
export type StructOut<F extends Fields> = { -readonly [K in keyof F]: OutOf<F[K]> } & {
  unknownTaggedFields?: UnknownTaggedField[];
};

/** A struct to encode: what is left out takes its default. */
export type StructIn<F extends Fields> = { readonly [K in keyof F]?: InOf<F[K]> | undefined } & {
  readonly unknownTaggedFields?: readonly UnknownTaggedField[] | undefined;
};

type Nullable<O, T> = O extends { readonly nullable: string } ? T | null : T;

type Scalar<Out, In = Out> = <const O extends FieldOptions = Record<never, never>>(
  versions: Versions,
  options?: O,
) => Field<Nullable<O, Out>, Nullable<O, In>>;

function scalar<Out, In = Out>(kind: ScalarKind): Scalar<Out, In> {
  return (versions, options) => ({ kind, versions, options: options ?? {} });
}

export const bool = scalar<boolean>('bool');
export const int8 = scalar<number>('int8');
export const int16 = scalar<number>('int16');
export const uint16 = scalar<number>('uint16');
export const int32 = scalar<number>('int32');
export const uint32 = scalar<number>('uint32');
export const int64 = scalar<number>('int64');
export const int64bits = scalar<bigint>('int64bits');
export const float64 = scalar<number>('float64');
export const string = scalar<string>('string');
/** A uuid is held as Kafka prints it: 22 characters of base64url. */
export const uuid = scalar<string>('uuid');
export const bytes = scalar<Buffer>('bytes');
export const records = scalar<Buffer, Buffer | readonly Buffer[]>('records');

type ScalarOut = {
  bool: boolean;
  int8: number;
  int16: number;
  uint16: number;
  int32: number;
  uint32: number;
  int64: number;
  int64bits: bigint;
  float64: number;
  string: string;
  uuid: string;
  bytes: Buffer;
  records: Buffer;
};

/** A struct inside a message. */
export function struct<const F extends Fields, const O extends FieldOptions = Record<never, never>>(
  versions: Versions,
  fields: F,
  options?: O,
): Field<Nullable<O, StructOut<F>>, Nullable<O, StructIn<F>>> {
  return { kind: 'struct', versions, fields, options: options ?? {} };
}

/** An array of scalars (named by their kind) or of structs (given as their fields). */
export function array<const E extends ScalarKind | Fields, const O extends FieldOptions = Record<never, never>>(
  versions: Versions,
  element: E,
  options?: O,
): Field<
  Nullable<O, E extends ScalarKind ? ScalarOut[E][] : E extends Fields ? StructOut<E>[] : never>,
  Nullable<O, E extends ScalarKind ? readonly ScalarOut[E][] : E extends Fields ? readonly StructIn<E>[] : never>
> {
  return { kind: 'array', versions, element, options: options ?? {} };
}

export type ListenerType = 'broker' | 'controller';

/** One message: a request, a response, a header, or a persisted record's key or value. */
export interface Message<F extends Fields = Fields> {
  /** Kafka's name: `ProduceRequest`, `GroupMetadataValue`. */
  readonly name: string;
  readonly versions: Versions;
  readonly flexible: Versions;
  /** The API key of requests and responses; the record type of persisted records. */
  readonly apiKey?: number;
  /** Where a request is served. */
  readonly listeners?: readonly ListenerType[];
  /** Kafka does not advertise the newest version unless `unstable.api.versions.enable`. */
  readonly latestVersionUnstable?: boolean;
  readonly fields: F;
}

/** What decoding `M` gives. */
export type Decoded<M extends Message> = StructOut<M['fields']>;
/** What encoding `M` takes. */
export type Encodable<M extends Message> = StructIn<M['fields']>;

/** Declares a message; exists for its types. */
export function message<const F extends Fields>(definition: Message<F>): Message<F> {
  return definition;
}

export interface VersionRange {
  readonly low: number;
  readonly high: number;
}

const NO_VERSIONS: VersionRange = { low: 1, high: 0 };
const LARGEST_VERSION = 32767;

/** "3+" → 3…32767, "0-12" → 0…12, "4" → 4…4, "none" or undefined → empty. */
export function versionRange(versions: Versions | undefined): VersionRange {
  if (versions === undefined || versions === 'none') return NO_VERSIONS;
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(versions);
  if (match === null) throw new Error(`not a version range: ${versions}`);
  const low = Number(match[1]);
  return { low, high: match[2] === '+' ? LARGEST_VERSION : Number(match[3] ?? low) };
}

export function inVersions(versions: Versions | undefined, version: number): boolean {
  const { low, high } = versionRange(versions);
  return version >= low && version <= high;
}

/** A field's version in the message's terms: tagged, nullable and so on at one version. */
export function isTagged(field: Field, version: number): boolean {
  return field.options.tagged !== undefined && inVersions(field.options.tagged, version);
}
export function isNullable(field: Field, version: number): boolean {
  return field.options.nullable !== undefined && inVersions(field.options.nullable, version);
}
