/**
 * Request and response headers: which version each message's header has, and reading and writing it. By hand, since every
 * request has one; tests hold it to the codecs of the headers' tables.
 */
import { type Message, versionRange } from './schema/table.ts';
import type { NameCache } from './wire/name-cache.ts';
import { Reader } from './wire/reader.ts';
import type { Writer } from './wire/writer.ts';

export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

const API_VERSIONS = 18;

const firstFlexible = new WeakMap<Message, number>();

/** Also says so of versions that the table does not have yet: newer ones are taken to be flexible. */
function isFlexible(message: Message, version: number): boolean {
  let first = firstFlexible.get(message);
  if (first === undefined) {
    const { low, high } = versionRange(message.flexible);
    first = low > high ? Number.POSITIVE_INFINITY : low;
    firstFlexible.set(message, first);
  }
  return version >= first;
}

/** The version of RequestHeader before a `request` of `version`. */
export function requestHeaderVersion(request: Message, version: number): 1 | 2 {
  return isFlexible(request, version) ? 2 : 1;
}

/**
 * The version of ResponseHeader before a `response` of `version`. That of ApiVersions never is flexible, because a
 * client reads it before it knows what the broker can (KIP-511).
 */
export function responseHeaderVersion(response: Message, version: number): 0 | 1 {
  return response.apiKey !== API_VERSIONS && isFlexible(response, version) ? 1 : 0;
}

/** The API key and version that a request's frame begins with; throws `DecodeError` when it is too short. */
export function peekRequest(frame: Buffer): { apiKey: number; apiVersion: number } {
  const reader = new Reader(frame);
  return { apiKey: reader.int16(), apiVersion: reader.int16() };
}

/**
 * Reads a frame's request header as the one that `request`, the table of its API key, has at the version that the frame
 * names; the table need not have that version. `body` stands where the body begins. Throws `DecodeError`.
 * @param names for the body's reader too
 */
export function decodeRequestHeader(
  frame: Buffer,
  request: Message,
  names?: NameCache,
): { header: RequestHeader; body: Reader } {
  const body = new Reader(frame, 0, frame.length, names);
  const apiKey = body.int16();
  const apiVersion = body.int16();
  const correlationId = body.int32();
  // Never compact, whatever the header's version (KIP-482).
  const length = body.stringLength(false);
  const clientId = length < 0 ? null : body.utf8(length);
  if (requestHeaderVersion(request, apiVersion) === 2) body.unknownTaggedFields();
  return { header: { apiKey, apiVersion, correlationId, clientId }, body };
}

/** Writes the header that comes before a `response` of `version`. */
export function encodeResponseHeader(response: Message, version: number, correlationId: number, writer: Writer): void {
  writer.int32(correlationId);
  if (responseHeaderVersion(response, version) === 1) writer.uvarint(0);
}
