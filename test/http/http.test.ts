import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { loadBrokerConfig } from '../../src/config/load-broker-config.ts';
import { HttpListenError, HttpServer } from '../../src/http/http-server.ts';
import { type Logger, silentLogger } from '../../src/platform/logger.ts';
import { startTestBroker } from '../support/test-broker.ts';
import { startHttp, type TestHttp } from './support.ts';

describe('produce and consume', () => {
  test('a record comes back as it was written', async () => {
    const { call } = await startHttp();
    const record = { key: 'en', value: 'Hello', headers: { trace: 'a1' }, timestamp: 1_700_000_000_000 };
    const produced = await call('POST', '/produce', { topic: 'greetings', ...record });
    expect([produced.status, produced.body]).toEqual([
      200,
      { offsets: [{ partition: 0, offset: 0, timestamp: 1_700_000_000_000 }] },
    ]);

    const consumed = await call('GET', '/consume?topic=greetings&partition=0&offset=0');
    expect(consumed.status).toBe(200);
    expect(consumed.headers.get('content-type')).toMatch(/^application\/json/);
    expect(consumed.body).toEqual({
      messages: [{ topic: 'greetings', partition: 0, offset: 0, ...record }],
      next: { partition: 0, offset: 1 },
    });
  });

  test('keys go to the partitions that the Java client sends them to', async () => {
    const { call } = await startHttp();
    await call('POST', '/topics', { name: 'keyed', partitions: 101 });
    // Utils.murmur2 of Apache Kafka, from UtilsTest: the hash of each key, its sign bit cleared, modulo 101.
    const hashes = { 21: -973932308, foobar: -790332482, 'a-little-bit-long-string': -985981536 };
    const records = Object.keys(hashes).map((key) => ({ key, value: 'v' }));
    const { body } = await call('POST', '/produce', { topic: 'keyed', records });
    const expected = Object.values(hashes).map((hash) => (hash & 0x7fffffff) % 101);
    expect(body.offsets.map(({ partition }: { partition: number }) => partition)).toEqual(expected);
  });

  test('bytes, JSON and null are told apart', async () => {
    const { call } = await startHttp();
    const records = [
      { value: { base64: 'AP+A' } },
      { value: { json: { n: [1, null, 'é'] } } },
      { key: { base64: 'a2V5' }, value: null },
      { value: '' },
      { value: '\u0000\u{1f980}', headers: { __proto__: 'x', a: ['1', null, { base64: '/w==' }] } },
    ];
    await call('POST', '/produce', { topic: 't', records });
    const text = (await call('GET', '/consume?topic=t')).body.messages;
    expect(text.map(({ value }: { value: unknown }) => value)).toEqual([
      { base64: 'AP+A' },
      '{"n":[1,null,"é"]}',
      null,
      '',
      '\u0000\u{1f980}',
    ]);
    expect(text[2].key).toBe('key');
    expect(text[4].headers.a).toEqual(['1', null, { base64: '/w==' }]);
    const json = (await call('GET', '/consume?topic=t&format=json')).body.messages;
    expect(json[1].value).toEqual({ json: { n: [1, null, 'é'] } });
    const base64 = (await call('GET', '/consume?topic=t&format=base64')).body.messages;
    expect(base64[1].value).toEqual({ base64: Buffer.from('{"n":[1,null,"é"]}').toString('base64') });
  });

  test('headers as a list keep keys of any name', async () => {
    const { call } = await startHttp();
    const body = '{"topic":"t","value":"v","headers":[{"key":"__proto__","value":"p"},{"key":"n"}]}';
    expect((await call('POST', '/produce', body)).status).toBe(200);
    const { messages } = (await call('GET', '/consume?topic=t')).body;
    expect(Object.entries(messages[0].headers)).toEqual([
      ['__proto__', 'p'],
      ['n', null],
    ]);
  });

  test('next goes on where the answer ended, over all partitions, without loss or repetition', async () => {
    const { call } = await startHttp();
    await call('POST', '/topics', { name: 'many', partitions: 3 });
    const records = Array.from({ length: 100 }, (_, i) => ({ value: `${i}`, partition: i % 3 }));
    await call('POST', '/produce', { topic: 'many', records });
    const seen: string[] = [];
    let offset = 'earliest';
    for (let page = 0; page < 15; page++) {
      const { body } = await call('GET', `/consume?topic=many&max=7&offset=${offset}`);
      seen.push(...body.messages.map(({ value }: { value: string }) => value));
      offset = body.next.offset;
    }
    expect(offset).toBe('0:34,1:33,2:33');
    expect(seen).toHaveLength(100);
    expect(new Set(seen).size).toBe(100);
  });

  test('a consume that waits is answered by the first message', async () => {
    const { call } = await startHttp();
    await call('POST', '/topics', { name: 'later' });
    const waiting = call('GET', '/consume?topic=later&wait=30000');
    await call('POST', '/produce', { topic: 'later', value: 'now' });
    expect((await waiting).body.messages).toHaveLength(1);
  });

  test('some records written and others not is 207, with each one’s outcome in its place', async () => {
    const { call } = await startHttp();
    await call('POST', '/topics', { name: 'half', partitions: 1 });
    const records = [{ value: 'a' }, { value: 'b', partition: 7 }];
    const { status, body } = await call('POST', '/produce', { topic: 'half', records });
    expect(status).toBe(207);
    expect(body.offsets[0]).toMatchObject({ partition: 0, offset: 0 });
    expect(body.offsets[1]).toMatchObject({ partition: 7, error: 'UNKNOWN_TOPIC_OR_PARTITION', errorCode: 3 });
  });
});

