import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { newRing, RingReader, RingWriter } from '../../src/collections/shared-ring.ts';
import { ended, workerOf } from '../support/worker.ts';
import { reading, type Traffic, writing } from './ring-traffic.ts';

function ring(bytes: number) {
  const memory = newRing(bytes);
  return { memory, writer: new RingWriter(memory), reader: new RingReader(memory) };
}

const texts = (messages: readonly Buffer[]): string[] => messages.map(String);

describe('a shared ring', () => {
  it('hands over messages in order, several in one go, and an empty one too', () => {
    const { writer, reader } = ring(256);
    expect(writer.offer(Buffer.from('one'), Buffer.alloc(0), Buffer.from('three'))).toBe(3);
    expect(reader.length).toBe(3);
    expect(texts(reader.drain())).toEqual(['one', '', 'three']);
    expect(reader.next()).toBeUndefined();
    expect(writer.length).toBe(3);
    reader.release();
    expect([writer.length, writer.sizeInBytes]).toEqual([0, 0]);
  });

  it('shows nothing that is not published, and a message as long as it was committed', () => {
    const { writer, reader } = ring(256);
    writer.reserve(100)!.write('abcdef');
    writer.commit(3);
    writer.reserve(5)!.write('ghijk');
    writer.commit();
    expect([reader.next(), reader.length]).toEqual([undefined, 0]);
    writer.publish();
    expect(texts(reader.drain())).toEqual(['abc', 'ghijk']);
  });

  it('has room for the largest message wherever the last one ended', () => {
    for (let before = 0; before <= 24; before++) {
      const { writer, reader } = ring(64);
      expect(writer.maxMessageBytes).toBe(24);
      writer.offer(Buffer.alloc(before));
      reader.next();
      reader.release();
      for (let round = 0; round < 10; round++) {
        expect(writer.offer(Buffer.alloc(24, round))).toBe(1);
        expect(reader.next()).toEqual(Buffer.alloc(24, round));
        reader.release();
      }
    }
    expect(() => ring(64).writer.reserve(25)).toThrow('a message of 25 bytes is above the ring');
  });

  it('refuses what does not fit until room was given back', () => {
    const { writer, reader } = ring(128);
    const message = Buffer.alloc(24);
    expect(writer.offer(message, message, message, message, message)).toBe(4);
    expect(writer.reserve(0)).toBeUndefined();
    reader.next();
    expect(writer.reserve(0)).toBeUndefined();
    reader.release();
    expect(writer.reserve(24)).toBeDefined();
    expect(writer.reserve(25)).toBeUndefined();
  });

  it('does what a list of messages does', () => {
    const step = fc.oneof(
      fc.record({ offer: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }) }),
      fc.record({ next: fc.integer({ min: 1, max: 4 }) }),
      fc.constant('drain'),
      fc.constant('release'),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(96, 128, 300), (steps, bytes) => {
        const { writer, reader } = ring(bytes);
        const waiting: Buffer[] = [];
        const taken: { message: Buffer; copy: Buffer }[] = [];
        const take = (message: Buffer | undefined): void => {
          const expected = waiting.shift();
          expect(message === undefined ? undefined : Buffer.from(message)).toEqual(expected);
          if (message !== undefined) taken.push({ message, copy: Buffer.from(message) });
        };
        for (const each of steps) {
          if (each === 'drain') {
            const count = waiting.length;
            const drained = reader.drain();
            expect(drained.length).toBe(count);
            for (const message of drained) take(message);
          } else if (each === 'release') {
            // What was taken stays as it is until now.
            for (const { message, copy } of taken) expect(message.equals(copy)).toBe(true);
            taken.length = 0;
            reader.release();
          } else if ('next' in each) {
            for (let count = 0; count < each.next; count++) take(reader.next());
          } else {
            const sent = writer.offer(...each.offer);
            waiting.push(...each.offer.slice(0, sent).map((message) => Buffer.from(message)));
          }
          expect(writer.length).toBe(waiting.length + taken.length);
          expect(writer.sizeInBytes).toBeLessThanOrEqual(512);
        }
        if (taken.length === 0 && waiting.length === 0) expect(writer.sizeInBytes).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('goes on when its positions pass 2^32', () => {
    const { writer, reader } = ring(2 ** 22);
    const bytes = writer.maxMessageBytes;
    let sent = 0;
    for (let passed = 0; passed < 2 ** 33; passed += bytes) {
      writer.reserve(bytes)!.writeUInt32LE(sent);
      writer.commit();
      writer.publish();
      expect(reader.next()!.readUInt32LE()).toBe(sent++);
      reader.release();
      if (writer.length !== 0 || writer.sizeInBytes !== 0) throw new Error(`after ${sent} messages it is not empty`);
    }
  });

  it('wakes who waits for a message, and who waits for room', async () => {
    const { writer, reader } = ring(64);
    const some = reader.some();
    writer.offer(Buffer.alloc(24), Buffer.alloc(24));
    expect(await some).toBe(true);
    const room = writer.roomFor(24);
    reader.drain();
    reader.release();
    expect(await room).toBe(true);
    expect(writer.offer(Buffer.alloc(24))).toBe(1);
  });

  it('gives what was written before the writer closed, and then says that it has ended', async () => {
    const { writer, reader } = ring(128);
    writer.offer(Buffer.from('last'));
    writer.close();
    expect(writer.reserve(1)).toBeUndefined();
    expect(await reader.some()).toBe(true);
    expect(String(reader.next())).toBe('last');
    expect(await reader.some()).toBe(false);
    expect(reader.someSync()).toBe(false);
  });

  it('tells a writer that waits for room, and a reader that waits for messages, that the other closed', async () => {
    const full = ring(64);
    full.writer.offer(Buffer.alloc(24), Buffer.alloc(24));
    const room = full.writer.roomFor(24);
    full.reader.close();
    expect(await room).toBe(false);
    expect(full.writer.roomForSync(24)).toBe(false);
    expect(full.writer.offer(Buffer.alloc(0))).toBe(0);
    expect(full.reader.next()).toBeUndefined();

    const empty = ring(64);
    const some = empty.reader.some();
    empty.writer.close();
    expect(await some).toBe(false);
  });
});

describe('a shared ring between threads', () => {
  const SEEDS = 24;
  let start: Awaited<ReturnType<typeof workerOf>>;
  beforeAll(async () => {
    start = await workerOf('test/collections/ring-traffic.ts');
  });

  /** Small rings, so that both sides wait for each other all the time. */
  const traffic = (seed: number): Traffic => ({ memory: newRing(64 << (seed % 4)), seed, count: 3000 });

  async function write(each: Traffic): Promise<void> {
    const writer = new RingWriter(each.memory);
    const steps = writing(writer, each);
    for (let step = steps.next(); step.done !== true; ) step = steps.next(await writer.roomFor(step.value));
  }

  async function read(each: Traffic): Promise<number> {
    const reader = new RingReader(each.memory);
    const steps = reading(reader, each);
    for (let step = steps.next(); ; step = steps.next(await reader.some())) if (step.done === true) return step.value;
  }

  it('loses, tears and reorders nothing between two threads that block', { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 2) {
      const [one, other] = [traffic(seed), traffic(seed + 1)];
      const roles = [one, other].flatMap((each) => [
        { ...each, role: 'writer' },
        { ...each, role: 'reader' },
      ]);
      await Promise.all(roles.map((role) => ended(start(role)))).catch((cause) => {
        throw new Error(`seeds ${seed} and ${seed + 1}`, { cause });
      });
    }
  });

  it('nor between the event loop and a thread, both ways at once', { timeout: 120_000 }, async () => {
    for (let seed = 101; seed <= 100 + SEEDS; seed += 2) {
      const [out, back] = [traffic(seed), traffic(seed + 1)];
      const workers = [start({ ...out, role: 'reader' }), start({ ...back, role: 'writer' })];
      const [, count] = await Promise.all([write(out), read(back), ...workers.map(ended)]).catch((cause) => {
        throw new Error(`seeds ${seed} and ${seed + 1}`, { cause });
      });
      expect(count, `seed ${seed + 1}`).toBe(back.count);
    }
  });

  it('ends a thread that waits when the other side closes', { timeout: 20_000 }, async () => {
    const memory = newRing(64);
    const stuck = ended(start({ memory, seed: 1, count: 1000, role: 'writer' }));
    const reader = new RingReader(memory);
    await reader.some();
    reader.close();
    await expect(stuck).rejects.toThrow('the reader went away');
  });
});
