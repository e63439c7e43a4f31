/** kafkajs brings gzip; it takes the other codecs as plug-ins. */
import { compress as compressZstd, init } from '@bokuweb/zstd-wasm';
import { decompress as decompressZstd } from 'fzstd';
import kafkajs from 'kafkajs';
import SnappyCodec from 'kafkajs-snappy';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';

export async function registerCodecs() {
  await init();
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec;
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: async (encoder) => compressFrameSync(encoder.buffer),
    decompress: async (buffer) => decompressFrameSync(buffer),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async (encoder) => Buffer.from(compressZstd(encoder.buffer)),
    decompress: async (buffer) => Buffer.from(decompressZstd(buffer)),
  });
}
