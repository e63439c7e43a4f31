import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { FileSystem } from '../../src/platform/file-system.ts';
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';
import { NodeFileSystem } from '../../src/platform/node-file-system.ts';
import { seededRandom } from '../../src/platform/random.ts';

const directory = mkdtempSync(join(tmpdir(), 'samsa-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.each<[string, FileSystem]>([
  ['Node’s', new NodeFileSystem()],
  ['in memory', new MemoryFileSystem()],
])('the file system %s', (_, fs) => {
  const root = `${directory}/root`;

  it('makes, lists, renames and removes', async () => {
    await fs.makeDirectory(`${root}/a/b`);
    await fs.makeDirectory(`${root}/a/b`);
    await fs.writeFile(`${root}/a/file`, 'text');
    const sorted = (await fs.list(`${root}/a`)).sort((one, other) => one.name.localeCompare(other.name));
    expect(sorted).toEqual([
      { name: 'b', isDirectory: true },
      { name: 'file', isDirectory: false },
    ]);
    expect(fs.startup.list(`${root}/a`).length).toBe(2);
    await fs.rename(`${root}/a`, `${root}/z`);
    expect([await fs.exists(`${root}/a`), await fs.exists(`${root}/z/file`)]).toEqual([false, true]);
    await fs.remove(`${root}/z`);
    await fs.remove(`${root}/z`);
    expect(await fs.list(root)).toEqual([]);
    await expect(fs.list(`${root}/z`)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(fs.open(`${root}/z`)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(fs.readFile(`${root}/z`)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(fs.startup.readFile(`${root}/z`)).toBeNull();
  });

  it('renames a directory with all that is in it, a file over a file, and nothing into nowhere', async () => {
    await fs.makeDirectory(`${root}/from/deep`);
    await fs.writeFile(`${root}/from/deep/file`, 'moved');
    await fs.writeFile(`${root}/from-0`, 'begins alike');
    await fs.rename(`${root}/from`, `${root}/to`);
    expect((await fs.readFile(`${root}/to/deep/file`)).toString()).toBe('moved');
    await fs.rename(`${root}/to/deep/file`, `${root}/from-0`);
    expect((await fs.readFile(`${root}/from-0`)).toString()).toBe('moved');
    expect(await fs.list(`${root}/to/deep`)).toEqual([]);
    await expect(fs.rename(`${root}/from-0`, `${root}/nowhere/file`)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await fs.exists(`${root}/from-0`)).toBe(true);
    for (const name of ['to', 'from-0']) await fs.remove(`${root}/${name}`);
  });

  it('replaces a file whole and leaves nothing beside it', async () => {
    await fs.makeDirectory(root);
    await fs.replaceFile(`${root}/file`, 'a longer text');
    await fs.replaceFile(`${root}/file`, 'short');
    expect((await fs.readFile(`${root}/file`)).toString()).toBe('short');
    expect(fs.startup.readFile(`${root}/file`)?.toString()).toBe('short');
    expect((await fs.list(root)).length).toBe(1);
    expect((await fs.stat(`${root}/file`)).size).toBe(5);
    for (let modifiedMs = 1_700_000_000_000; modifiedMs < 1_700_000_000_100; modifiedMs += 7) {
      await fs.setModifiedMs(`${root}/file`, modifiedMs);
      expect((await fs.stat(`${root}/file`)).modifiedMs).toBe(modifiedMs);
    }
  });

  it.each([0, 1, 4096, 4097, 3_000_001])('gives the bytes of a sealed file of %i bytes', async (size) => {
    await fs.makeDirectory(root);
    const bytes = Buffer.alloc(size, 'a page that is not the next one; ');
    await fs.writeFile(`${root}/sealed`, bytes);
    const file = await fs.openSealed(`${root}/sealed`);
    expect(file.bytes.equals(bytes)).toBe(true);
    // The name may go, as compaction and retention let it go.
    await fs.remove(`${root}/sealed`);
    expect(file.bytes.equals(bytes)).toBe(true);
    file.close();
    await expect(fs.openSealed(`${root}/sealed`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('reads what is in memory without waiting, and never past the end or more than that', async () => {
    await fs.makeDirectory(root);
    const file = await fs.open(`${root}/cached`, { create: true });
    const bytes = Buffer.alloc(300_000, 'a page that is not the next one; ');
    await file.write([bytes], 0);
    const [whole, tail] = [Buffer.alloc(bytes.length), Buffer.alloc(100)];
    let count = file.readNow(whole, 0);
    // What the file lies on is asked for when the first one reads, through the thread pool as the read behind it.
    for (let asked = 0; count === 0 && asked < 10; asked++) {
      await file.read(tail, 0, tail.length, 0);
      count = file.readNow(whole, 0);
    }
    // 0 where it cannot be told what is in memory.
    expect([0, bytes.length]).toContain(count);
    expect(whole.subarray(0, count).equals(bytes.subarray(0, count))).toBe(true);
    expect(file.readNow(tail, bytes.length - 10)).toBe(count === 0 ? 0 : 10);
    expect(tail.toString('latin1', 0, 10)).toBe(
      bytes.toString('latin1', count === 0 ? 0 : bytes.length - 10).slice(0, 10),
    );
    await file.close();
    expect(() => file.readNow(tail, 0)).toThrowError(expect.objectContaining({ code: 'EBADF' }));
  });

  it('reads and writes at positions, many buffers at once, and truncates', async () => {
    await fs.makeDirectory(root);
    const file = await fs.open(`${root}/positions`, { create: true });
    const buffers = Array.from({ length: 3000 }, (_, index) => Buffer.from(String(index % 10)));
    await file.write(buffers, 10);
    file.writeSync(buffers, 3010);
    file.writeSync([Buffer.from('x')], 0);
    expect(await file.size()).toBe(6010);
    const read = Buffer.alloc(20, '.');
    expect(await file.read(read, 5, 10, 3005)).toBe(10);
    expect(read.toString()).toBe('.....5678901234.....');
    expect(await file.read(read, 0, 20, 6000)).toBe(10);
    expect(fs.startup.read(`${root}/positions`, Buffer.alloc(20), 6000)).toBe(10);
    await file.truncate(5);
    await file.sync();
    expect(await fs.readFile(`${root}/positions`)).toEqual(Buffer.from('x\0\0\0\0'));
    await file.close();
    await file.close();
    expect(() => file.writeSync([Buffer.from('x')], 0)).toThrowError(expect.objectContaining({ code: 'EBADF' }));
    await fs.syncDirectory(root);
  });
});

describe('a crash in memory', () => {
  it('keeps what was flushed, and of the rest what the seed says, the same each time', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const run = async (): Promise<string> => {
        const fs = new MemoryFileSystem({ tracksDurability: true, random: seededRandom(seed) });
        await fs.makeDirectory('/d');
        const file = await fs.open('/d/f', { create: true });
        await file.write([Buffer.alloc(1000, 'a')], 0);
        await file.sync();
        await fs.syncDirectory('/d');
        await file.write([Buffer.alloc(2000, 'b')], 1000);
        await fs.writeFile('/d/later', 'x');
        fs.crash();
        await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' });
        const bytes = await fs.readFile('/d/f');
        expect(bytes.subarray(0, 1000)).toEqual(Buffer.alloc(1000, 'a'));
        return `${bytes.length} ${await fs.exists('/d/later')}`;
      };
      const outcome = await run();
      expect(await run()).toBe(outcome);
      outcomes.add(outcome);
    }
    expect(outcomes.size).toBeGreaterThan(4);
  });

  it('strikes with the faults that are asked for', async () => {
    const fs = new MemoryFileSystem();
    await fs.writeFile('/f', 'x');
    const stop = fs.inject({ operation: 'write', path: /^\/f$/, code: 'ENOSPC', times: 1 });
    await expect(fs.writeFile('/f', 'y')).rejects.toMatchObject({ code: 'ENOSPC' });
    await fs.writeFile('/f', 'y');
    stop();
    fs.powerOffAfter(2);
    await fs.writeFile('/f', 'z');
    await expect(fs.remove('/f')).rejects.toMatchObject({ code: 'EIO' });
    await expect(fs.readFile('/f')).rejects.toMatchObject({ code: 'EIO' });
    fs.crash();
    expect((await fs.readFile('/f')).toString()).toBe('z');
  });
});
