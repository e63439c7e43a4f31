import { describe, expect, test } from 'vitest';
import { awaitable, Later } from '../../src/platform/later.ts';

/** What a listener of `later` heard, in order. */
function heardOf(later: Later<string>): string[] {
  const heard: string[] = [];
  later.listen(
    (value) => heard.push(`value ${value}`),
    (error) => heard.push(`error ${error}`),
  );
  return heard;
}

describe('a later value', () => {
  test('is told in the call that brings it', () => {
    const later = new Later<string>();
    const heard = heardOf(later);
    expect(heard).toEqual([]);
    later.resolve('a');
    expect(heard).toEqual(['value a']);
  });

  test('that was there before is told at once', () => {
    const later = new Later<string>();
    later.resolve('a');
    expect(heardOf(later)).toEqual(['value a']);
  });

  test('that never comes is told the same ways', () => {
    const before = new Later<string>();
    before.reject('x');
    expect(heardOf(before)).toEqual(['error x']);
    const after = new Later<string>();
    const heard = heardOf(after);
    after.reject('y');
    expect(heard).toEqual(['error y']);
  });

  test('is settled once', () => {
    const later = new Later<string>();
    const heard = heardOf(later);
    later.resolve('a');
    later.resolve('b');
    later.reject('x');
    expect(heard).toEqual(['value a']);
  });

  test('that is undefined is a value too', () => {
    const later = new Later<undefined>();
    later.resolve(undefined);
    const heard: unknown[] = [];
    later.listen(
      (value) => heard.push(value),
      () => expect.unreachable(),
    );
    expect(heard).toEqual([undefined]);
  });

  test('can be awaited, as what is there or promised can', async () => {
    const later = new Later<string>();
    const awaited = awaitable(later);
    later.resolve('a');
    expect(await awaited).toBe('a');
    const failing = new Later<string>();
    failing.reject(new Error('x'));
    await expect(awaitable(failing)).rejects.toThrow('x');
    expect(awaitable('b')).toBe('b');
    await expect(awaitable(Promise.resolve('c'))).resolves.toBe('c');
  });
});
