import { describe, expect, test } from 'vitest';
import { JsonStream } from '../../src/http/rest-v3/json-stream.ts';
import { cli } from '../cli/client/support.ts';
import { startHttp, type TestHttp } from './support.ts';

async function clusterOf(http: TestHttp): Promise<string> {
  const { body } = await http.call('GET', '/v3/clusters');
  expect(body).toMatchObject({ kind: 'KafkaClusterList', metadata: { next: null }, data: [{ kind: 'KafkaCluster' }] });
  return `/v3/clusters/${body.data[0].cluster_id}`;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('REST Proxy v3', () => {
  test('cluster and brokers, with links that can be followed', async () => {
    const http = await startHttp();
    const cluster = await clusterOf(http);
    const { body } = await http.call('GET', cluster);
    expect(body.metadata.self).toBe(`${http.url}${cluster}`);
    const brokers = await http.call('GET', new URL(body.brokers.related).pathname);
    expect(brokers.body.data).toMatchObject([
      { kind: 'KafkaBroker', broker_id: 1, host: '127.0.0.1', port: http.port },
    ]);
    expect((await http.call('GET', `${cluster}/brokers/1`)).body.broker_id).toBe(1);
    expect(await http.call('GET', `${cluster}/brokers/2`)).toMatchObject({ status: 404, body: { error_code: 404 } });
    expect(await http.call('GET', '/v3/clusters/other/topics')).toMatchObject({
      status: 404,
      body: { error_code: 404, message: 'Cluster other cannot be found.' },
    });
  });

  test('topics are made, described, grown and deleted', async () => {
    const http = await startHttp();
    const topics = `${await clusterOf(http)}/topics`;
    const wanted = {
      topic_name: 'topic-1',
      partitions_count: 2,
      replication_factor: 1,
      configs: [{ name: 'cleanup.policy', value: 'compact' }],
    };
    expect(await http.call('POST', topics, { ...wanted, validate_only: true })).toMatchObject({ status: 201 });
    expect((await http.call('GET', topics)).body.data).toEqual([]);
    const described = {
      kind: 'KafkaTopic',
      topic_name: 'topic-1',
      partitions_count: 2,
      replication_factor: 1,
      is_internal: false,
    };
    expect(await http.call('POST', topics, wanted)).toMatchObject({ status: 201, body: described });
    expect(await http.call('POST', topics, wanted)).toMatchObject({
      status: 400,
      body: { error_code: 40_002, message: "Topic 'topic-1' already exists." },
    });
    expect((await http.call('GET', topics)).body.data).toMatchObject([described]);
    expect((await http.call('PATCH', `${topics}/topic-1`, { partitions_count: 3 })).body.partitions_count).toBe(3);
    const { body: partitions } = await http.call('GET', `${topics}/topic-1/partitions`);
    expect(partitions.data.map(({ partition_id: id }: { partition_id: number }) => id)).toEqual([0, 1, 2]);
    expect((await http.call('GET', `${topics}/topic-1/partitions/2/replicas`)).body.data).toMatchObject([
      { kind: 'KafkaReplica', partition_id: 2, broker_id: 1, is_leader: true, is_in_sync: true },
    ]);
    expect((await http.call('GET', `${topics}/topic-1/partitions/9`)).status).toBe(404);
    expect((await http.call('DELETE', `${topics}/topic-1`)).status).toBe(204);
    expect(await http.call('GET', `${topics}/topic-1`)).toMatchObject({ status: 404, body: { error_code: 40_403 } });
    expect(await http.call('POST', topics, {})).toMatchObject({ status: 400, body: { error_code: 400 } });
  });

  test('configs of topics, of a broker and of all brokers', async () => {
    const http = await startHttp();
    const cluster = await clusterOf(http);
    await http.call('POST', '/topics', { name: 't' });
    const configs = `${cluster}/topics/t/configs`;
    expect((await http.call('PUT', `${configs}/retention.ms`, { value: '1000' })).status).toBe(204);
    expect((await http.call('GET', `${configs}/retention.ms`)).body).toMatchObject({
      ...{ kind: 'KafkaTopicConfig', topic_name: 't', name: 'retention.ms', value: '1000' },
      ...{ is_default: false, is_read_only: false, is_sensitive: false, source: 'DYNAMIC_TOPIC_CONFIG' },
    });
    const data = [
      { name: 'retention.ms', operation: 'DELETE' },
      { name: 'cleanup.policy', value: 'compact' },
    ];
    expect((await http.call('POST', `${configs}:alter`, { data })).status).toBe(204);
    const { body } = await http.call('GET', configs);
    const byName = new Map(body.data.map((each: { name: string }) => [each.name, each]));
    expect(byName.get('retention.ms')).toMatchObject({
      value: '604800000',
      is_default: true,
      source: 'DEFAULT_CONFIG',
    });
    expect(byName.get('cleanup.policy')).toMatchObject({ value: 'compact', is_default: false });
    expect((await http.call('DELETE', `${configs}/cleanup.policy`)).status).toBe(204);
    expect((await http.call('GET', `${configs}/cleanup.policy`)).body.value).toBe('delete');
    expect(await http.call('PUT', `${configs}/retention.ms`, { value: 'soon' })).toMatchObject({
      status: 400,
      body: { error_code: 40_002 },
    });
    expect((await http.call('PUT', `${cluster}/broker-configs/log.cleaner.threads`, { value: 2 })).status).toBe(204);
    expect((await http.call('GET', `${cluster}/brokers/1/configs/log.cleaner.threads`)).body).toMatchObject({
      value: '2',
      source: 'DYNAMIC_DEFAULT_BROKER_CONFIG',
    });
  });

  test('groups, their members and their lags', async () => {
    const http = await startHttp();
    const groups = `${await clusterOf(http)}/consumer-groups`;
    await cli(http.port, ['produce', 't'], { stdin: 'a\nb\nc\n' });
    await cli(http.port, ['consume', 't', '-G', 'g', '-c', '1']);
    expect((await http.call('GET', groups)).body.data).toMatchObject([
      { kind: 'KafkaConsumerGroup', consumer_group_id: 'g', state: 'EMPTY', type: 'CLASSIC' },
    ]);
    expect((await http.call('GET', `${groups}/g/lags`)).body.data).toMatchObject([
      { kind: 'KafkaConsumerLag', topic_name: 't', partition_id: 0, current_offset: 1, log_end_offset: 3, lag: 2 },
    ]);
    expect((await http.call('GET', `${groups}/g/lag-summary`)).body).toMatchObject({
      max_lag: 2,
      total_lag: 2,
      max_lag_topic_name: 't',
    });
    expect((await http.call('GET', `${groups}/g/consumers`)).body.data).toEqual([]);
    expect((await http.call('GET', `${groups}/nobody`)).status).toBe(404);
  });

  test('ACLs', async () => {
    const http = await startHttp({
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
    });
    const acls = `${await clusterOf(http)}/acls`;
    const acl = {
      ...{ resource_type: 'TOPIC', resource_name: 'topic-', pattern_type: 'PREFIXED', principal: 'User:alice' },
      ...{ host: '*', operation: 'DESCRIBE', permission: 'ALLOW' },
    };
    expect((await http.call('POST', acls, acl)).status).toBe(201);
    expect((await http.call('GET', `${acls}?principal=User:alice`)).body.data).toMatchObject([
      { kind: 'KafkaAcl', ...acl },
    ]);
    expect((await http.call('GET', `${acls}?operation=WRITE`)).body.data).toEqual([]);
    expect((await http.call('POST', acls, { ...acl, operation: 'FLY' })).body.error_code).toBe(400);
    expect((await http.call('DELETE', `${acls}?resource_name=topic-`)).body.data).toMatchObject([acl]);
    expect((await http.call('GET', acls)).body.data).toEqual([]);
  });
});

describe('REST Proxy v3: producing', () => {
  const produce = async (http: TestHttp, body: string) => {
    const cluster = await clusterOf(http);
    const response = await fetch(`${http.url}${cluster}/topics/t/records`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const reports = (await response.text())
      .trimEnd()
      .split('\r\n')
      .map((line) => JSON.parse(line));
    return { status: response.status, reports };
  };

  test('a stream of records, one report each', async () => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't', partitions: 2 });
    const records = [
      {
        partition_id: 1,
        headers: [{ name: 'h', value: base64('x') }],
        key: { type: 'BINARY', data: base64('k') },
        value: { type: 'JSON', data: { foo: 'bär' } },
        timestamp: '2021-02-05T19:14:42Z',
      },
      { partition_id: 1, value: { type: 'STRING', data: 'text' } },
      { partition_id: 1, value: { type: 'AVRO', data: 1 } },
      { partition_id: 9, value: { type: 'STRING', data: 'x' } },
    ];
    const { status, reports } = await produce(http, records.map((record) => JSON.stringify(record)).join(' \n'));
    expect(status).toBe(200);
    expect(reports).toMatchObject([
      {
        ...{ error_code: 200, topic_name: 't', partition_id: 1, offset: 0, timestamp: '2021-02-05T19:14:42.000Z' },
        key: { type: 'BINARY', size: 1 },
        value: { type: 'JSON', size: 14 },
      },
      { error_code: 200, partition_id: 1, offset: 1, value: { type: 'STRING', size: 4 } },
      { error_code: 42_206 },
      { error_code: 40_403 },
    ]);
    const { body } = await http.call('GET', '/consume?topic=t&partition=1');
    expect(body.messages).toMatchObject([
      { key: 'k', value: '{"foo":"bär"}', headers: { h: 'x' }, timestamp: 1_612_552_482_000 },
      { key: null, value: 'text' },
    ]);
  });

  test('what is no record is told where it stands, after the reports of those before it', async () => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't' });
    const good = JSON.stringify({ value: { type: 'STRING', data: 'a' } });
    expect((await produce(http, `${good}${good}{"value":`)).reports).toMatchObject([
      { error_code: 200 },
      { error_code: 200 },
      { error_code: 400, message: 'the last record is not whole' },
    ]);
    expect(await produce(http, '[1]')).toMatchObject({ status: 400, reports: [{ error_code: 400 }] });
    expect((await produce(http, ' ')).status).toBe(400);
  });

  test('a topic that is not there is not made', async () => {
    const http = await startHttp();
    expect(await produce(http, '{}')).toMatchObject({ status: 404, reports: [{ error_code: 40_403 }] });
  });

  test('a batch tells successes from failures', async () => {
    const http = await startHttp();
    await http.call('POST', '/topics', { name: 't' });
    const entries = [
      { id: 'a', value: { type: 'STRING', data: '1' } },
      { id: 'b', value: { type: 'BINARY', data: 'no base64' } },
    ];
    const { status, body } = await http.call('POST', `${await clusterOf(http)}/topics/t/records:batch`, { entries });
    expect(status).toBe(207);
    expect(body).toMatchObject({ successes: [{ id: 'a', offset: 0 }], failures: [{ id: 'b', error_code: 400 }] });
  });

  test('objects are cut out of a stream wherever its pieces end', () => {
    const objects = ['{"a":"}{\\"\\\\"}', '{"b":[{"c":"ä"}]}', '{}'];
    const bytes = Buffer.from(` ${objects.join('\n')} `);
    for (let size = 1; size <= bytes.length; size++) {
      const stream = new JsonStream(100);
      const found: string[] = [];
      for (let at = 0; at < bytes.length; at += size) found.push(...stream.push(bytes.subarray(at, at + size)));
      stream.end();
      expect(found).toEqual(objects);
    }
    expect(() => new JsonStream(10).push(Buffer.from('{"a":"0123456789'))).toThrow('too large');
  });

  test('many small pieces cost no more than few large ones', () => {
    const stream = new JsonStream(2 ** 22);
    const object = `{"a":"${'x'.repeat(400_000)}"}`;
    const found: string[] = [];
    const startedMs = performance.now();
    for (const char of object) found.push(...stream.push(Buffer.from(char)));
    // Quadratic it takes more than a minute.
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect(found).toEqual([object]);
  });
});
