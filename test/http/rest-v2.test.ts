import { request as httpRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { startHttp, type TestHttp } from './support.ts';

/** The types that Confluent's API reference names. */
const V2 = 'application/vnd.kafka.v2+json';
const JSON_V2 = 'application/vnd.kafka.json.v2+json';
const BINARY_V2 = 'application/vnd.kafka.binary.v2+json';

interface RestAnswer {
  readonly status: number;
  readonly type: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is what it is held against
  readonly body: any;
}

/** With a body also for GET, as the REST Proxy's clients send it. */
function rest(
  { httpPort }: TestHttp,
  method: string,
  path: string,
  options: { type?: string; accept?: string; body?: unknown } = {},
) {
  const { type = V2, accept = V2, body } = options;
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise<RestAnswer>((resolve, reject) => {
    const headers = {
      accept,
      ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
    };
    const request = httpRequest({ host: '127.0.0.1', port: httpPort, method, path, headers }, async (response) => {
      let answer = '';
      for await (const chunk of response) answer += chunk;
      resolve({
        status: response.statusCode!,
        type: response.headers['content-type'],
        body: answer === '' ? undefined : JSON.parse(answer),
      });
    });
    request.on('error', reject);
    request.end(text);
  });
}

const json = (records: unknown[]) => ({ type: JSON_V2, body: { records } });

describe('REST Proxy v2: topics and producing', () => {
  test('the quick start of the API reference', async () => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 'jsontest', partitions: 2, configs: { 'retention.ms': '5000' } });
    expect(await rest(http, 'POST', '/topics/jsontest', json([{ value: { foo: 'bar' } }]))).toMatchObject({
      status: 200,
      type: expect.stringContaining(V2),
      body: { offsets: [{ offset: 0, error_code: null, error: null }], key_schema_id: null, value_schema_id: null },
    });
    expect((await rest(http, 'GET', '/topics')).body).toEqual(['jsontest']);
    const { body: topic } = await rest(http, 'GET', '/topics/jsontest');
    expect(topic).toMatchObject({ name: 'jsontest', configs: { 'retention.ms': '5000', 'cleanup.policy': 'delete' } });
    const partition = (id: number) => ({
      partition: id,
      leader: 1,
      replicas: [{ broker: 1, leader: true, in_sync: true }],
    });
    expect(topic.partitions).toEqual([partition(0), partition(1)]);
    expect((await rest(http, 'GET', '/topics/jsontest/partitions')).body).toEqual([partition(0), partition(1)]);
    expect((await rest(http, 'GET', '/topics/jsontest/partitions/1')).body).toEqual(partition(1));
    expect((await rest(http, 'GET', '/brokers')).body).toEqual({ brokers: [1] });
    // Without the REST Proxy's types the same path is Samsa's own.
    expect((await http.call('GET', '/topics')).body).toMatchObject({ topics: [{ name: 'jsontest' }] });
  });

  test('binary records to a partition of choice; offsets of partitions', async () => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't', partitions: 2 });
    const body = { records: [{ key: 'a2V5', value: 'Y29uZmx1ZW50' }, { value: 'a2Fma2E=' }] };
    expect((await rest(http, 'POST', '/topics/t/partitions/1', { type: BINARY_V2, body })).body.offsets).toEqual([
      { partition: 1, offset: 0, error_code: null, error: null },
      { partition: 1, offset: 1, error_code: null, error: null },
    ]);
    expect((await rest(http, 'GET', '/topics/t/partitions/1/offsets')).body).toEqual({
      beginning_offset: 0,
      end_offset: 2,
    });
    const read = await http.call('GET', '/consume?topic=t&partition=1');
    expect(read.body.messages.map(({ key, value }: { key: unknown; value: unknown }) => [key, value])).toEqual([
      ['key', 'confluent'],
      [null, 'kafka'],
    ]);
  });

  test.each([
    ['GET', '/topics/nothing', {}, 404, { error_code: 40_401, message: 'Topic not found.' }],
    ['GET', '/topics/t/partitions/7', {}, 404, { error_code: 40_402, message: 'Partition not found.' }],
    ['POST', '/topics/t', json([]), 422, { error_code: 422 }],
    ['POST', '/topics/t', { type: BINARY_V2, body: { records: [{ value: 'no base64' }] } }, 422, { error_code: 422 }],
    ['POST', '/topics/t', json([{ value: 1, partition: -1 }]), 422, { error_code: 422 }],
    [
      'POST',
      '/topics/t',
      { type: 'application/vnd.kafka.avro.v2+json', body: { records: [{ value: 1 }] } },
      415,
      { error_code: 415 },
    ],
    [
      'GET',
      '/consumers/g/instances/i/records',
      {},
      404,
      { error_code: 40_403, message: 'Consumer instance not found.' },
    ],
  ])('%s %s %j is refused with its code', async (method, path, options, status, body) => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't' });
    expect(await rest(http, method, path, options)).toMatchObject({ status, body });
  });

  test('a record of a partition that is not there fails alone', async () => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't' });
    const { status, body } = await rest(http, 'POST', '/topics/t', json([{ value: 1 }, { value: 2, partition: 5 }]));
    expect(status).toBe(200);
    expect(body.offsets).toMatchObject([
      { partition: 0, offset: 0, error_code: null },
      { offset: null, error_code: 2 },
    ]);
  });
});