describe('topics', () => {
  test('are made, listed, described and deleted', async () => {
    const { call } = await startHttp();
    const topic = { name: 'a', partitions: 2, configs: { 'retention.ms': 60000, 'cleanup.policy': 'compact' } };
    const made = await call('POST', '/topics', topic);
    expect([made.status, made.headers.get('location')]).toEqual([201, '/topics/a']);
    expect(made.body).toMatchObject({ name: 'a', partitions: 2, replicationFactor: 1, internal: false });

    await call('POST', '/produce', { topic: 'a', records: [{ key: 'k', value: 'v', partition: 1 }] });
    const { body } = await call('GET', '/topics/a');
    expect(body.configs).toEqual({ 'retention.ms': '60000', 'cleanup.policy': 'compact' });
    expect(body.partitions).toEqual([
      { partition: 0, leader: 1, replicas: [1], inSyncReplicas: [1], earliest: 0, latest: 0 },
      { partition: 1, leader: 1, replicas: [1], inSyncReplicas: [1], earliest: 0, latest: 1 },
    ]);
    expect((await call('GET', '/topics')).body.topics).toEqual([made.body]);

    expect((await call('DELETE', '/topics/a')).status).toBe(204);
    expect((await call('GET', '/topics')).body.topics).toEqual([]);
  });
});

