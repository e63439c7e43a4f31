import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { startHttp } from './support.ts';
import { Client } from './websocket-client.ts';

test.each(['produce', 'consume'])('a page of another origin is refused: %s', async (side) => {
  const { call, url } = await startHttp();
  await call('POST', '/topics', { name: 't' });
  const address = `${url.replace('http:', 'ws:')}/topics/t/${side}/ws`;
  const foreign = new WebSocket(address, { origin: 'http://elsewhere.example' });
  const [error] = await once(foreign, 'error');
  expect(error.message).toBe('Unexpected server response: 403');
  const own = new WebSocket(address, { origin: url });
  onTestFinished(() => own.terminate());
  await once(own, 'open');
});

describe('a producer', () => {
  test('is answered in the order of its frames, whatever becomes of them', async () => {
    const { call, url } = await startHttp();
    await call('POST', '/topics', { name: 't', partitions: 1 });
    const client = await Client.open(`${url}/topics/t/produce/ws`);
    client.send({ id: 1, value: 'a' }, { id: 'two', value: { base64: '?' } }, { id: 3, value: 'c', partition: 9 });
    client.send({ id: 4, valeu: 'd' }, { id: 5, value: 'e' });
    client.socket.send('no json');
    client.socket.send(Buffer.from([1]));
    const answers = await client.next(7);
    expect(answers.map(({ id }) => id)).toEqual([1, 'two', 3, undefined, 5, undefined, undefined]);
    expect(answers[0]).toMatchObject({ partition: 0, offset: 0 });
    expect(answers[1].problem.error).toBe('INVALID_REQUEST');
    expect(answers[2].problem?.error ?? answers[2].error).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(answers[3].problem.error).toBe('INVALID_REQUEST');
    expect(answers[4]).toMatchObject({ partition: 0, offset: 1 });
    expect((await call('GET', '/consume?topic=t')).body.messages).toHaveLength(2);
  });

  test('of 5,000 records at once has them in its order', async () => {
    const { call, url } = await startHttp();
    await call('POST', '/topics', { name: 't', partitions: 1 });
    const client = await Client.open(`${url}/topics/t/produce/ws`);
    for (let i = 0; i < 5000; i++) client.send({ id: i, value: `${i}` });
    const answers = await client.next(5000);
    expect(answers.map(({ id, offset }) => [id, offset])).toEqual(answers.map((_, i) => [i, i]));
    const { messages } = (await call('GET', '/consume?topic=t&max=5000')).body;
    expect(messages.map(({ value }: { value: string }) => Number(value))).toEqual(answers.map((_, i) => i));
  });

  test('of a topic that cannot be is told so by each record', async () => {
    const { url } = await startHttp({ 'auto.create.topics.enable': 'false' });
    const client = await Client.open(`${url}/topics/none/produce/ws`);
    client.send({ id: 1, value: 'a' });
    expect((await client.next())[0]).toMatchObject({ id: 1, problem: { error: 'UNKNOWN_TOPIC_OR_PARTITION' } });
  });
});

