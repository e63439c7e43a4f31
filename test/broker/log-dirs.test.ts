import { describe, expect, it } from 'vitest';
import { LogDirs, LogDirsFailedError, usableLogDirs } from '../../src/broker/log-dirs.ts';
import type { LogManager } from '../../src/log/log-manager.ts';
import type { MetadataNode } from '../../src/metadata/metadata-node.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { ReplicaManager } from '../../src/replication/replica-manager.ts';

const TIMEOUT_MS = 30_000;

/** Two dirs, `/b` of which has failed, and a controller that answers when it is told to. */
function bench() {
  const clock = new SimulatedClock(0);
  const fatal: Error[] = [];
  const told: (readonly string[])[] = [];
  let answer: { resolve(): void; reject(error: Error): void } | undefined;
  const metadata = {
    reportOfflineDirectories: (directories: readonly string[]) => {
      told.push(directories);
      return new Promise<void>((resolve, reject) => {
        answer = { resolve, reject };
      });
    },
  } as Partial<MetadataNode> as MetadataNode;
  const logDirs = new LogDirs({
    metadata,
    metadataLogDir: '/a',
    clock,
    logger: silentLogger,
    failureTimeoutMs: TIMEOUT_MS,
    onFatal: (failure) => fatal.push(failure),
  });
  const directories = [
    { path: '/a', id: 'A', isOffline: false },
    { path: '/b', id: 'B', isOffline: true },
  ];
  logDirs.watch(
    { directories: () => directories } as Partial<LogManager> as LogManager,
    { onDirectoryFailure: () => {} } as Partial<ReplicaManager> as ReplicaManager,
  );
  return { clock, fatal, told, logDirs, answer: () => answer! };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a failed log dir', () => {
  it('is told once the broker is registered', async () => {
    const { clock, fatal, told, logDirs, answer } = bench();
    logDirs.failed();
    expect(told).toEqual([]);
    logDirs.registered();
    expect(told).toEqual([['/b']]);
    answer().resolve();
    await settled();
    clock.advance(TIMEOUT_MS * 2);
    expect(fatal).toEqual([]);
  });

  it('ends the broker when the controller does not take it within log.dir.failure.timeout.ms', async () => {
    const { clock, fatal, logDirs } = bench();
    logDirs.registered();
    clock.advance(TIMEOUT_MS - 1);
    expect(fatal).toEqual([]);
    clock.advance(1);
    expect(fatal).toMatchObject([{ code: 'LOG_DIRS_FAILED', message: expect.stringContaining('/b failed') }]);
  });

  it('ends the broker when the controller refuses it', async () => {
    const { fatal, logDirs, answer } = bench();
    logDirs.registered();
    answer().reject(new Error('NOT_CONTROLLER'));
    await settled();
    expect(fatal).toMatchObject([{ cause: { message: 'NOT_CONTROLLER' } }]);
  });
});

describe('log dirs at start', () => {
  const failure = Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });

  it('go on without those that fail', () => {
    const failed = new Map([['/b', failure]]);
    expect(usableLogDirs({ logDirs: ['/a', '/b'], metadataLogDir: '/a' }, failed, silentLogger)).toEqual(['/a']);
  });

  it('do not go on without the metadata’s, or without any', () => {
    const start = (logDirs: string[], metadataLogDir: string, ...failed: string[]): string[] =>
      usableLogDirs({ logDirs, metadataLogDir }, new Map(failed.map((path) => [path, failure])), silentLogger);
    expect(() => start(['/a', '/b'], '/a', '/a')).toThrow(LogDirsFailedError);
    expect(() => start(['/b'], '/a', '/b')).toThrow('the log dir /b cannot be used: EROFS');
  });
});
