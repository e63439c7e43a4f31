import { expect, test } from 'vitest';
import { lockDirectories } from '../../src/log/directory-lock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';

test('log dirs are locked all or none, and a crash leaves no lock', async () => {
  const fs = new MemoryFileSystem();
  const unlock = await lockDirectories(['/one', '/two', '/one'], fs, silentLogger);
  await expect(lockDirectories(['/three', '/two'], fs, silentLogger)).rejects.toThrow(
    '/two is in use by another broker, which has locked /two/.lock; stop it, or set other log.dirs',
  );
  const third = await lockDirectories(['/three'], fs, silentLogger);
  await unlock();
  await (await lockDirectories(['/one', '/two'], fs, silentLogger))();
  fs.crash();
  expect(await fs.exists('/three/.lock')).toBe(true);
  await (await lockDirectories(['/three'], fs, silentLogger))();
  await third();
});
