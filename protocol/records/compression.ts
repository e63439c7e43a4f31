/**
 * The five codecs of record batches, in Kafka's framings. All are synchronous; what they stand on is loaded at first
 * use, since most brokers see one or two of them and loading any costs more than a broker's whole start-up may.
 */
import { KafkaError } from '../errors.ts';

export type CompressionType = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

const TYPE_BY_CODE: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** The type's number in a batch's attributes. */
export function compressionCode(type: CompressionType): number {
  return TYPE_BY_CODE.indexOf(type);
}

/** The type of a number in a batch's attributes; throws `UNSUPPORTED_COMPRESSION_TYPE` for one that Kafka has not. */
export function compressionType(code: number): CompressionType {
  const type = TYPE_BY_CODE[code];
  if (type === undefined) {
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `compression type ${code} is not one of 0 to 4`);
  }
  return type;
}

export interface CompressOptions {
  /** gzip −1 to 9, zstd its own range; the other codecs have none here and ignore it. The codec's default when absent. */
  readonly level?: number;
  /** Of the batch: messages of magic 0 carry an lz4 frame whose header checksum is wrong in Kafka's way. */
  readonly magic?: number;
}

export interface DecompressOptions {
  /** The most bytes that may come out; `DEFAULT_MAX_DECOMPRESSED_BYTES` when absent. */
  readonly maxBytes?: number;
}

/**
 * A batch of `message.max.bytes`' default of 1 MiB can stand for a gigabyte. Real batches stay far below this: clients
 * limit them before compression.
 */
export const DEFAULT_MAX_DECOMPRESSED_BYTES = 256 * 1024 * 1024;

/** Compresses a batch's records. */
export function compress(type: CompressionType, data: Buffer, _options: CompressOptions = {}): Buffer {
  if (type === 'none') return data;
  throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `${type} is not there yet`);
}

/**
 * A batch's records, decompressed. Throws `INVALID_RECORD` for bytes that the codec does not read to their end, and
 * `MESSAGE_TOO_LARGE` for more than `maxBytes`, before they are held in memory.
 */
export function decompress(type: CompressionType, data: Buffer, _options: DecompressOptions = {}): Buffer {
  if (type === 'none') return data;
  throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `${type} is not there yet`);
}
