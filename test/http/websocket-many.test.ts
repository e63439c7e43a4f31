import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { startHttp } from './support.ts';

const CONSUMERS = 1000;
const BEFORE = 5;
const AFTER = 5;

test('1,000 consumers at once get every record, those from before and those that come', async () => {
  const { call, url } = await startHttp();
  await call('POST', '/topics', { name: 't', partitions: 1 });
  const write = (from: number, count: number) =>
    call('POST', '/produce', {
      topic: 't',
      records: Array.from({ length: count }, (_, i) => ({ value: `${from + i}` })),
    });
  await write(0, BEFORE);
  const clients = await Promise.all(
    Array.from({ length: CONSUMERS }, async () => {
      const socket = new WebSocket(`${url.replace('http:', 'ws:')}/topics/t/consume/ws?offset=earliest`);
      onTestFinished(() => socket.terminate());
      const values: string[] = [];
      const reached = new Map<number, () => void>();
      socket.on('message', (data) => {
        values.push(JSON.parse(data.toString()).value);
        reached.get(values.length)?.();
      });
      await once(socket, 'open');
      socket.send('{"type":"permit","count":1000}');
      return {
        values,
        has: (count: number) =>
          new Promise<void>((resolve) => (values.length >= count ? resolve() : reached.set(count, resolve))),
      };
    }),
  );
  await Promise.all(clients.map((client) => client.has(BEFORE)));
  for (let i = 0; i < AFTER; i++) await write(BEFORE + i, 1);
  await Promise.all(clients.map((client) => client.has(BEFORE + AFTER)));
  const all = Array.from({ length: BEFORE + AFTER }, (_, i) => `${i}`);
  for (const { values } of clients) expect(values).toEqual(all);
}, 30_000);
