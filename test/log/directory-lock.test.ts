import { expect, test } from 'vitest';
import { lockDirectories } from '../../src/log/directory-lock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';

test('log dirs are locked all or none, and a crash leaves no lock', async () => {
  const fs = new MemoryFileSystem();
  const first = await lockDirectories(['/one', '/two', '/one'], fs, silentLogger);
  await expect(lockDirectories(['/three', '/two'], fs, silentLogger)).rejects.toThrow(
    '/two is in use by another broker, which has locked /two/.lock; stop it, or set other log.dirs',
  );
  const third = await lockDirectories(['/three'], fs, silentLogger);
  await first.release();
  await (await lockDirectories(['/one', '/two'], fs, silentLogger)).release();
  fs.crash();
  expect(await fs.exists('/three/.lock')).toBe(true);
  await (await lockDirectories(['/three'], fs, silentLogger)).release();
  await third.release();
});

test('a dir whose disk fails is told, and the others are locked', async () => {
  const fs = new MemoryFileSystem();
  fs.inject({ operation: 'write', path: /^\/broken/, code: 'EROFS' });
  const { failed, release } = await lockDirectories(['/one', '/broken'], fs, silentLogger);
  expect([...failed.keys()]).toEqual(['/broken']);
  expect(failed.get('/broken')).toMatchObject({ code: 'EROFS' });
  await expect(lockDirectories(['/one'], fs, silentLogger)).rejects.toThrow('/one is in use');
  await release();
});
