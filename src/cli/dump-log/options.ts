/** What the flags of the command line ask for. */

import {
  type BytesDecoder,
  bytesDecoders,
  clusterMetadataDecoder,
  type Decoder,
  offsetsDecoder,
  plainDecoder,
  shareGroupStateDecoder,
  transactionLogDecoder,
} from './decoders.ts';
import type { DumpLogFlags } from './flags.ts';
import type { LogOptions } from './log-file.ts';
import type { IndexOptions } from './offset-index-file.ts';

export interface DumpOptions extends LogOptions, IndexOptions {
  readonly paths: readonly string[];
  readonly withVerdict: boolean;
}

/** A command line that is wrong; the message says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const MAX_INT = 2 ** 31 - 1;

/** Throws a `UsageError`. */
export function dumpOptions(files: readonly string[], flags: DumpLogFlags): DumpOptions {
  const listed = flags.files?.split(',').filter((path) => path !== '') ?? [];
  const paths = [...files, ...listed];
  if (paths.length === 0) throw new UsageError('no file is named; say samsa dump-log FILE…');
  const decoder = decoderOf(flags);
  const maxBytes = wholeNumber('--max-bytes', flags.maxBytes);
  wholeNumber('--max-message-size', flags.maxMessageSize);
  return {
    paths,
    decoder,
    isDeepIteration: flags.deepIteration === true || decoder !== undefined,
    skipRecordMetadata: flags.skipRecordMetadata === true,
    maxBytes: maxBytes === undefined || maxBytes === MAX_INT ? Number.POSITIVE_INFINITY : maxBytes,
    indexSanityCheck: flags.indexSanityCheck === true,
    verifyIndexOnly: flags.verifyIndexOnly === true,
    withVerdict: flags.verdict !== false,
  };
}

/** Of several, Kafka's tool takes the first of this order. */
function decoderOf(flags: DumpLogFlags): Decoder | undefined {
  if (flags.offsetsDecoder === true) return offsetsDecoder();
  if (flags.transactionLogDecoder === true) return transactionLogDecoder();
  if (flags.clusterMetadataDecoder === true) return clusterMetadataDecoder();
  if (flags.shareGroupStateDecoder === true) return shareGroupStateDecoder();
  const { keyDecoderClass, valueDecoderClass } = flags;
  if (flags.printDataLog !== true && keyDecoderClass === undefined && valueDecoderClass === undefined) return undefined;
  return plainDecoder(bytesDecoder(keyDecoderClass), bytesDecoder(valueDecoderClass));
}

function bytesDecoder(className = 'StringDecoder'): BytesDecoder {
  const found = bytesDecoders.get(className.slice(className.lastIndexOf('.') + 1));
  if (found !== undefined) return found;
  const known = [...bytesDecoders.keys()].join(', ');
  throw new UsageError(`${className} is no decoder that is known here; take one of ${known}`);
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= MAX_INT) return value;
  throw new UsageError(`${option} is "${text}", a whole number up to ${MAX_INT} is wanted`);
}