describe('failures are problems with the name of Kafka’s error', () => {
  test.each([
    ['GET', '/topics/none', undefined, 404, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['DELETE', '/topics/none', undefined, 404, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['GET', '/consume?topic=none', undefined, 404, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['GET', '/consume?topic=there&partition=1', undefined, 404, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['GET', '/consume?topic=there&offset=1:0', undefined, 404, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['GET', '/consume?topic=there&partition=0&offset=9', undefined, 416, 'OFFSET_OUT_OF_RANGE'],
    ['GET', '/consume?topic=there&offset=x', undefined, 400, 'INVALID_REQUEST'],
    ['GET', '/consume?topic=there&offset=0:1,0:1', undefined, 400, 'INVALID_REQUEST'],
    ['GET', '/consume?topic=there&offset=9999999999999999', undefined, 400, 'INVALID_REQUEST'],
    ['GET', '/consume?topic=there&max=0', undefined, 400, 'INVALID_REQUEST'],
    ['GET', '/consume?topic=there&more=1', undefined, 400, 'INVALID_REQUEST'],
    ['GET', '/consume', undefined, 400, 'INVALID_REQUEST'],
    ['POST', '/topics', { name: 'there' }, 409, 'TOPIC_ALREADY_EXISTS'],
    ['POST', '/topics', { name: '..' }, 400, 'INVALID_TOPIC_EXCEPTION'],
    ['POST', '/topics', { name: 'a b' }, 400, 'INVALID_REQUEST'],
    ['POST', '/topics', { name: 'x', configs: { 'retention.ms': 'soon' } }, 400, 'INVALID_CONFIG'],
    ['POST', '/topics', { name: 'x', replicationFactor: 3 }, 400, 'INVALID_REPLICATION_FACTOR'],
    ['POST', '/produce', { topic: 'there', partition: 5, value: 'v' }, 404, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['POST', '/produce', { topic: 'there', value: { base64: '?' } }, 400, 'INVALID_REQUEST'],
    ['POST', '/produce', { topic: 'there', value: '\ud800' }, 400, 'INVALID_REQUEST'],
    ['POST', '/produce', { topic: 'there', value: 1 }, 400, 'INVALID_REQUEST'],
    ['POST', '/produce', { topic: 'there', records: [] }, 400, 'INVALID_REQUEST'],
    ['POST', '/produce', { topic: 'there', records: [{}], key: 'k' }, 400, 'INVALID_REQUEST'],
    ['POST', '/produce', '{"topic":', 400, 'INVALID_REQUEST'],
    ['POST', '/produce', '{"topic":"there","__proto__":{"value":"v"}}', 400, 'INVALID_REQUEST'],
    ['POST', '/produce', '[]', 400, 'INVALID_REQUEST'],
    ['GET', '/nowhere', undefined, 404, 'RESOURCE_NOT_FOUND'],
    ['GET', '/topics/%ff', undefined, 400, 'INVALID_REQUEST'],
    ['DELETE', '/produce', undefined, 405, 'INVALID_REQUEST'],
  ])('%s %s %j is %i %s', async (method, path, body, status, error) => {
    const { call } = await shared();
    const answer = await call(method, path, body);
    expect(answer.body).toMatchObject({ status, error, type: `urn:kafka:error:${error}` });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body.detail.length).toBeGreaterThan(5);
  });

  async function shared() {
    const started = await startHttp();
    await started.call('POST', '/topics', { name: 'there', partitions: 1 });
    return started;
  }

  test('405 says what is allowed', async () => {
    const { call } = await startHttp();
    expect((await call('PUT', '/topics')).headers.get('allow')).toBe('GET, POST');
  });

  test('a body beyond http.request.max.bytes is 413, declared or chunked', async () => {
    const { call, url } = await startHttp({ 'http.request.max.bytes': '2000' });
    const body = { topic: 't', value: 'x'.repeat(3000) };
    expect((await call('POST', '/produce', body)).body).toMatchObject({ status: 413, error: 'MESSAGE_TOO_LARGE' });
    const chunked = await fetch(`${url}/produce`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob([JSON.stringify(body)]).stream(),
      duplex: 'half',
    });
    expect(chunked.status).toBe(413);
  });

  test('a record beyond max.message.bytes is 413', async () => {
    const { call } = await startHttp();
    await call('POST', '/topics', { name: 'small', configs: { 'max.message.bytes': 1000 } });
    const { body } = await call('POST', '/produce', { topic: 'small', value: 'x'.repeat(2000) });
    expect(body).toMatchObject({ status: 413, error: 'MESSAGE_TOO_LARGE' });
  });

  test('what acls deny is 403', async () => {
    const { call } = await startHttp({
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    });
    const { body } = await call('POST', '/topics', { name: 'mine' });
    expect(body.status).toBe(403);
    expect(body.error).toMatch(/_AUTHORIZATION_FAILED$/);
  });
});

describe('limits', () => {
  test('http.max.in.flight.requests: one more is asked to come again', async () => {
    const { call, url } = await startHttp({ 'http.max.in.flight.requests': '1' });
    await call('POST', '/topics', { name: 'quiet' });
    const hold = new AbortController();
    const waiting = fetch(`${url}/consume?topic=quiet&wait=30000`, { signal: hold.signal });
    let refused = await call('GET', '/health');
    while (refused.status === 200) refused = await call('GET', '/health');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(refused.body.error).toBe('BROKER_NOT_AVAILABLE');
    hold.abort();
    await expect(waiting).rejects.toThrow();
    // The share of a client that went away is free again.
    let answer = await call('GET', '/health');
    while (answer.status === 503) answer = await call('GET', '/health');
    expect(answer.status).toBe(200);
  });

  test('http.produce.max.records and http.consume.max.wait.ms are part of what is validated', async () => {
    const { call } = await startHttp({ 'http.produce.max.records': '2', 'http.consume.max.wait.ms': '10' });
    const records = [{ value: '1' }, { value: '2' }, { value: '3' }];
    expect((await call('POST', '/produce', { topic: 't', records })).status).toBe(400);
    expect((await call('GET', '/consume?topic=t&wait=11')).status).toBe(400);
  });

  test('a stop answers what waits, and then nothing is listening', async () => {
    const { call, http } = await startHttp();
    await call('POST', '/topics', { name: 'quiet' });
    const waiting = call('GET', '/consume?topic=quiet&wait=30000');
    await call('GET', '/health');
    await http.stop();
    expect((await waiting).body).toMatchObject({ status: 503, error: 'BROKER_NOT_AVAILABLE' });
    await expect(call('GET', '/health')).rejects.toThrow();
  });
});

describe('hostile input', () => {
  test.each([
    ['no HTTP', '\u0000\u0001\u0002\r\n\r\n'],
    ['a header that does not end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}`],
    ['two lengths', 'POST /produce HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    [
      'length and chunks',
      'POST /produce HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('%s is refused, and the server goes on', async (_name, bytes) => {
    const { call, httpPort } = await startHttp();
    const socket = connect(httpPort, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    // The server may have hung up before all was written.
    socket.on('error', () => {});
    socket.write(bytes, 'latin1');
    await once(socket, 'close');
    expect(Buffer.concat(chunks).toString()).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
    expect((await call('GET', '/health')).status).toBe(200);
  });

  test('JSON that is nested too deeply is refused', async () => {
    const { call } = await startHttp();
    const deep = `{"topic":"t","value":{"json":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
    const { body } = await call('POST', '/produce', deep);
    expect(body).toMatchObject({ status: 400, error: 'INVALID_REQUEST' });
    const shallow = { topic: 't', value: { base64: Buffer.from('['.repeat(100_000)).toString('base64') } };
    expect((await call('POST', '/produce', shallow)).status).toBe(200);
    expect((await call('GET', '/consume?topic=t&format=json')).status).toBe(200);
    expect((await call('GET', '/health')).status).toBe(200);
  });
});

describe('the server', () => {
  test('is ready, and serves its description', async () => {
    const { call, url } = await startHttp();
    expect((await call('GET', '/ready')).body).toEqual({ status: 'ready' });
    const { body } = await call('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths).sort()).toEqual(
      expect.arrayContaining(['/consume', '/health', '/produce', '/ready', '/topics', '/topics/{name}']),
    );
    const page = await (await fetch(`${url}/docs`)).text();
    for (const path of Object.keys(body.paths)) expect(page).toContain(path);
    expect(page).not.toMatch(/src=|<script|https?:\/\/(?!localhost)/);
  });

  test('a port in use is said with what to do', async () => {
    const rival = createServer().listen(0, '127.0.0.1');
    await once(rival, 'listening');
    const { port } = rival.address() as { port: number };
    const { broker } = await startTestBroker();
    const { config } = loadBrokerConfig({ set: [`http.listeners=http://127.0.0.1:${port}`] });
    const starting = HttpServer.start({ config, broker, logger: silentLogger });
    await expect(starting).rejects.toThrow(HttpListenError);
    await expect(starting).rejects.toThrow(`http://127.0.0.1:${port}: the port is in use`);
    rival.close();
  });
});

describe('request ids', () => {
  test('a client’s own comes back, and one is made where there is none or it is no name', async () => {
    const { url } = await startHttp();
    const idOf = async (given?: string): Promise<string | null> =>
      (await fetch(`${url}/none`, given === undefined ? {} : { headers: { 'x-request-id': given } })).headers.get(
        'x-request-id',
      );
    expect(await idOf('order-17')).toBe('order-17');
    const made = await Promise.all([idOf(), idOf('"quoted"'), idOf('x'.repeat(129))]);
    for (const each of made) expect(each).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(new Set(made).size).toBe(3);
  });

  test('are in the lines about the request', async () => {
    const lines: object[] = [];
    const add = (fields: object): void => void lines.push(fields);
    const logger: Logger = { debug: add, info: add, warn: add, error: add, child: () => logger };
    const { url } = await startHttp({}, { logger });
    await fetch(`${url}/health`, { headers: { 'x-request-id': 'order-17' } });
    await vi.waitFor(() =>
      expect(lines).toContainEqual(expect.objectContaining({ requestId: 'order-17', url: '/health', status: 200 })),
    );
  });
});

describe('Idempotency-Key', () => {
  function produceWith(url: string, key: string, body: object): Promise<Response> {
    return fetch(`${url}/produce`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
  }
  const lengthOf = async ({ call }: { call: TestHttp['call'] }): Promise<number> =>
    (await call('GET', '/topics/t')).body.partitions.reduce(
      (sum: number, { latest }: { latest: number }): number => sum + latest,
      0,
    );

  test('a repeat gets the first one’s answer, and nothing is appended twice', async () => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't', partitions: 1 });
    const body = { topic: 't', records: [{ value: 'a' }, { value: 'b' }] };
    // At once, and later.
    const [first, second] = await Promise.all([produceWith(http.url, 'k1', body), produceWith(http.url, 'k1', body)]);
    const third = await produceWith(http.url, 'k1', body);
    const answers = await Promise.all([first!, second!, third].map((each) => each.json()));
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(third.status).toBe(200);
    expect(third.headers.get('idempotency-replayed')).toBe('true');
    expect(third.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await lengthOf(http)).toBe(2);
    await produceWith(http.url, 'k2', body);
    expect(await lengthOf(http)).toBe(4);
  });

  test('some written, some not, comes again as it was', async () => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't', partitions: 1 });
    const body = { topic: 't', records: [{ value: 'a' }, { value: 'b', partition: 7 }] };
    const [first, second] = [await produceWith(http.url, 'k', body), await produceWith(http.url, 'k', body)];
    expect([first.status, second.status]).toEqual([207, 207]);
    expect(await second.json()).toEqual(await first.json());
    expect(await lengthOf(http)).toBe(1);
  });

  test('stands for one request only', async () => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't', partitions: 1 });
    await produceWith(http.url, 'k', { topic: 't', value: 'a' });
    const other = await produceWith(http.url, 'k', { topic: 't', value: 'b' });
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ status: 422, error: 'INVALID_REQUEST' });
    expect(await lengthOf(http)).toBe(1);
  });

  test('what failed can be tried again', async () => {
    const http = await startHttp({ 'auto.create.topics.enable': 'false' });
    expect((await produceWith(http.url, 'k', { topic: 't', value: 'a' })).status).toBe(404);
    await http.call('POST', '/topics', { name: 't', partitions: 1 });
    expect((await produceWith(http.url, 'k', { topic: 't', value: 'a' })).status).toBe(200);
  });
});

