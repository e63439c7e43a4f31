/**
 * The five codecs of record batches, in Kafka's framings. All are synchronous; what they stand on is loaded at first
 * use, since most brokers see one or two of them and loading any costs more than a broker's whole start-up may.
 */
import { KafkaError } from '../errors.ts';
import { compressGzip, decompressGzip } from './compression/gzip.ts';
import { compressLz4, decompressLz4 } from './compression/lz4.ts';
import { compressSnappy, decompressSnappy } from './compression/snappy.ts';
import { compressZstd, decompressZstd } from './compression/zstd.ts';

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
  /** gzip −1 to 9, lz4 1 to 17, zstd its own range; snappy has none and ignores it. The codec's default when absent. */
  readonly level?: number;
  /** Of the batch: messages of magic 0 carry an lz4 frame whose header checksum is wrong in Kafka's way. */
  readonly magic?: number;
}

export interface DecompressOptions {
  /** The most bytes that may come out; `DEFAULT_MAX_DECOMPRESSED_BYTES` when absent. */
  readonly maxBytes?: number;
  /** Of the batch: at magic 0 the checksum of an lz4 frame's header is not looked at. */
  readonly magic?: number;
}

/**
 * A batch of `message.max.bytes`' default of 1 MiB can stand for a gigabyte. Real batches stay far below this: clients
 * limit them before compression.
 */
export const DEFAULT_MAX_DECOMPRESSED_BYTES = 256 * 1024 * 1024;

/** Compresses a batch's records. */
export function compress(type: CompressionType, data: Buffer, options: CompressOptions = {}): Buffer {
  switch (type) {
    case 'none':
      return data;
    case 'gzip':
      return compressGzip(data, options.level);
    case 'snappy':
      return compressSnappy(data);
    case 'lz4':
      return compressLz4(data, options.level, options.magic === 0);
    case 'zstd':
      return compressZstd(data, options.level);
  }
}

/**
 * A batch's records, decompressed. Throws `INVALID_RECORD` for bytes that the codec cannot read, and
 * `MESSAGE_TOO_LARGE` for more than `maxBytes`, before they are held in memory.
 */
export function decompress(type: CompressionType, data: Buffer, options: DecompressOptions = {}): Buffer {
  const { maxBytes = DEFAULT_MAX_DECOMPRESSED_BYTES } = options;
  switch (type) {
    case 'none':
      return data;
    case 'gzip':
      return decompressGzip(data, maxBytes);
    case 'snappy':
      return decompressSnappy(data, maxBytes);
    case 'lz4':
      return decompressLz4(data, maxBytes, options.magic === 0);
    case 'zstd':
      return decompressZstd(data, maxBytes);
  }
}
