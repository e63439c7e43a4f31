import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../src/platform/clock.ts';
import { echo, framed, HeldRequests, plaintext, startServer, TestClient } from './support.ts';

const READ_BYTES = 64 * 1024;

/** Long enough for every other connection to be served many times: what can happen, has happened. */
async function turns(port: number, count = 100): Promise<void> {
  const client = await TestClient.connect(port);
  for (let turn = 0; turn < count; turn++) {
    client.send(framed('turn'));
    expect(await client.text()).toBe('turn');
  }
  client.socket.destroy();
}

describe('back-pressure', () => {
  test('a client that does not read its answers is not read, and goes on when it reads', async () => {
    const answer = Buffer.alloc(100_000, 1);
    let started = 0;
    const { port } = await startServer(
      (frame) => {
        if (frame.toString() === 'turn') return [frame];
        started++;
        return Promise.resolve([answer]);
      },
      { limits: { writeHighWaterBytes: 200_000, maxInFlightPerConnection: { requests: 4, bytes: 1_000_000 } } },
    );
    const client = await TestClient.connect(port);
    client.socket.pause();
    const requests = 1500;
    client.send(Buffer.concat(new Array<Buffer>(requests).fill(framed(Buffer.alloc(1000)))));
    await turns(port);
    const startedUnread = started;
    await turns(port);
    expect(started).toBe(startedUnread);
    // The kernel's buffers of both sides hold some MB of the 150.
    expect(startedUnread).toBeLessThan(requests / 5);
    client.socket.resume();
    for (let index = 0; index < requests; index++) expect((await client.frame()).length).toBe(100_000);
    expect(started).toBe(requests);
  });

  test('a connection at its limit of requests under way is not read', async () => {
    const held = new HeldRequests();
    const { port, server } = await startServer(
      (frame) => (frame.toString() === 'turn' ? [frame] : held.handler(frame)),
      { limits: { maxInFlightPerConnection: { requests: 2, bytes: 1_000_000 } } },
    );
    const client = await TestClient.connect(port);
    const bodies = Array.from({ length: 500 }, (_, index) => String(index).padEnd(10_000, '.'));
    client.send(Buffer.concat(bodies.map(framed)));
    await held.started(2);
    await turns(port);
    expect(held.bodies.length).toBe(2);
    expect(server.queuedRequestBytes).toBeLessThanOrEqual(2 * READ_BYTES);
    for (const [index, body] of bodies.entries()) {
      await held.started(index + 1);
      held.answer(body, 'done');
      expect(await client.text()).toBe('done');
    }
    expect(server.queuedRequestBytes).toBe(0);
  });

  test('queued.max.request.bytes bounds what all connections have under way', async () => {
    const held = new HeldRequests();
    const limit = 1_000_000;
    const connections = 8;
    const { port, server } = await startServer(held.handler, {
      limits: { queuedMaxRequestBytes: limit, socketRequestMaxBytes: 200_000 },
    });
    const clients = await Promise.all(Array.from({ length: connections }, () => TestClient.connect(port)));
    const bodies = clients.map((_, client) =>
      Array.from({ length: 10 }, (_, index) => `${client}/${index}`.padEnd(150_000, '.')),
    );
    for (const [index, client] of clients.entries()) client.send(Buffer.concat(bodies[index]!.map(framed)));
    const elsewhere = await startServer(echo);
    let highest = 0;
    for (let answered = 0; answered < 80; answered++) {
      await held.started(answered + 1);
      if (answered % 10 === 0) await turns(elsewhere.port);
      highest = Math.max(highest, server.queuedRequestBytes);
      held.answer(held.bodies[answered]!, 'done');
    }
    for (const client of clients) for (let index = 0; index < 10; index++) expect(await client.text()).toBe('done');
    // 12 MB were sent.
    expect(highest).toBeLessThanOrEqual(limit + 200_000 + (connections + 1) * READ_BYTES);
    expect(highest).toBeGreaterThanOrEqual(limit);
    expect(server.queuedRequestBytes).toBe(0);
  });

  test('begun requests that use up the memory between them are completed all the same', async () => {
    const { port, server } = await startServer(echo, {
      limits: { queuedMaxRequestBytes: 300_000, socketRequestMaxBytes: 400_000 },
    });
    const clients = await Promise.all(Array.from({ length: 6 }, () => TestClient.connect(port)));
    const frame = framed(Buffer.alloc(400_000, 5));
    await Promise.all(clients.map((client) => client.sent(frame.subarray(0, 200_000))));
    for (const client of clients) client.send(frame.subarray(200_000));
    for (const client of clients) expect((await client.frame()).length).toBe(400_000);
    expect(server.queuedRequestBytes).toBe(0);
  });

  test('an unfinished request that stands still while the memory is used up is cut off', async () => {
    const clock = new SimulatedClock();
    const { port, server, warnings } = await startServer(echo, {
      clock,
      limits: { queuedMaxRequestBytes: 100_000, socketRequestMaxBytes: 400_000 },
    });
    const stalled = await TestClient.connect(port);
    await stalled.sent(framed(Buffer.alloc(400_000)).subarray(0, 150_000));
    while (server.queuedRequestBytes < 150_000) await new Promise((resolve) => setImmediate(resolve));
    const waiting = await TestClient.connect(port);
    const body = Buffer.alloc(300_000, 3);
    waiting.send(framed(body));
    while (server.queuedRequestBytes < 150_001) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(5_000);
    await stalled.closed;
    expect((await waiting.frame()).equals(body)).toBe(true);
    expect(warnings()).toEqual([
      'connection is closed: an unfinished request stands still while queued.max.request.bytes are used up',
    ]);
  });

  test('what a closed connection held is given back', async () => {
    const held = new HeldRequests();
    const { port, server } = await startServer(held.handler);
    const client = await TestClient.connect(port);
    client.send(Buffer.concat([framed('a'), framed(Buffer.alloc(500_000)).subarray(0, 100_000)]));
    while (server.queuedRequestBytes < 100_000) await new Promise((resolve) => setImmediate(resolve));
    client.socket.resetAndDestroy();
    while (server.connectionCount > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.queuedRequestBytes).toBe(5);
    held.answer('a');
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.queuedRequestBytes).toBe(0);
  });
});

