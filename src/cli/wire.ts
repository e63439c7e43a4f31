/**
 * `samsa wire`: captured bytes to JSON. Reads JSON lines `{name, version, hex}` (`type` and other members are let
 * pass) and writes one line for each, in order: `{name, version, json, hex}` with the value and its re-encoding, or
 * `{name, version, error}`. Memory is that of one line.
 */
import { pipeline } from 'node:stream/promises';
import { type WireMessage, wireBody, wireFrame } from './wire-message.ts';

export interface WireOptions {
  /** `hex` is a whole request or response, with its header and with or without its size. */
  readonly frame: boolean;
}

type WireError = { readonly name: string | null; readonly version: number | null; readonly error: string };

/** Twice the largest request that Kafka takes by default, in hex, and some for the rest. */
const LONGEST_LINE_BYTES = 420 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Resolves when the input has ended and all answers are written, or when nobody reads them any more. */
export async function wire(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  { frame }: WireOptions,
): Promise<void> {
  const transcode = frame ? wireFrame : wireBody;
  async function* answers(source: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
    for await (const line of linesOf(source)) yield `${answerTo(line, transcode)}\n`;
  }
  try {
    await pipeline(input, answers, output, { end: false });
  } catch (error) {
    if (!isBrokenPipe(error)) throw error;
  }
}

/** The lines of a stream of bytes, without their ends; null for one that is too long. */
async function* linesOf(source: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer | null> {
  let parts: Buffer[] = [];
  let bytes = 0;
  const take = (): Buffer | null => {
    const line = bytes > LONGEST_LINE_BYTES ? null : Buffer.concat(parts);
    parts = [];
    bytes = 0;
    return line;
  };
  for await (const piece of source) {
    const chunk = typeof piece === 'string' ? Buffer.from(piece) : piece;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      parts.push(chunk.subarray(start, end));
      bytes += end - start;
      start = end + 1;
      yield take();
    }
    bytes += chunk.length - start;
    if (bytes > LONGEST_LINE_BYTES) parts = [];
    else if (start < chunk.length) parts.push(chunk.subarray(start));
  }
  if (bytes > 0) yield take();
}

function answerTo(line: Buffer | null, transcode: typeof wireBody): string {
  let name: string | undefined;
  let version: number | undefined;
  try {
    if (line === null) throw new RangeError(`the line is longer than ${LONGEST_LINE_BYTES} bytes`);
    const members = objectIn(line);
    name = text(members, 'name');
    version = integer(members, 'version');
    const answer: WireMessage = transcode(name, version, hexIn(members));
    return JSON.stringify(answer);
  } catch (error) {
    const failed: WireError = {
      name: name ?? null,
      version: version ?? null,
      error: error instanceof Error ? error.message : String(error),
    };
    return JSON.stringify(failed);
  }
}

type Members = ReadonlyMap<string, unknown>;

function objectIn(line: Buffer): Members {
  let value: unknown;
  try {
    value = JSON.parse(line.toString());
  } catch (cause) {
    throw new SyntaxError('the line is not JSON', { cause });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new TypeError('the line is not a JSON object');
  return new Map(Object.entries(value));
}

function text(members: Members, key: string): string | undefined {
  const value = members.get(key) ?? undefined;
  if (value !== undefined && typeof value !== 'string') throw new TypeError(`${key} is not a string`);
  return value;
}

function integer(members: Members, key: string): number | undefined {
  const value = members.get(key) ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new TypeError(`${key} is not an integer`);
  return value;
}

function hexIn(members: Members): Buffer {
  const hex = text(members, 'hex');
  if (hex === undefined) throw new TypeError('hex is missing');
  const bytes = Buffer.from(hex, 'hex');
  // Buffer stops at the first thing that is not a pair of hex digits.
  if (bytes.length * 2 !== hex.length) throw new TypeError(`hex is not pairs of hex digits at ${bytes.length * 2}`);
  return bytes;
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
