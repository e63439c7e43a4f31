import { afterAll, describe, expect, it } from 'vitest';
import { batches, records } from '../../protocol/records/batch.ts';
import { InvalidRecordError } from '../../src/log/invalid-record-error.ts';
import { jobErrors } from '../../src/log/jobs.ts';
import { defaultLogConfig } from '../../src/log/log-config.ts';
import { recompressionJob } from '../../src/log/recompression.ts';
import { packageFile } from '../../src/platform/package-file.ts';
import { WorkerExecutor } from '../../src/platform/worker-executor.ts';
import { batch, values } from './fixture.ts';

const executor = new WorkerExecutor({ file: packageFile('dist/samsa-worker.js')!, errors: jobErrors });
afterAll(() => executor.close());

const CODECS = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

function recompressed(sent: Buffer, compressionType: (typeof CODECS)[number], maxMessageBytes = 1e6) {
  const config = { ...defaultLogConfig, compressionType, maxMessageBytes };
  const { compressionLevels } = config;
  return executor.run(recompressionJob, {
    records: sent,
    config: { compressionType, compressionLevels, maxMessageBytes },
    name: 'orders-0',
  });
}

describe('the built worker', () => {
  it('makes a batch anew in every codec from every other', async () => {
    const sent = values('a value that comes again ', 100);
    for (const from of CODECS) {
      for (const to of CODECS) {
        const original = batch(sent, { compression: from === 'uncompressed' ? 'none' : from });
        const [made] = [...batches(Buffer.from(await recompressed(original, to)))];
        expect(made!.isValid()).toBe(true);
        expect(made!.compression).toBe(to === 'uncompressed' ? 'none' : to);
        expect([...records(made!)].map(({ value }) => String(value))).toEqual(sent);
      }
    }
  });

  it('answers with Kafka’s errors, and what they say of records', async () => {
    await expect(recompressed(batch(values('v', 50)), 'lz4', 100)).rejects.toMatchObject({
      name: 'KafkaError',
      error: 'MESSAGE_TOO_LARGE',
      message: expect.stringContaining('exceeds the maximum configured size of 100'),
    });
    const torn = batch(values('v', 50), { compression: 'gzip' });
    torn.fill(0, 100);
    await expect(recompressed(torn, 'lz4')).rejects.toMatchObject({ error: 'INVALID_RECORD', errorCode: 87 });
  });

  it.each([
    new InvalidRecordError('INVALID_TIMESTAMP', [{ batchIndex: 3, message: 'too old' }]),
    new InvalidRecordError('INVALID_RECORD', [{ batchIndex: 0, message: 'no key' }]),
  ])('passes an error of records on as it is', (error) => {
    const passed = jobErrors.decode(structuredClone(jobErrors.encode(error)));
    expect(passed).toBeInstanceOf(InvalidRecordError);
    expect(passed).toMatchObject({ error: error.error, recordErrors: error.recordErrors, message: error.message });
  });
});
