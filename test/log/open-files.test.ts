import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OpenFiles, SharedFile } from '../../src/log/open-files.ts';
import type { File } from '../../src/platform/file-system.ts';
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';

/** Counts what is open, and fails who uses a file that is closed. */
async function counted(names: number, maxFiles: number) {
  const fs = new MemoryFileSystem();
  const files = new OpenFiles(maxFiles);
  const state = { open: 0, most: 0, opened: 0, fails: false, mostDescriptors: Number.POSITIVE_INFINITY };
  const shared = Array.from({ length: names }, (_, index) => {
    const open = async (): Promise<File> => {
      await undefined;
      if (state.fails || state.open >= state.mostDescriptors)
        throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
      const file = await fs.open(`/${index}`, { create: true });
      state.open++;
      state.opened++;
      state.most = Math.max(state.most, state.open);
      const close = async (): Promise<void> => {
        await undefined;
        state.open--;
        await file.close();
      };
      return Object.assign(Object.create(file), file, { close });
    };
    return new SharedFile(files, open);
  });
  return { files, shared, state };
}

/** Something that takes a while, and then needs the file. */
async function slowly(file: File, turns: number): Promise<number> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  return file.size();
}

describe('open files', () => {
  it('stay open, and are opened once for all who want them at the same time', async () => {
    const { shared, state, files } = await counted(1, 4);
    expect(shared[0]!.current).toBeUndefined();
    await Promise.all([1, 2, 3].map((turns) => shared[0]!.use((file) => slowly(file, turns))));
    expect(state.opened).toBe(1);
    expect(shared[0]!.current).toBeDefined();
    await shared[0]!.close();
    expect([state.open, files.count, shared[0]!.current]).toEqual([0, 0, undefined]);
    await shared[0]!.use((file) => file.size());
    expect(state.opened).toBe(2);
  });

  it('give way when there are too many, the one first that was not used for longest', async () => {
    const { shared, state } = await counted(3, 2);
    await shared[0]!.use((file) => file.size());
    await shared[1]!.use((file) => file.size());
    await shared[2]!.use((file) => file.size());
    expect(shared.map(({ current }) => current === undefined)).toEqual([true, false, false]);
    // Each had a second chance, which the first used up; whoever is asked for again has a new one.
    expect(state.most).toBe(2);
  });

  it('wait for a place while all are in use', async () => {
    const { shared, state } = await counted(3, 1);
    const order: number[] = [];
    await Promise.all(
      shared.map((each, index) =>
        each.use(async (file) => {
          await slowly(file, 3);
          order.push(index);
        }),
      ),
    );
    expect([order, state.most]).toEqual([[0, 1, 2], 1]);
  });

  it('are closed under nobody', async () => {
    const { shared, state } = await counted(1, 2);
    const reading = shared[0]!.use((file) => slowly(file, 5));
    await shared[0]!.use(async () => {});
    await shared[0]!.close();
    expect(state.open).toBe(1);
    await expect(reading).resolves.toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(state.open).toBe(0);
  });

  it('let the next one in when one cannot be opened', async () => {
    const { shared, state, files } = await counted(2, 1);
    state.fails = true;
    const failing = shared[0]!.use((file) => file.size());
    await expect(failing).rejects.toMatchObject({ code: 'EMFILE' });
    state.fails = false;
    await expect(shared[1]!.use((file) => file.size())).resolves.toBe(0);
    expect(files.count).toBe(1);
  });

  it('give way when the process has no descriptor left', async () => {
    const { shared, state, files } = await counted(3, 10);
    await shared[0]!.use((file) => file.size());
    await shared[1]!.use((file) => file.size());
    state.fails = true;
    const opening = shared[2]!.use((file) => file.size());
    // Both that were idle gave way, and it was no use.
    await expect(opening).rejects.toMatchObject({ code: 'EMFILE' });
    expect([state.open, files.count]).toEqual([0, 0]);
    state.fails = false;
    await shared[0]!.use((file) => file.size());
    state.mostDescriptors = 1;
    await expect(shared[2]!.use((file) => file.size())).resolves.toBe(0);
    expect(shared.map(({ current }) => current !== undefined)).toEqual([false, false, true]);
  });

  it('are never more than allowed, whatever is done', async () => {
    const step = fc.record({
      file: fc.nat(9),
      what: fc.constantFrom('use', 'use', 'use', 'close'),
      turns: fc.nat(3),
      waits: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 60 }), async (max, steps) => {
        const { shared, state, files } = await counted(10, max);
        const running: Promise<unknown>[] = [];
        for (const { file, what, turns, waits } of steps) {
          const done = what === 'close' ? shared[file]!.close() : shared[file]!.use((open) => slowly(open, turns));
          if (waits) await done;
          else running.push(done);
        }
        await Promise.all(running);
        await Promise.all(shared.map((each) => each.close()));
        expect(state.most).toBeLessThanOrEqual(max);
        expect([state.open, files.count]).toEqual([0, 0]);
      }),
      { numRuns: 200 },
    );
  });

  it('takes the place of an idle one, also while one that is used is to be closed', async () => {
    const { shared } = await counted(3, 2);
    let letGo = (): void => {};
    const using = shared[0]!.use(
      () =>
        new Promise<void>((resolve) => {
          letGo = resolve;
        }),
    );
    await shared[1]!.use((file) => file.size());
    await shared[0]!.close();
    const third = shared[2]!.use((file) => file.size()).then(() => 'open');
    const turns = slowly(await new MemoryFileSystem().open('/turns', { create: true }), 50).then(() => 'waits');
    expect(await Promise.race([third, turns])).toBe('open');
    letGo();
    await using;
  });
});
