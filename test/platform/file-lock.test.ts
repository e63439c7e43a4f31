import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lockFile } from '../../src/platform/file-lock.ts';

/** Another process that asks the system for the lock itself: prints `locked` or the errno, and stays. */
const OTHER_PROCESS = `
  const fs = require('node:fs');
  const koffi = require('koffi');
  const fcntl = koffi.load(null).func('int fcntl(int, int, ...)');
  const [setLock, writeLock, typeAt] = process.platform === 'darwin' ? [8, 3, 20] : [6, 1, 0];
  const flock = Buffer.alloc(64);
  flock.writeInt16LE(writeLock, typeAt);
  const taken = fcntl(fs.openSync(process.argv[1], 'a+'), setLock, 'void *', flock);
  console.log(taken === 0 ? 'locked' : 'refused ' + koffi.errno());
  setInterval(() => {}, 1000);
`;

async function lockPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'samsa-lock-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, '.lock');
}

async function otherProcess(path: string): Promise<{ child: ChildProcess; says: string }> {
  const child = spawn(process.execPath, ['-e', OTHER_PROCESS, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [says] = await once(child.stdout!, 'data');
  return { child, says: String(says).trim() };
}

describe('a lock', () => {
  test('keeps another broker of the same process out, until it is released', async () => {
    const path = await lockPath();
    const lock = await lockFile(path);
    expect(lock.weakness).toBeUndefined();
    await expect(lockFile(path)).rejects.toMatchObject({ code: 'LOCK_HELD', holderPid: process.pid });
    await lock.release();
    expect((await stat(path)).size).toBe(0);
    await (await lockFile(path)).release();
  });

  test('keeps another process out', async () => {
    const path = await lockPath();
    const lock = await lockFile(path);
    await expect(lockFile(path)).rejects.toMatchObject({ code: 'LOCK_HELD' });
    expect((await otherProcess(path)).says).toMatch(/^refused (11|13|35)$/);
    await lock.release();
    expect((await otherProcess(path)).says).toBe('locked');
  });

  test('of another process keeps out, tells who has it, and ends with kill -9', async () => {
    const path = await lockPath();
    const { child, says } = await otherProcess(path);
    expect(says).toBe('locked');
    await expect(lockFile(path)).rejects.toMatchObject({ code: 'LOCK_HELD', holderPid: child.pid });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await lockFile(path)).release();
  });
});
