/** `samsa produce`: lines, or JSON, from standard input. */
import { addAbortSignal, Readable } from 'node:stream';
import { KafkaError } from '../../../protocol/errors.ts';
import type { CompressionType } from '../../../protocol/records/compression.ts';
import { Producer } from '../../client/producer.ts';
import { type JsonHeaders, type JsonValue, toBytes, toHeaders } from '../../http/json-values.ts';
import type { Message } from '../../local-client/messages.ts';
import { unescapeText } from './message-format.ts';
import { parseAssignment, type Session, UsageError } from './session.ts';

export interface ProduceFlags {
  readonly partition?: number;
  readonly key?: string;
  readonly keyDelimiter?: string;
  readonly delimiter?: string;
  readonly header?: readonly string[];
  readonly compression?: CompressionType;
  readonly acks?: string;
  readonly emptyAsNull?: boolean;
}

const BATCH_MESSAGES = 10_000;
const BATCH_BYTES = 4 * 1024 * 1024;

/** Each line is a message; with `--json` each line is one as `samsa consume --json` writes it. */
export async function produce(session: Session, topic: string, flags: ProduceFlags): Promise<void> {
  const { cluster, output, stdin, signal } = session;
  const acks = parseAcks(flags.acks ?? 'all');
  const delimiter = delimiterBytes(flags.delimiter ?? '\\n', '--delimiter');
  const producer = new Producer(cluster, { acks, compression: flags.compression ?? 'none' });
  // A topic that is not to be had is said before anything is typed.
  await cluster.topic(topic, true);
  const parse = output.isJson ? jsonMessage(flags) : textMessage(flags);
  let written = 0;
  for await (const lines of batchesOf(stdin, delimiter, signal)) {
    const messages = lines.map((line, at) => parse(line, written + at + 1));
    const outcomes = await producer.send(topic, messages);
    const failed = outcomes.find(({ error }) => error !== null);
    written += outcomes.filter(({ error }) => error === null).length;
    if (failed?.error) {
      throw new KafkaError(failed.error.error, `${failed.error.message}; ${written} messages were written before`);
    }
  }
  output.json({ topic, written });
}

function parseAcks(text: string): 1 | -1 {
  if (text === 'all' || text === '-1') return -1;
  if (text === '1') return 1;
  throw new UsageError(`--acks ${text} is not known: write all or 1`);
}

function delimiterBytes(text: string, flag: string): Buffer {
  if (text === '') throw new UsageError(`${flag} may not be empty`);
  return Buffer.from(unescapeText(text));
}

function textMessage(flags: ProduceFlags): (line: Buffer) => Message {
  const { partition, key, emptyAsNull = false } = flags;
  const keyDelimiter =
    flags.keyDelimiter === undefined ? undefined : delimiterBytes(flags.keyDelimiter, '--key-delimiter');
  const headers = (flags.header ?? []).map(parseAssignment).map(([name, value]) => ({ key: name, value }));
  const orNull = (bytes: Buffer): Buffer | null => (emptyAsNull && bytes.length === 0 ? null : bytes);
  return (line) => {
    const at = keyDelimiter === undefined ? -1 : line.indexOf(keyDelimiter);
    if (at < 0) return { key: key ?? null, value: orNull(line), headers, partition };
    return {
      key: orNull(line.subarray(0, at)),
      value: orNull(line.subarray(at + keyDelimiter!.length)),
      headers,
      partition,
    };
  };
}

interface JsonMessage {
  readonly key?: JsonValue;
  readonly value?: JsonValue;
  readonly headers?: JsonHeaders;
  readonly partition?: number;
  readonly timestamp?: number;
}

/** The partition and the offset of the cluster that a message came from are not this one's. */
function jsonMessage({ partition }: ProduceFlags): (line: Buffer, number: number) => Message {
  return (line, number) => {
    const where = `line ${number}`;
    const { key, value, headers, timestamp } = parseJson(line, where);
    return {
      key: toBytes(key, `${where}: key`),
      value: toBytes(value, `${where}: value`),
      headers: toHeaders(headers, `${where}: headers`),
      timestamp,
      partition,
    };
  };
}

function parseJson(line: Buffer, where: string): JsonMessage {
  let value: unknown;
  try {
    value = JSON.parse(line.toString());
  } catch (cause) {
    throw new UsageError(`${where} is not JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${where} is no message: write {"key": …, "value": …}`);
  }
  return value;
}

/** What lies between delimiters, as many at a time as have come; a last one without a delimiter counts too. */
async function* batchesOf(
  stdin: NodeJS.ReadableStream,
  delimiter: Buffer,
  signal: AbortSignal,
): AsyncGenerator<Buffer[]> {
  // Whoever types waits for no line more.
  if (stdin instanceof Readable) addAbortSignal(signal, stdin);
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stdin) {
    if (signal.aborted) return;
    rest = Buffer.concat([rest, Buffer.from(chunk as Buffer)]);
    let lines: Buffer[] = [];
    let bytes = 0;
    let start = 0;
    for (let end = rest.indexOf(delimiter); end >= 0; end = rest.indexOf(delimiter, start)) {
      lines.push(rest.subarray(start, end));
      bytes += end - start;
      start = end + delimiter.length;
      if (lines.length < BATCH_MESSAGES && bytes < BATCH_BYTES) continue;
      yield lines;
      lines = [];
      bytes = 0;
    }
    rest = rest.subarray(start);
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0 && !signal.aborted) yield [rest];
}
