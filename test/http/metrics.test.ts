import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { offsetCommitRequest, offsetCommitResponse } from '../../protocol/schema/08-offset-commit.ts';
import { findCoordinatorRequest, findCoordinatorResponse } from '../../protocol/schema/10-find-coordinator.ts';
import { apiVersionsRequest, apiVersionsResponse } from '../../protocol/schema/18-api-versions.ts';
import { parsePrometheus, type Scraped } from '../support/prometheus.ts';
import { startHttp } from './support.ts';

async function scrape(url: string): Promise<ReadonlyMap<string, Scraped>> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parsePrometheus(await response.text());
}

function value(families: ReadonlyMap<string, Scraped>, series: string): number | undefined {
  const name = series.replace(/\{.*/, '');
  return (families.get(name) ?? families.get(name.replace(/_count$/, '')))?.samples.get(series);
}

describe('/metrics', () => {
  test('counts what was written and read, by topic', async () => {
    const { call, url } = await startHttp();
    await call('POST', '/topics', { name: 'one', partitions: 2 });
    await call('POST', '/topics', { name: 'other', partitions: 1 });
    const records = [
      { value: 'a', partition: 0 },
      { value: 'b', partition: 0 },
      { value: 'c', partition: 1 },
    ];
    await call('POST', '/produce', { topic: 'one', records });
    await call('GET', '/consume?topic=one&partition=0');
    const families = await scrape(url);
    expect(value(families, 'kafka_server_brokertopicmetrics_messagesin_total{topic="one"}')).toBe(3);
    // Two batches of 61 bytes of header; a record is its length and six bytes of frame around one of value.
    expect(value(families, 'kafka_server_brokertopicmetrics_bytesin_total{topic="one"}')).toBe(2 * 61 + 3 * 8);
    expect(value(families, 'kafka_server_brokertopicmetrics_bytesout_total{topic="one"}')).toBe(61 + 2 * 8);
    expect(value(families, 'kafka_server_brokertopicmetrics_totalproducerequests_total{topic="one"}')).toBe(2);
    expect(value(families, 'kafka_server_brokertopicmetrics_messagesin_total{topic="other"}')).toBe(0);
    expect(value(families, 'kafka_log_log_logendoffset{topic="one",partition="0"}')).toBe(2);
    expect(value(families, 'kafka_log_log_size{topic="one",partition="1"}')).toBe(61 + 8);
    expect(value(families, 'kafka_log_log_numlogsegments{topic="one",partition="1"}')).toBe(1);
  });

  test('counts requests by API and version, their failures, and their times from the first scrape on', async () => {
    const { call, url, connect } = await startHttp();
    const client = await connect();
    await client.request([apiVersionsRequest, apiVersionsResponse], 3, {
      clientSoftwareName: 'test',
      clientSoftwareVersion: '1',
    });
    const before = await scrape(url);
    expect(value(before, 'kafka_network_requestmetrics_totaltimems_count{request="ApiVersions"}')).toBeUndefined();
    await client.request([apiVersionsRequest, apiVersionsResponse], 3, {
      clientSoftwareName: 'test',
      clientSoftwareVersion: '1',
    });
    await call('POST', '/produce', { topic: 'no/name', value: 'x' });
    const after = await scrape(url);
    const requests = [...after.get('kafka_network_requestmetrics_requests_total')!.samples];
    const apiVersions = requests.filter(([series]) => series.includes('request="ApiVersions"'));
    expect(apiVersions.map(([, count]) => count)).toEqual([2]);
    expect(value(after, 'kafka_network_requestmetrics_totaltimems_count{request="ApiVersions"}')).toBe(1);
    const buckets = [...after.get('kafka_network_requestmetrics_totaltimems')!.samples]
      .filter(([series]) => series.includes('_bucket{request="ApiVersions"'))
      .map(([, count]) => count);
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
    expect(buckets.at(-1)).toBe(1);
    expect(value(after, 'kafka_server_socket_server_metrics_connection_count{listener="PLAINTEXT"}')).toBe(1);
  });

  test('tells the lag of a group', async () => {
    const { call, url, broker } = await startHttp();
    await call('POST', '/topics', { name: 't', partitions: 1 });
    await call('POST', '/produce', { topic: 't', records: Array.from({ length: 10 }, () => ({ value: 'x' })) });
    await commit(broker, 'readers', 't', 4);
    const families = await scrape(url);
    const labels = '{consumergroup="readers",topic="t",partition="0"}';
    expect(value(families, `kafka_consumergroup_current_offset${labels}`)).toBe(4);
    expect(value(families, `kafka_consumergroup_lag${labels}`)).toBe(6);
    expect(value(families, 'kafka_coordinator_group_groups{type="classic",state="Empty"}')).toBe(1);
  });

  test('tells of the cluster, the quorum, the process and HTTP', async () => {
    const { call, url } = await startHttp();
    await call('POST', '/topics', { name: 't', partitions: 3 });
    await scrape(url);
    await call('GET', '/topics/t');
    const families = await scrape(url);
    expect(value(families, 'kafka_controller_kafkacontroller_activecontrollercount')).toBe(1);
    expect(value(families, 'kafka_controller_kafkacontroller_activebrokercount')).toBe(1);
    expect(value(families, 'kafka_controller_kafkacontroller_globalpartitioncount')).toBe(3);
    expect(value(families, 'kafka_server_replicamanager_leadercount')).toBe(3);
    expect(value(families, 'kafka_server_replicamanager_underreplicatedpartitions')).toBe(0);
    expect(value(families, 'kafka_server_raft_metrics_current_state{state="leader"}')).toBe(1);
    expect(value(families, 'process_resident_memory_bytes')).toBeGreaterThan(10e6);
    expect(value(families, 'samsa_http_requests_total{method="GET",route="/topics/:name",status="200"}')).toBe(1);
  });

  test('asks for DESCRIBE of the cluster where ACLs are enforced', async () => {
    const { call } = await startHttp({
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:admin',
    });
    expect((await call('GET', '/metrics')).body).toMatchObject({ status: 403, error: 'CLUSTER_AUTHORIZATION_FAILED' });
  });

  test('has every metric that the Grafana dashboard asks for', async () => {
    const { call, url, broker } = await startHttp();
    await call('POST', '/produce', { topic: 't', value: 'x' });
    await commit(broker, 'readers', 't', 0);
    await scrape(url);
    const families = await scrape(url);
    const dashboard = JSON.parse(readFileSync(new URL('../../docs/grafana/samsa.json', import.meta.url), 'utf8'));
    const expressions: string[] = dashboard.panels.flatMap((panel: { targets?: { expr: string }[] }) =>
      (panel.targets ?? []).map(({ expr }) => expr),
    );
    const names = new Set(expressions.flatMap((each) => each.match(/\b[a-z]+_[a-z0-9_]+(?=\{)/g) ?? []));
    expect(names.size).toBeGreaterThan(30);
    const missing = [...names].filter((name) => !families.has(name) && !families.has(name.replace(/_bucket$/, '')));
    expect(missing).toEqual([]);
    // Each of its panels asks for something.
    expect(expressions.filter((each) => !/\b[a-z]+_[a-z0-9_]+(?=\{)/.test(each))).toEqual([]);
  });
});

async function commit(
  broker: Awaited<ReturnType<typeof startHttp>>['broker'],
  groupId: string,
  topic: string,
  committedOffset: number,
): Promise<void> {
  const client = broker.localClient();
  // Makes __consumer_offsets.
  await client.request([findCoordinatorRequest, findCoordinatorResponse], 4, {
    keyType: 0,
    coordinatorKeys: [groupId],
  });
  const answer = await client.request([offsetCommitRequest, offsetCommitResponse], 8, {
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset, committedLeaderEpoch: -1 }] }],
  });
  expect(answer.topics[0]!.partitions[0]!.errorCode).toBe(0);
  await client.close();
}
