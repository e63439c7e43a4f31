import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/platform/random.ts';
import { echo, framed, HeldRequests, startServer, TestClient } from './support.ts';

describe('requests', () => {
  test('are answered whatever the chunks they come in', async () => {
    const { port } = await startServer(echo);
    const client = await TestClient.connect(port);
    const random = seededRandom(7);
    const bodies = Array.from({ length: 60 }, (_, index) => random.bytes(index === 30 ? 400_000 : index * 50));
    const stream = Buffer.concat(bodies.map(framed));
    for (let at = 0; at < stream.length; ) {
      const end = at + 1 + Math.floor(random.float() * (random.float() < 0.5 ? 7 : 20_000));
      await client.sent(stream.subarray(at, end));
      at = end;
    }
    for (const body of bodies) expect((await client.frame()).equals(body)).toBe(true);
  });

  test('of one connection start in order while earlier ones are under way, and are answered in order', async () => {
    const held = new HeldRequests();
    const { port } = await startServer(held.handler);
    const client = await TestClient.connect(port);
    client.send(Buffer.concat(['a', 'b', 'c'].map(framed)));
    await held.started(3);
    expect(held.bodies).toEqual(['a', 'b', 'c']);
    held.answer('c');
    held.answer('b');
    held.answer('a');
    expect([await client.text(), await client.text(), await client.text()]).toEqual([
      'answer to a',
      'answer to b',
      'answer to c',
    ]);
  });

  test('that are answered at once wait for the earlier ones', async () => {
    const held = new HeldRequests();
    const { port } = await startServer((frame) => (frame.toString() === 'slow' ? held.handler(frame) : [frame]));
    const client = await TestClient.connect(port);
    client.send(Buffer.concat(['fast 1', 'slow', 'fast 2'].map(framed)));
    expect(await client.text()).toBe('fast 1');
    held.answer('slow');
    expect([await client.text(), await client.text()]).toEqual(['answer to slow', 'fast 2']);
  });

  test('without an answer keep their place in the order', async () => {
    const held = new HeldRequests();
    const { port } = await startServer(held.handler);
    const client = await TestClient.connect(port);
    client.send(Buffer.concat(['a', 'acks=0', 'b'].map(framed)));
    await held.started(3);
    held.answer('b');
    held.answer('acks=0', null);
    held.answer('a');
    expect([await client.text(), await client.text()]).toEqual(['answer to a', 'answer to b']);
  });

  test('do not wait for those of another connection', async () => {
    const held = new HeldRequests();
    const { port } = await startServer((frame) => (frame.toString() === 'long' ? held.handler(frame) : [frame]));
    const busy = await TestClient.connect(port);
    const quick = await TestClient.connect(port);
    busy.send(framed('long'));
    await held.started(1);
    quick.send(framed('small'));
    expect(await quick.text()).toBe('small');
    held.answer('long');
    expect(await busy.text()).toBe('answer to long');
  });

  test('of a flood leave room for another connection between them', async () => {
    const order: string[] = [];
    const { port } = await startServer((frame) => {
      order.push(frame.toString());
      return [frame];
    });
    const flood = await TestClient.connect(port);
    const quick = await TestClient.connect(port);
    const tiny = framed('f');
    flood.send(Buffer.concat(new Array<Buffer>(12_000).fill(tiny)));
    quick.send(framed('quick'));
    expect(await quick.text()).toBe('quick');
    for (let answers = 0; answers < 12_000; answers++) await flood.frame();
    expect(order.indexOf('quick')).toBeLessThan(12_000);
  });

  test('beyond those that may be under way start when an earlier one is done', async () => {
    const held = new HeldRequests();
    const { port, server } = await startServer(held.handler, {
      limits: { maxInFlightPerConnection: { requests: 2, bytes: 1_000_000 } },
    });
    const client = await TestClient.connect(port);
    const other = await TestClient.connect(port);
    client.send(Buffer.concat(['a', 'b', 'c', 'd'].map(framed)));
    await held.started(2);
    other.send(framed('x'));
    await held.started(3);
    expect(held.bodies).toEqual(['a', 'b', 'x']);
    held.answer('b');
    await held.started(4);
    held.answer('a');
    await held.started(5);
    expect(held.bodies).toEqual(['a', 'b', 'x', 'c', 'd']);
    for (const body of ['c', 'd', 'x']) held.answer(body);
    for (const body of ['a', 'b', 'c', 'd']) expect(await client.text()).toBe(`answer to ${body}`);
    expect(server.queuedRequestBytes).toBe(0);
  });

  test('large ones are limited by their bytes, and one always may start', async () => {
    const held = new HeldRequests();
    const { port } = await startServer(held.handler, {
      limits: { maxInFlightPerConnection: { requests: 100, bytes: 1000 } },
    });
    const client = await TestClient.connect(port);
    const [first, second] = ['1'.repeat(5000), '2'.repeat(5000)];
    client.send(Buffer.concat([framed(first), framed(second)]));
    await held.started(1);
    held.answer(first, 'one');
    expect(await client.text()).toBe('one');
    await held.started(2);
    held.answer(second, 'two');
    expect(await client.text()).toBe('two');
  });

  test('one that fails closes the connection once the earlier ones are answered', async () => {
    const held = new HeldRequests();
    const { port, warnings } = await startServer(held.handler);
    const client = await TestClient.connect(port);
    client.send(Buffer.concat(['a', 'bad', 'c'].map(framed)));
    await held.started(3);
    held.answer('c');
    held.fail('bad', new Error('no such thing'));
    held.answer('a');
    expect(await client.text()).toBe('answer to a');
    await expect(client.frame()).rejects.toThrow('closed');
    expect(warnings()).toEqual(['connection is closed: a request failed: no such thing']);
  });

  test('after one that throws none starts', async () => {
    const started: string[] = [];
    const { port } = await startServer((frame) => {
      started.push(frame.toString());
      if (frame.toString() === 'bad') throw new Error('thrown');
      return [frame];
    });
    const client = await TestClient.connect(port);
    client.send(Buffer.concat(['a', 'bad', 'c'].map(framed)));
    expect(await client.text()).toBe('a');
    await client.closed;
    expect(started).toEqual(['a', 'bad']);
  });

  test('that came before the client hung up are handled, and the handler hears of it', async () => {
    const held = new HeldRequests();
    let gone = 0;
    const { port } = await startServer((frame, connection) => {
      connection.onClose(() => gone++);
      return held.handler(frame);
    });
    const client = await TestClient.connect(port);
    client.socket.end(Buffer.concat(['a', 'b'].map(framed)));
    await held.started(2);
    held.answer('a');
    held.answer('b');
    expect([await client.text(), await client.text()]).toEqual(['answer to a', 'answer to b']);
    await client.closed;
    expect(gone).toBe(2);
  });

  test('know their connection', async () => {
    const { port } = await startServer((_, connection) => [
      Buffer.from(
        JSON.stringify([connection.listenerName, connection.clientHost, connection.clientPort, connection.id]),
      ),
    ]);
    const client = await TestClient.connect(port);
    client.send(framed(''));
    expect(JSON.parse(await client.text())).toEqual([
      'PLAINTEXT',
      '127.0.0.1',
      client.localPort,
      `127.0.0.1:${port}-127.0.0.1:${client.localPort}-0-0`,
    ]);
  });

  test('large answers of several buffers arrive whole and in order', async () => {
    const parts = [Buffer.alloc(3, 1), Buffer.alloc(5000, 2), Buffer.alloc(2_000_000, 3), Buffer.alloc(9, 4)];
    const { port } = await startServer((frame) => (frame.toString() === 'many' ? parts : [frame]));
    const client = await TestClient.connect(port);
    client.send(Buffer.concat(['x', 'many', 'y', 'many', 'z'].map(framed)));
    expect(await client.text()).toBe('x');
    expect((await client.frame()).equals(Buffer.concat(parts))).toBe(true);
    expect(await client.text()).toBe('y');
    expect((await client.frame()).equals(Buffer.concat(parts))).toBe(true);
    expect(await client.text()).toBe('z');
  });

  test('have their turn when all before them are answered, and hear when their answer has left', async () => {
    const held = new HeldRequests();
    const events: string[] = [];
    const { port } = await startServer(async (frame, _connection, turn) => {
      if (frame.toString() !== 'large') return held.handler(frame);
      turn.onSent(() => events.push('sent'));
      events.push(`turn came: ${await turn.comes()}`);
      return [Buffer.from('the large answer')];
    });
    const client = await TestClient.connect(port);
    client.send(Buffer.concat(['first', 'large', 'last'].map(framed)));
    await held.started(2);
    held.answer('last');
    expect(events).toEqual([]);
    held.answer('first');
    expect(await client.text()).toBe('answer to first');
    expect(await client.text()).toBe('the large answer');
    expect(events).toEqual(['turn came: true', 'sent']);
    expect(await client.text()).toBe('answer to last');
  });

  test('have their turn at once when nothing is before them', async () => {
    const turns: unknown[] = [];
    const { port } = await startServer((frame, _connection, turn) => {
      turns.push(turn.comes());
      return [frame];
    });
    const client = await TestClient.connect(port);
    client.send(Buffer.concat(['a', 'b'].map(framed)));
    expect(await client.text()).toBe('a');
    expect(await client.text()).toBe('b');
    expect(turns).toEqual([true, true]);
  });

  test('do not have their turn while the client leaves the answers before them untaken', async () => {
    const large = Buffer.alloc(32 * 1024 * 1024, 7);
    let turns = 0;
    const { port } = await startServer(async (_frame, _connection, turn) => {
      await turn.comes();
      turns++;
      return [large];
    });
    const client = await TestClient.connect(port);
    client.socket.pause();
    client.send(Buffer.concat(['a', 'b', 'c'].map(framed)));
    const other = await TestClient.connect(port);
    other.send(framed('x'));
    expect((await other.frame()).length).toBe(large.length);
    expect(turns).toBe(2);
    client.socket.resume();
    for (let i = 0; i < 3; i++) expect((await client.frame()).length).toBe(large.length);
    expect(turns).toBe(4);
  });

  test('are told that their turn will not come when the connection is destroyed', async () => {
    const told: unknown[] = [];
    let settled: () => void = () => {};
    const all = new Promise<void>((resolve) => {
      settled = resolve;
    });
    const held = new HeldRequests();
    const { port } = await startServer(async (frame, _connection, turn) => {
      if (frame.toString() === 'first') return held.handler(frame);
      turn.onSent(() => {
        told.push('not sent any more');
        settled();
      });
      told.push(await turn.comes());
      return null;
    });
    const client = await TestClient.connect(port);
    client.send(Buffer.concat(['first', 'second'].map(framed)));
    await held.started(1);
    client.socket.resetAndDestroy();
    await all;
    await Promise.resolve();
    expect(told.sort()).toEqual([false, 'not sent any more']);
  });
});
