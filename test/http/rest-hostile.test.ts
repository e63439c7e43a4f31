import { request as httpRequest } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { startHttp } from './support.ts';

const V2 = 'application/vnd.kafka.v2+json';
const JSON_V2 = 'application/vnd.kafka.json.v2+json';
/** More than a call stack holds. */
const DEEP = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;

describe('REST Proxy: what no client of good will sends', () => {
  test.each([
    ['POST', '/topics/t', JSON_V2, '{"records":[null]}', 422],
    ['POST', '/topics/t', JSON_V2, '{"records":[{"value":1,"partition":1000000000000000}]}', 422],
    ['POST', '/topics/t', JSON_V2, `{"records":[{"value":${DEEP}}]}`, 422],
    ['POST', '/consumers/g', V2, '{"name":{"toString":1}}', 422],
    ['POST', '/consumers/g/instances/i/assignments', V2, '{"partitions":[{"topic":"t","partition":1e15}]}', 422],
    ['POST', '/consumers/g/instances/i/subscription', V2, '{"topic_pattern":"("}', 422],
    [
      'POST',
      '/consumers/g/instances/i/offsets',
      V2,
      '{"offsets":[{"topic":"t","partition":0,"offset":9007199254740991}]}',
      422,
    ],
    ['POST', '/consumers/g/instances/i/offsets', V2, '{"offsets":[{"topic":"t","partition":1e15,"offset":1}]}', 422],
  ])('v2 › %s %s is refused, case %#', async (method, path, type, body, status) => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't' });
    await send(http.url, 'POST', '/consumers/g', V2, '{"name":"i"}');
    const answer = await send(http.url, method, path, type, body);
    expect(answer).toMatchObject({ status, body: { error_code: expect.any(Number) } });
  });

  test.each([
    ['POST', '/topics', '{"topic_name":"x","configs":[null]}', 400],
    ['POST', '/topics', '{"topic_name":"x","configs":[{"name":"a","value":{"toString":1}}]}', 400],
    ['POST', '/topics', '{"topic_name":"x","partitions_count":1000000000000000}', 400],
    ['PATCH', '/topics/t', '{"partitions_count":1000000000000000}', 400],
    ['POST', '/topics/t/configs:alter', '{"data":[null]}', 400],
    ['PUT', '/topics/t/configs/cleanup.policy', '{"value":{"toString":1}}', 400],
    ['GET', '/acls?resource_type=TOPIC&resource_type=GROUP', undefined, 400],
    ['GET', '/acls?principal=User:a&principal=User:b', undefined, 400],
    ['POST', '/topics/t/records', `{"value":{"type":"JSON","data":${DEEP}}}`, 400],
    ['POST', '/topics/t/records', '{"value":{"type":{"toString":1},"data":"x"}}', 400],
    ['POST', '/topics/t/records', '{"value":"text"}', 400],
    ['POST', '/topics/t/records', '{"partition_id":1000000000000000,"value":{"type":"STRING","data":"x"}}', 400],
    ['POST', '/topics/t/records', '{"timestamp":-9007199254740991,"value":{"type":"STRING","data":"x"}}', 400],
    ['POST', '/topics/t/records:batch', '{"entries":[null]}', 207],
    ['POST', '/topics/t/records:batch', '{"entries":[{"id":{"toString":1}}]}', 207],
  ])('v3 › %s %s is refused, case %#', async (method, path, body, status) => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't' });
    const cluster = (await http.call('GET', '/v3/clusters')).body.data[0].cluster_id;
    const answer = await send(http.url, method, `/v3/clusters/${cluster}${path}`, 'application/json', body);
    expect(answer.status).toBe(status);
  });

  test.each(['text/plain', ''])('a page of another origin cannot stream records: type %j', async (type) => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't' });
    const cluster = (await http.call('GET', '/v3/clusters')).body.data[0].cluster_id;
    // Bytes have no type of their own, as a page's `Blob` has none.
    const body = Buffer.from('{"value":{"type":"STRING","data":"x"}}');
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
    const url = `${http.url}/v3/clusters/${cluster}/topics/t/records`;
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(415);
    expect((await http.call('GET', '/topics/t')).body.partitions[0].latest).toBe(0);
  });

  test.each(['/brokers', '/v3/clusters'])('%s is answered 503 while there is no room', async (path) => {
    const http = await startHttp({ 'http.max.in.flight.requests': '1' });
    const options = { method: 'POST', headers: { 'content-type': JSON_V2, 'content-length': 100 }, agent: false };
    const held = httpRequest(`${http.url}/topics/t`, options).on('error', () => {});
    held.flushHeaders();
    await vi.waitFor(async () => {
      const { status, body } = await send(http.url, 'GET', path, JSON_V2, undefined);
      expect([status, body.error_code]).toEqual([503, 503]);
    });
    held.destroy();
  });
});

async function send(url: string, method: string, path: string, type: string, body: string | undefined) {
  const given = body === undefined ? {} : { headers: { 'content-type': type }, body };
  const response = await fetch(`${url}${path}`, { method, ...given });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text.split('\r\n')[0]!) };
}
