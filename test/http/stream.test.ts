import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHttp } from './support.ts';

interface Event {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** A reader of events that goes no further than it is asked to. */
class EventReader {
  readonly response: IncomingMessage;
  readonly #bytes: AsyncIterator<Buffer>;
  #text = '';

  constructor(response: IncomingMessage) {
    this.response = response;
    this.#bytes = response[Symbol.asyncIterator]();
  }

  static async open(url: string, lastEventId?: string): Promise<EventReader> {
    const request = get(url, lastEventId === undefined ? {} : { headers: { 'last-event-id': lastEventId } });
    onTestFinished(() => void request.destroy());
    request.on('error', () => {});
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return new EventReader(response);
  }

  /** The next block, comments too; undefined at the end. */
  async next(): Promise<Event | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return Object.fromEntries(block.split('\n').map((line) => /^([^:]*): ?(.*)$/.exec(line)!.slice(1)));
      }
      const { value, done } = await this.#bytes.next();
      if (done === true) return undefined;
      this.#text += value.toString();
    }
  }

  /** So many messages, and the id behind the last. */
  async messages(count: number) {
    const values: string[] = [];
    let id: string | undefined;
    while (values.length < count) {
      const event = await this.next();
      if (event === undefined) throw new Error(`the stream ended after ${values.length} messages`);
      id = event.id ?? id;
      if (event.data !== undefined) values.push(JSON.parse(event.data).value);
    }
    return { values, id };
  }

  close(): void {
    this.response.destroy();
  }
}

describe('server-sent events', () => {
  test('go on behind Last-Event-ID over all partitions, without loss or repetition', async () => {
    const { call, url } = await startHttp();
    await call('POST', '/topics', { name: 't', partitions: 3 });
    const records = Array.from({ length: 90 }, (_, i) => ({ value: `${i}`, partition: i % 3 }));
    await call('POST', '/produce', { topic: 't', records });
    const seen: string[] = [];
    let id: string | undefined;
    for (const count of [1, 7, 30, 52]) {
      const reader = await EventReader.open(`${url}/topics/t/stream?offset=earliest`, id);
      expect(reader.response.headers['content-type']).toMatch(/^text\/event-stream/);
      const read = await reader.messages(count);
      seen.push(...read.values);
      id = read.id;
      reader.close();
    }
    expect(id).toBe('0:30,1:30,2:30');
    expect(seen.map(Number).sort((a, b) => a - b)).toEqual(records.map((_, i) => i));
  });

  test('begin with what comes when no offset is given', async () => {
    const { call, url } = await startHttp();
    await call('POST', '/produce', { topic: 't', value: 'before' });
    const reader = await EventReader.open(`${url}/topics/t/stream`);
    await call('POST', '/produce', { topic: 't', value: 'after' });
    expect((await reader.messages(1)).values).toEqual(['after']);
  });

  test('can be narrowed to keys and partitions; the id moves over what is left out', async () => {
    const { call, url } = await startHttp({ 'http.stream.heartbeat.ms': '100' });
    await call('POST', '/topics', { name: 't', partitions: 2 });
    const records = [0, 1].flatMap((partition) =>
      ['a', 'b'].map((key) => ({ key, value: `${key}${partition}`, partition })),
    );
    await call('POST', '/produce', { topic: 't', records });
    const byKey = await EventReader.open(`${url}/topics/t/stream?offset=earliest&key=a`);
    expect((await byKey.messages(2)).values.sort()).toEqual(['a0', 'a1']);
    expect(await byKey.next()).toEqual({ '': 'nothing new', id: '0:2,1:2' });
    const byPartition = await EventReader.open(`${url}/topics/t/stream?offset=earliest&partition=1`);
    expect(await byPartition.messages(2)).toEqual({ values: ['a1', 'b1'], id: '1:2' });
  });

  test('a topic that is deleted ends the stream with an error event', async () => {
    const { call, url } = await startHttp();
    await call('POST', '/topics', { name: 't' });
    const reader = await EventReader.open(`${url}/topics/t/stream`);
    await reader.next();
    await call('DELETE', '/topics/t');
    const event = await reader.next();
    expect(event?.event).toBe('error');
    expect(JSON.parse(event!.data!)).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' });
    expect(await reader.next()).toBeUndefined();
  });

  test('what is wrong from the start is a problem', async () => {
    const { call } = await startHttp();
    await call('POST', '/topics', { name: 't' });
    expect((await call('GET', '/topics/none/stream')).body).toMatchObject({ status: 404 });
    expect((await call('GET', '/topics/t/stream?partition=9')).body).toMatchObject({ status: 404 });
    expect((await call('GET', '/topics/t/stream?offset=0:99')).body).toMatchObject({ status: 416 });
  });

  test('a stop ends them', async () => {
    const { call, url, http } = await startHttp();
    await call('POST', '/topics', { name: 't' });
    const reader = await EventReader.open(`${url}/topics/t/stream`);
    await reader.next();
    await http.stop();
    expect(await reader.next()).toBeUndefined();
  });

  test('a reader that does not read stops the stream’s reads, and gets everything later', async () => {
    let readBytes = 0;
    const { call, url } = await startHttp({}, { onFetched: (bytes) => (readBytes += bytes) });
    await call('POST', '/topics', { name: 't', partitions: 1 });
    const value = 'x'.repeat(50_000);
    const total = 1000;
    for (let sent = 0; sent < total; sent += 20) {
      await call('POST', '/produce', { topic: 't', records: Array.from({ length: 20 }, () => ({ value })) });
    }
    const reader = await EventReader.open(`${url}/topics/t/stream?offset=earliest`);
    reader.response.pause();
    // Reads go on until the sockets' buffers are full (at most 6 MB to receive and 4 MB to send, of Linux), then stop.
    for (let before = -1; before !== readBytes; ) {
      before = readBytes;
      for (let i = 0; i < 50; i++) await call('GET', '/health');
    }
    expect(readBytes).toBeLessThan(15_000_000);
    expect((await reader.messages(total)).id).toBe(`0:${total}`);
    expect(readBytes).toBe(total * value.length);
    reader.close();
  }, 30_000);
});