describe('REST Proxy v2: consumers', () => {
  async function consumer(http: TestHttp, settings: object, group = 'g'): Promise<string> {
    const { status, body } = await rest(http, 'POST', `/consumers/${group}`, { body: settings });
    expect(status).toBe(200);
    const { base_uri: base, instance_id: id } = body;
    expect(base).toBe(`http://127.0.0.1:${http.httpPort}/consumers/${group}/instances/${id}`);
    return new URL(base).pathname;
  }
  const records = async (http: TestHttp, path: string, accept = JSON_V2) => {
    const answer = await rest(http, 'GET', `${path}/records?timeout=2000`, { accept });
    expect(answer).toMatchObject({ status: 200, type: expect.stringContaining(accept) });
    return answer.body;
  };

  test('subscribes, reads, commits and is deleted; the next one of the group goes on', async () => {
    const http = await startHttp();
    await rest(http, 'POST', '/topics/t', json([{ key: 'k', value: { n: 1 } }, { value: { n: 2 } }]));
    const settings = { name: 'mine', format: 'json', 'auto.offset.reset': 'earliest', 'auto.commit.enable': 'false' };
    const path = await consumer(http, settings);
    expect(path).toBe('/consumers/g/instances/mine');
    expect(await rest(http, 'POST', '/consumers/g', { body: settings })).toMatchObject({
      status: 409,
      body: { error_code: 40_902 },
    });
    expect((await rest(http, 'POST', `${path}/subscription`, { body: { topics: ['t'] } })).status).toBe(204);
    expect((await rest(http, 'GET', `${path}/subscription`)).body).toEqual({ topics: ['t'] });
    expect(await records(http, path)).toEqual([
      { topic: 't', key: 'k', value: { n: 1 }, partition: 0, offset: 0 },
      { topic: 't', key: null, value: { n: 2 }, partition: 0, offset: 1 },
    ]);
    expect((await rest(http, 'GET', `${path}/assignments`)).body).toEqual({
      partitions: [{ topic: 't', partition: 0 }],
    });
    const commit = { body: { offsets: [{ topic: 't', partition: 0, offset: 0 }] } };
    expect((await rest(http, 'POST', `${path}/offsets`, commit)).status).toBe(200);
    const wanted = { body: { partitions: [{ topic: 't', partition: 0 }] } };
    expect((await rest(http, 'GET', `${path}/offsets`, wanted)).body).toEqual({
      offsets: [{ topic: 't', partition: 0, offset: 1, metadata: '' }],
    });
    expect((await rest(http, 'DELETE', path)).status).toBe(204);
    const next = await consumer(http, { ...settings, name: undefined });
    await rest(http, 'POST', `${next}/subscription`, { body: { topic_pattern: '^t$' } });
    expect(await records(http, next)).toMatchObject([{ value: { n: 2 }, offset: 1 }]);
    // Without offsets, all that was handed out.
    await rest(http, 'POST', `${next}/offsets`);
    expect((await rest(http, 'GET', `${next}/offsets`, wanted)).body.offsets).toMatchObject([{ offset: 2 }]);
    await rest(http, 'DELETE', next);
  });

  test('partitions given by hand: seeks, bounded answers', async () => {
    const http = await startHttp();
    await rest(http, 'POST', '/topics/t', json([{ value: 'a' }, { value: 'b' }, { value: 'c' }]));
    const path = await consumer(http, { format: 'json', 'auto.offset.reset': 'earliest' });
    const partitions = [{ topic: 't', partition: 0 }];
    expect(await rest(http, 'GET', `${path}/records`)).toMatchObject({ status: 409, body: { error_code: 40_903 } });
    expect((await rest(http, 'POST', `${path}/assignments`, { body: { partitions } })).status).toBe(204);
    const conflict = await rest(http, 'POST', `${path}/subscription`, { body: { topics: ['t'] } });
    expect(conflict).toMatchObject({ status: 409, body: { error_code: 40_903 } });
    const few = await rest(http, 'GET', `${path}/records?max_bytes=1`, { accept: JSON_V2 });
    expect(few.body.map(({ value }: { value: string }) => value)).toEqual(['a']);
    expect((await records(http, path)).map(({ value }: { value: string }) => value)).toEqual(['b', 'c']);
    await rest(http, 'POST', `${path}/positions`, { body: { offsets: [{ topic: 't', partition: 0, offset: 2 }] } });
    expect((await records(http, path)).map(({ value }: { value: string }) => value)).toEqual(['c']);
    await rest(http, 'POST', `${path}/positions/beginning`, { body: { partitions } });
    expect(await records(http, path)).toHaveLength(3);
    await rest(http, 'POST', `${path}/positions/end`, { body: { partitions } });
    expect((await rest(http, 'GET', `${path}/records?timeout=10`, { accept: JSON_V2 })).body).toEqual([]);
    const mismatch = await rest(http, 'GET', `${path}/records`, { accept: BINARY_V2 });
    expect(mismatch).toMatchObject({ status: 406, body: { error_code: 40_601 } });
    await rest(http, 'DELETE', path);
  });

  test('two instances share a topic, each message goes to one of them', async () => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't', partitions: 2 });
    const settings = { format: 'json', 'auto.offset.reset': 'earliest' };
    const paths = [await consumer(http, settings), await consumer(http, settings)];
    for (const path of paths) await rest(http, 'POST', `${path}/subscription`, { body: { topics: ['t'] } });
    const values = Array.from({ length: 10 }, (_, i) => i);
    await rest(http, 'POST', '/topics/t', json(values.map((value) => ({ value, partition: value % 2 }))));
    const read: number[] = [];
    // The second one joins while the first one reads: what was not committed before is read again by nobody else.
    while (read.length < values.length) {
      const answers = await Promise.all(paths.map((path) => records(http, path)));
      read.push(...answers.flat().map(({ value }) => value));
    }
    expect([...new Set(read)].sort((a, b) => a - b)).toEqual(values);
    for (const path of paths) await rest(http, 'DELETE', path);
  });

  test.each([
    [{ format: 'avro' }, 415, 415],
    [{ 'auto.offset.reset': 'middle' }, 422, 42_204],
  ])('%j makes no consumer', async (settings, status, code) => {
    const http = await startHttp();
    const answer = await rest(http, 'POST', '/consumers/g', { body: settings });
    expect(answer).toMatchObject({ status, body: { error_code: code } });
  });
});