describe('a consumer', () => {
  async function withMessages(count: number, settings: Record<string, string> = {}) {
    const started = await startHttp(settings);
    await started.call('POST', '/topics', { name: 't', partitions: 1 });
    const records = Array.from({ length: count }, (_, i) => ({ value: `${i}` }));
    if (count > 0) await started.call('POST', '/produce', { topic: 't', records });
    return started;
  }

  test('gets as many messages as it permitted, and no more', async () => {
    const { call, url } = await withMessages(10);
    const client = await Client.open(`${url}/topics/t/consume/ws?offset=earliest`);
    client.send({ type: 'permit', count: 3 });
    expect((await client.next(3)).map(({ id }) => id)).toEqual(['0:0', '0:1', '0:2']);
    await call('GET', '/health');
    expect(client.waiting).toBe(0);
    client.send({ type: 'permit', count: 100 });
    expect((await client.next(7)).map(({ value }) => value)).toEqual(['3', '4', '5', '6', '7', '8', '9']);
    await call('POST', '/produce', { topic: 't', value: 'new' });
    expect((await client.next())[0].value).toBe('new');
  });

  test('is told the position below which all is acknowledged', async () => {
    const { url } = await withMessages(3);
    const client = await Client.open(`${url}/topics/t/consume/ws?offset=earliest&ack=true`);
    client.send({ type: 'permit', count: 3 });
    await client.next(3);
    client.send({ type: 'ack', id: '0:1' }, { type: 'ack', id: '0:0' }, { type: 'ack', id: '0:2' });
    expect((await client.next(3)).map(({ offset }) => offset)).toEqual(['0:0', '0:2', '0:3']);
  });

  test('gets what it refused again, for another permit, while nothing new comes', async () => {
    const { url } = await withMessages(2);
    const client = await Client.open(`${url}/topics/t/consume/ws?offset=earliest&ack=true`);
    client.send({ type: 'permit', count: 10 });
    await client.next(2);
    client.send({ type: 'nack', id: '0:0' });
    expect((await client.next())[0]).toMatchObject({ id: '0:0', redelivery: 1, value: '0' });
    client.send({ type: 'nack', id: '0:0' });
    expect((await client.next())[0]).toMatchObject({ id: '0:0', redelivery: 2 });
  });

  test.each([
    ['no JSON', '{'],
    ['a frame of no kind', '{"type":"pause"}'],
    ['an acknowledgement of what was not delivered', '{"type":"ack","id":"0:7"}'],
    ['no permits', '{"type":"permit","count":0}'],
  ])('that sends %s is told and sent away', async (_name, frame) => {
    const { url } = await withMessages(1);
    const client = await Client.open(`${url}/topics/t/consume/ws`);
    client.socket.send(frame);
    expect((await client.next())[0]).toMatchObject({ type: 'problem', problem: { error: 'INVALID_REQUEST' } });
    expect((await once(client.socket, 'close'))[0]).toBe(1008);
  });

  test('of a topic that is not there is told and sent away', async () => {
    const { url } = await startHttp();
    const client = new Client(`${url}/topics/none/consume/ws`);
    expect((await client.next())[0].problem.error).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });

  test('with a frame beyond http.request.max.bytes is cut off, and the server goes on', async () => {
    const { call, url } = await withMessages(1, { 'http.request.max.bytes': '1024' });
    const client = await Client.open(`${url}/topics/t/consume/ws`);
    client.socket.send('x'.repeat(2000));
    expect((await once(client.socket, 'close'))[0]).toBe(1009);
    expect((await call('GET', '/health')).status).toBe(200);
  });

  test('that does not read stops the reads, and gets everything later', async () => {
    let readBytes = 0;
    const { call, url } = await startHttp({}, { onFetched: (bytes) => (readBytes += bytes) });
    await call('POST', '/topics', { name: 't', partitions: 1 });
    const [total, value] = [800, 'x'.repeat(50_000)];
    for (let sent = 0; sent < total; sent += 20) {
      await call('POST', '/produce', { topic: 't', records: Array.from({ length: 20 }, () => ({ value })) });
    }
    const client = await Client.open(`${url}/topics/t/consume/ws?offset=earliest`);
    client.socket.pause();
    client.send({ type: 'permit', count: total });
    // Until the sockets' buffers are full (at most 6 MB to receive and 4 MB to send, of Linux).
    for (let before = -1; before !== readBytes || readBytes === 0; ) {
      before = readBytes;
      for (let i = 0; i < 50; i++) await call('GET', '/health');
    }
    expect(readBytes).toBeLessThan(15_000_000);
    client.socket.resume();
    expect((await client.next(total)).at(-1).id).toBe(`0:${total - 1}`);
  }, 30_000);

  test('is sent away by a stop', async () => {
    const { url, http } = await withMessages(1);
    const client = await Client.open(`${url}/topics/t/consume/ws`);
    const closed = once(client.socket, 'close');
    await http.stop();
    expect((await closed)[0]).toBe(1001);
  });
});