describe('refused sizes', () => {
  const size = (bytes: number): Buffer => {
    const buffer = Buffer.alloc(4);
    buffer.writeInt32BE(bytes);
    return buffer;
  };

  test.each([
    [1001, 'frame of 1001 bytes, 1000 are allowed'],
    [2 ** 31 - 1, 'frame of 2147483647 bytes, 1000 are allowed'],
    [-1, 'frame of negative size -1'],
    [-(2 ** 31), 'frame of negative size -2147483648'],
  ])('a request of %d bytes closes its connection with a line in the log, and harms no other', async (bytes, line) => {
    const { port, warnings } = await startServer(echo, { limits: { socketRequestMaxBytes: 1000 } });
    const hostile = await TestClient.connect(port);
    const other = await TestClient.connect(port);
    hostile.send(Buffer.concat([framed('before'), size(bytes)]));
    expect(await hostile.text()).toBe('before');
    await hostile.closed;
    expect(warnings()).toEqual([`connection is closed: ${line}`]);
    other.send(framed(Buffer.alloc(1000)));
    expect((await other.frame()).length).toBe(1000);
  });
});

describe('idle connections', () => {
  test('are closed after connections.max.idle.ms without a byte or an answer', async () => {
    const clock = new SimulatedClock();
    const { port, server } = await startServer(echo, { clock, limits: { connectionsMaxIdleMs: 10_000 } });
    const idle = await TestClient.connect(port);
    const active = await TestClient.connect(port);
    idle.send(framed('x'));
    await idle.frame();
    await clock.advance(6_000);
    active.send(framed('y'));
    expect(await active.text()).toBe('y');
    await clock.advance(3_999);
    expect(server.connectionCount).toBe(2);
    await clock.advance(1);
    await idle.closed;
    active.send(framed('z'));
    expect(await active.text()).toBe('z');
    await clock.advance(10_010);
    await active.closed;
  });

  test('are not those whose request is under way', async () => {
    const clock = new SimulatedClock();
    const held = new HeldRequests();
    const { port } = await startServer(held.handler, { clock, limits: { connectionsMaxIdleMs: 1_000 } });
    const client = await TestClient.connect(port);
    client.send(framed('long poll'));
    await held.started(1);
    await clock.advance(100_000);
    held.answer('long poll');
    expect(await client.text()).toBe('answer to long poll');
    await clock.advance(1_010);
    await client.closed;
  });

  test('stay open for ever when the limit is negative', async () => {
    const clock = new SimulatedClock();
    const { port } = await startServer(echo, { clock, limits: { connectionsMaxIdleMs: -1 } });
    const client = await TestClient.connect(port);
    await clock.advance(1e12);
    client.send(framed('still here'));
    expect(await client.text()).toBe('still here');
  });
});

describe('connections', () => {
  test('beyond max.connections.per.ip are refused, and there is room again when one closes', async () => {
    const { port, server, warnings } = await startServer(echo, { limits: { maxConnectionsPerIp: 2 } });
    const first = await TestClient.connect(port);
    const second = await TestClient.connect(port);
    const third = await TestClient.connect(port);
    await third.closed;
    expect(warnings()).toEqual(['connection is refused: max.connections.per.ip of 2 is reached']);
    first.socket.destroy();
    while (server.connectionCount > 1) await new Promise((resolve) => setImmediate(resolve));
    const fourth = await TestClient.connect(port);
    for (const client of [second, fourth]) {
      client.send(framed('hello'));
      expect(await client.text()).toBe('hello');
    }
  });

  test('of an address in max.connections.per.ip.overrides have their own limit', async () => {
    const { port } = await startServer(echo, {
      limits: { maxConnectionsPerIp: 0, maxConnectionsPerIpOverrides: new Map([['127.0.0.1', 1]]) },
    });
    const allowed = await TestClient.connect(port);
    allowed.send(framed('hello'));
    expect(await allowed.text()).toBe('hello');
    await (await TestClient.connect(port)).closed;
  });

  test('beyond max.connections are refused, but for those on a privileged listener', async () => {
    const { bound } = await startServer(echo, {
      limits: { maxConnections: 1 },
      listeners: [plaintext, { ...plaintext, name: 'INTERNAL', isPrivileged: true }],
    });
    const [client, internal] = bound.map(({ port }) => port);
    await TestClient.connect(client!);
    await (await TestClient.connect(client!)).closed;
    const broker = await TestClient.connect(internal!);
    broker.send(framed('hello'));
    expect(await broker.text()).toBe('hello');
  });
});
