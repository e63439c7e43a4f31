import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChannelReader, ChannelWriter, settled } from '../../src/collections/shared-channel.ts';
import { newRing } from '../../src/collections/shared-ring.ts';

describe('a shared channel', () => {
  it('keeps values and bytes in order, whatever their size', async () => {
    const item = fc.oneof(
      fc.record({
        value: fc.oneof(fc.string({ maxLength: 400 }), fc.bigInt(), fc.array(fc.double(), { maxLength: 60 })),
      }),
      fc.record({ bytes: fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 4 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 30 }), fc.constantFrom(64, 128, 1024), async (items, ringBytes) => {
        const memory = newRing(ringBytes);
        const writer = new ChannelWriter<unknown>(memory);
        const reader = new ChannelReader<unknown>(memory);
        const send = async (): Promise<void> => {
          for (const each of items) {
            const parts = 'bytes' in each ? each.bytes.map((part) => Buffer.from(part)) : [];
            await settled('bytes' in each ? writer.bytes(parts) : writer.value(each.value));
          }
          writer.close();
        };
        const found: unknown[] = [];
        const receive = async (): Promise<void> => {
          for (;;) {
            const message = await settled(reader.take());
            if ('value' in message) {
              found.push(message.value);
              continue;
            }
            for (const byte of message.bytes) found.push(byte);
            reader.release();
          }
        };
        const [, received] = await Promise.allSettled([send(), receive()]);
        expect(received).toMatchObject({ status: 'rejected', reason: { code: 'CHANNEL_CLOSED' } });
        const sent: unknown[] = [];
        for (const each of items) {
          if ('value' in each) sent.push(each.value);
          else for (const part of each.bytes) sent.push(...part);
        }
        expect(found).toEqual(sent);
      }),
      { numRuns: 200 },
    );
  });

  it('tells who sends that nobody reads any more', async () => {
    const memory = newRing(64);
    const writer = new ChannelWriter<string>(memory);
    const sending = settled(writer.value('longer than the ring, so that it has to wait for room '.repeat(3)));
    new ChannelReader<string>(memory).close();
    await expect(sending).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
    expect(() => [...writer.room(1)]).toThrow('nobody reads');
  });
});