test('https:// is served with the broker’s certificate, WebSockets and streams too', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
  const directory = await mkdtemp(join(tmpdir(), 'samsa-keystore-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const location = join(directory, 'keystore.pem');
  await writeFile(location, key + cert);
  const { http } = await startHttp({
    'http.listeners': 'https://127.0.0.1:0',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': location,
  });
  const { port, scheme } = http.listeners[0]!;
  expect(scheme).toBe('https');
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/ready', ca: cert, servername: 'localhost' }, resolve).on('error', reject);
  });
  expect(answer.statusCode).toBe(200);
  answer.resume();
  const page = { origin: `https://127.0.0.1:${port}`, ca: cert, servername: 'localhost' };
  const socket = new WebSocket(`wss://127.0.0.1:${port}/topics/t/produce/ws`, page);
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  socket.send('{"id":1,"value":"x"}');
  const [frame] = await once(socket, 'message');
  expect(JSON.parse(frame.toString())).toMatchObject({ id: 1, offset: 0 });
});

test('https:// without a certificate says which keys to set', async () => {
  await expect(startHttp({ 'http.listeners': 'https://127.0.0.1:0', 'ssl.keystore.type': 'PEM' })).rejects.toThrow(
    'set ssl.keystore.location, or ssl.keystore.certificate.chain and ssl.keystore.key',
  );
  await expect(startHttp({ 'http.listeners': 'https://127.0.0.1:0' })).rejects.toThrow(
    'ssl.keystore.type: JKS is not read',
  );
});