describe('REST Proxy v2: no message of a consumer is lost', () => {
  const subscribed = async (http: TestHttp, settings: object = {}, topics = ['t']) => {
    const given = { format: 'json', 'auto.offset.reset': 'earliest', ...settings };
    const { body } = await rest(http, 'POST', '/consumers/g', { body: given });
    const { pathname } = new URL(body.base_uri);
    if (topics.length > 0) await rest(http, 'POST', `${pathname}/subscription`, { body: { topics } });
    return pathname;
  };
  const values = async (http: TestHttp, path: string, query = 'timeout=2000') => {
    const { status, body } = await rest(http, 'GET', `${path}/records?${query}`, { accept: JSON_V2 });
    return status === 200 ? body.map(({ value }: { value: unknown }) => value) : body.error_code;
  };

  test('what was read and not handed out, when the subscription changes', async () => {
    const http = await startHttp();
    await rest(http, 'POST', '/topics/t', json([{ value: 'a' }, { value: 'b' }, { value: 'c' }]));
    const path = await subscribed(http);
    expect(await values(http, path, 'timeout=2000&max_bytes=1')).toEqual(['a']);
    await rest(http, 'DELETE', `${path}/subscription`);
    await rest(http, 'POST', `${path}/subscription`, { body: { topics: ['t'] } });
    expect(await values(http, path)).toEqual(['b', 'c']);
  });

  test('what follows, when partitions are given again', async () => {
    const http = await startHttp();
    await rest(http, 'POST', '/topics/t', json([{ value: 'a' }]));
    const path = await subscribed(http, { 'auto.offset.reset': 'latest' }, []);
    const body = { partitions: [{ topic: 't', partition: 0 }] };
    await rest(http, 'POST', `${path}/assignments`, { body });
    await rest(http, 'POST', '/topics/t', json([{ value: 'b' }]));
    await rest(http, 'POST', `${path}/assignments`, { body });
    expect(await values(http, path)).toEqual(['b']);
  });

  test('what came together with one that is not JSON', async () => {
    const http = await startHttp();
    const text = (value: string) => ({ value });
    await http.call('POST', '/produce', { topic: 't', records: [text('"a"'), text('no JSON'), text('"c"')] });
    const path = await subscribed(http);
    expect(await values(http, path)).toEqual(['a']);
    expect(await values(http, path)).toBe(50_002);
    expect(await values(http, path)).toBe(50_002);
    await rest(http, 'POST', `${path}/positions`, { body: { offsets: [{ topic: 't', partition: 0, offset: 2 }] } });
    expect(await values(http, path)).toEqual(['c']);
  });

  test('what comes for a request whose client has gone', async () => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't' });
    const path = await subscribed(http);
    expect(await values(http, path, 'timeout=10')).toEqual([]);
    const options = { headers: { accept: JSON_V2 }, agent: false };
    const given = httpRequest(`${http.url}${path}/records?timeout=20000`, options).on('error', () => {});
    await new Promise<void>((resolve) => given.end(resolve));
    await rest(http, 'GET', `${path}/subscription`);
    given.destroy();
    await rest(http, 'POST', '/topics/t', json([{ value: 'a' }]));
    expect(await values(http, path)).toEqual(['a']);
  });

  test('a commit that the group does not take is no success', async () => {
    const http = await startHttp();
    await rest(http, 'POST', '/topics/t', json([{ value: 'a' }]));
    const path = await subscribed(http, { 'auto.commit.enable': 'false' });
    const body = { offsets: [{ topic: 't', partition: 0, offset: 0 }] };
    expect(await rest(http, 'POST', `${path}/offsets`, { body })).toMatchObject({
      status: 500,
      body: { error_code: 50_002 },
    });
    expect(await values(http, path)).toEqual(['a']);
    expect((await rest(http, 'POST', `${path}/offsets`, { body })).status).toBe(200);
  });

  test('a stop does not wait for a topic that an instance was given and that is not there', async () => {
    const http = await startHttp();
    const path = await subscribed(http, {}, []);
    const body = { partitions: [{ topic: 'nothing', partition: 0 }] };
    const given = rest(http, 'POST', `${path}/assignments`, { body }).catch(() => {});
    // Asked of the same instance, and answered before it waits.
    await rest(http, 'GET', `${path}/subscription`);
    const startedMs = performance.now();
    await http.http.stop();
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    await given;
  });
});
