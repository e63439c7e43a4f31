import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../src/platform/clock.ts';
import { echo, framed, HeldRequests, plaintext, startServer, TestClient } from './support.ts';

describe('listeners', () => {
  test('each have their port and their name', async () => {
    const { bound } = await startServer((_, connection) => [Buffer.from(connection.listenerName)], {
      listeners: [plaintext, { ...plaintext, name: 'CONTROLLER' }],
    });
    expect(new Set(bound.map(({ port }) => port)).size).toBe(2);
    for (const { port, name } of bound) {
      const client = await TestClient.connect(port);
      client.send(framed(''));
      expect(await client.text()).toBe(name);
    }
  });

  test('on an IPv6 address, whose clients are shown as Java shows them', async () => {
    const { port } = await startServer((_, connection) => [Buffer.from(connection.clientHost)], {
      listeners: [{ ...plaintext, host: '::1' }],
    });
    const client = await TestClient.connect(port, '::1');
    client.send(framed(''));
    expect(await client.text()).toBe('0:0:0:0:0:0:0:1');
  });

  test.each(['', null])('without a host (%j) are on all addresses of both families', async (host) => {
    const { port } = await startServer((_, connection) => [Buffer.from(connection.clientHost)], {
      listeners: [{ ...plaintext, host }],
    });
    for (const [address, shown] of [
      ['127.0.0.1', '127.0.0.1'],
      ['::1', '0:0:0:0:0:0:0:1'],
    ] as const) {
      const client = await TestClient.connect(port, address);
      client.send(framed(''));
      expect(await client.text()).toBe(shown);
    }
  });

  test('on localhost answer by that name', async () => {
    const { port } = await startServer(echo, { listeners: [{ ...plaintext, host: 'localhost' }] });
    const client = await TestClient.connect(port, 'localhost');
    client.send(framed('hello'));
    expect(await client.text()).toBe('hello');
  });

  test('one whose port is taken stops the start with a sentence, and leaves none open', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const free = await startServer(echo);
    await free.server.stop(0);
    const listeners = [
      { ...plaintext, port: free.port },
      { ...plaintext, name: 'SECOND', port: address.port },
    ];
    await expect(startServer(echo, { listeners })).rejects.toThrow(
      `listener SECOND://127.0.0.1:${address.port}: the port is in use; stop what uses it, or choose another in \`listeners\``,
    );
    await expect(TestClient.connect(free.port)).rejects.toThrow('ECONNREFUSED');
    await new Promise((resolve) => taken.close(resolve));
  });

  test("one whose host is not this machine's stops the start with a sentence", async () => {
    const listeners = [{ ...plaintext, host: '192.0.2.77' }];
    await expect(startServer(echo, { listeners })).rejects.toThrow("the host is not one of this machine's");
  });
});

describe('stop', () => {
  test('finishes the requests it accepted, reads no more, and closes', async () => {
    const held = new HeldRequests();
    const { port, server } = await startServer(held.handler, {
      limits: { maxInFlightPerConnection: { requests: 1, bytes: 1_000_000 } },
    });
    const busy = await TestClient.connect(port);
    const idle = await TestClient.connect(port);
    // `b` came whole, but waits for `a`; the third never comes whole.
    busy.send(Buffer.concat([framed('a'), framed('b'), framed('third').subarray(0, 6)]));
    await held.started(1);
    const stopped = server.stop(60_000);
    await idle.closed;
    await expect(TestClient.connect(port)).rejects.toThrow('ECONNREFUSED');
    busy.send(framed('later'));
    held.answer('a');
    expect(await busy.text()).toBe('answer to a');
    await held.started(2);
    held.answer('b');
    expect(await busy.text()).toBe('answer to b');
    await busy.closed;
    await stopped;
    expect(held.bodies).toEqual(['a', 'b']);
    expect(server.connectionCount).toBe(0);
  });

  test('sends a large answer whole to a client that reads slowly', async () => {
    const answer = Buffer.alloc(20_000_000, 9);
    const { port, server } = await startServer(() => [answer]);
    const client = await TestClient.connect(port);
    client.socket.pause();
    client.send(framed('big'));
    while (server.queuedRequestBytes > 0 || client.socket.bytesRead === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      client.socket.read(0);
    }
    const stopped = server.stop(60_000);
    client.socket.resume();
    expect((await client.frame()).equals(answer)).toBe(true);
    await stopped;
  });

  test('cuts off what is not done after the grace period', async () => {
    const clock = new SimulatedClock();
    const held = new HeldRequests();
    const { port, server, warnings } = await startServer(held.handler, { clock });
    const client = await TestClient.connect(port);
    client.send(framed('stuck'));
    await held.started(1);
    const stopped = server.stop(3_000);
    await clock.advance(2_999);
    expect(server.connectionCount).toBe(1);
    await clock.advance(1);
    await stopped;
    await client.closed;
    expect(warnings()).toEqual(['connections are cut off by the stop']);
    held.answer('stuck');
  });

  test('twice is once', async () => {
    const { server } = await startServer(echo);
    await Promise.all([server.stop(0), server.stop(1000)]);
    await server.stop(0);
  });
});

describe('a closed connection', () => {
  test('tells those who asked, once, and those who ask later', async () => {
    const calls: string[] = [];
    let closed = (): void => {};
    const told = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const { port } = await startServer((_, connection) => {
      connection.onClose(() => {
        calls.push('first');
        connection.onClose(() => {
          calls.push('late');
          closed();
        });
      });
      const takeBack = connection.onClose(() => calls.push('taken back'));
      takeBack();
      return null;
    });
    const client = await TestClient.connect(port);
    client.send(framed(''));
    client.socket.end();
    await told;
    await client.closed;
    expect(calls).toEqual(['first', 'late']);
  });

  test('by the handler, after the answers before it', async () => {
    const { port } = await startServer((frame, connection) => {
      if (frame.toString() !== 'quit') return [frame];
      connection.close('the client asked for it');
      return null;
    });
    const client = await TestClient.connect(port);
    client.send(Buffer.concat(['a', 'quit', 'b'].map(framed)));
    expect(await client.text()).toBe('a');
    await expect(client.frame()).rejects.toThrow('closed');
  });

  test('in the middle of answers does not disturb others', async () => {
    const held = new HeldRequests();
    const { port } = await startServer(held.handler);
    const leaving = await TestClient.connect(port);
    const staying = await TestClient.connect(port);
    leaving.send(framed('leaving'));
    await held.started(1);
    staying.send(framed('staying'));
    await held.started(2);
    leaving.socket.resetAndDestroy();
    await leaving.closed;
    held.answer('leaving');
    held.answer('staying');
    expect(await staying.text()).toBe('answer to staying');
  });
});
