/** Bytes of one message or frame, as JSON and back, for `samsa wire`. */
import { codec } from '../../protocol/codec.ts';
import { peekRequest, requestHeaderVersion, responseHeaderVersion } from '../../protocol/headers.ts';
import { type Json, toJson } from '../../protocol/json.ts';
import { messageNamed } from '../../protocol/messages.ts';
import { requestHeader } from '../../protocol/schema/request-header.ts';
import { apis } from '../../protocol/schema/requests.ts';
import { responseHeader } from '../../protocol/schema/response-header.ts';
import type { Message } from '../../protocol/schema/table.ts';
import { DecodeError } from '../../protocol/wire/decode-error.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import { Writer } from '../../protocol/wire/writer.ts';

export interface WireMessage {
  readonly name: string;
  readonly version: number;
  readonly json: Json;
  /** What the value gives when it is encoded again. */
  readonly hex: string;
}

const SIZE_BYTES = 4;
const requestOfKey = new Map(apis.map(({ request }) => [request.apiKey, request]));

/** A body without its header. Throws when it is not what `name` has at `version`, or when bytes are left over. */
export function wireBody(name: string | undefined, version: number | undefined, bytes: Buffer): WireMessage {
  if (name === undefined) throw new TypeError('name is missing');
  if (version === undefined) throw new TypeError('version is missing');
  const message = known(name);
  const reader = new Reader(bytes);
  const writer = new Writer();
  const json = transcode(message, version, reader, writer);
  refuseRest(reader, message, version);
  return { name, version, json, hex: writer.toBuffer().toString('hex') };
}

/**
 * A whole request or response with its header, `{header, body}` in JSON. The frame may begin with its size, as on the
 * wire, or not; the re-encoding does as the input did. Where its first four bytes could be either, the frame is taken
 * to begin with its size, if it can be read so. A request says itself what it is; of a response, name and version must
 * be given.
 */
export function wireFrame(name: string | undefined, version: number | undefined, bytes: Buffer): WireMessage {
  const hasSize = bytes.length >= SIZE_BYTES && bytes.readInt32BE() === bytes.length - SIZE_BYTES;
  if (!hasSize) return unsized(name, version, bytes);
  try {
    const frame = unsized(name, version, bytes.subarray(SIZE_BYTES));
    const size = Buffer.alloc(SIZE_BYTES);
    size.writeInt32BE(frame.hex.length / 2);
    return { ...frame, hex: size.toString('hex') + frame.hex };
  } catch (error) {
    try {
      return unsized(name, version, bytes);
    } catch {
      throw error;
    }
  }
}

function unsized(name: string | undefined, version: number | undefined, frame: Buffer): WireMessage {
  if (name !== undefined && responseOf(known(name))) {
    if (version === undefined) throw new TypeError('version is missing, and a response does not say it');
    const message = known(name);
    return headed(message, version, responseHeader, responseHeaderVersion(message, version), frame);
  }
  const { apiKey, apiVersion } = peekRequest(frame);
  const message = requestOfKey.get(apiKey);
  if (message === undefined) throw new DecodeError(`a request with API key ${apiKey}, which Kafka does not have`);
  if (name !== undefined && known(name) !== message) {
    throw new TypeError(`the frame is a ${message.name}, not a ${name}`);
  }
  if (version !== undefined && version !== apiVersion) {
    throw new TypeError(`the frame is of version ${apiVersion}, not ${version}`);
  }
  return headed(message, apiVersion, requestHeader, requestHeaderVersion(message, apiVersion), frame);
}

function headed(message: Message, version: number, header: Message, headerVersion: number, frame: Buffer): WireMessage {
  const reader = new Reader(frame);
  const writer = new Writer();
  const json = {
    header: transcode(header, headerVersion, reader, writer),
    body: transcode(message, version, reader, writer),
  };
  refuseRest(reader, message, version);
  return { name: message.name, version, json, hex: writer.toBuffer().toString('hex') };
}

/** Decodes a message and encodes it again, exact in all 64 bits and with the tagged fields it does not know. */
function transcode(message: Message, version: number, reader: Reader, writer: Writer): Json {
  const exact = codec(message, version, { exact: true });
  const value = exact.decode(reader);
  exact.encode(value, writer);
  return toJson(message, version, value);
}

function refuseRest(reader: Reader, message: Message, version: number): void {
  if (reader.remaining === 0) return;
  throw new DecodeError(`${reader.remaining} bytes are left after ${message.name} version ${version}`);
}

function known(name: string): Message {
  const message = messageNamed(name);
  if (message === undefined) throw new TypeError(`${name} is not a message of Kafka's`);
  return message;
}

function responseOf(message: Message): boolean {
  return apis.some(({ response }) => response === message);
}
