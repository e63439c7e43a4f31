import { describe, expect, test } from 'vitest';
import { clientFamilies } from '../../src/broker/metrics/client-push-metrics.ts';

const sample = (
  name: string,
  value: number,
  attributes: Record<string, string> = {},
  kind: 'counter' | 'gauge' = 'counter',
) => ({
  ...{ clientInstanceId: 'c1', name, kind, value },
  attributes: new Map(Object.entries(attributes)),
});

describe('metrics that clients push', () => {
  test("have Kafka's name, the client and its attributes", () => {
    const pushed = sample('org.apache.kafka.producer.connection.creation.total', 3, {
      'client.rack': 'a',
      node_id: '1',
    });
    expect(clientFamilies([pushed])).toEqual([
      {
        name: 'kafka_client_producer_connection_creation_total',
        help: 'org.apache.kafka.producer.connection.creation.total, as clients pushed it',
        type: 'counter',
        samples: [{ value: 3, labels: { client_rack: 'a', node_id: '1', client_instance_id: 'c1' } }],
      },
    ]);
  });

  test('whatever a client calls them, a scrape stays one that Prometheus takes', () => {
    const families = clientFamilies([
      sample('a.b', 1, { x: '1' }),
      sample('a_b', 2, { x: '1' }, 'gauge'),
      sample('a b', 3, { __name__: 'z', '9': 'y', '': 'w', client_instance_id: 'other' }),
    ]);
    expect(families).toMatchObject([{ name: 'kafka_client_a_b', type: 'counter' }]);
    expect([...families[0]!.samples]).toEqual([
      { value: 1, labels: { x: '1', client_instance_id: 'c1' } },
      { value: 3, labels: { a_name__: 'z', a_9: 'y', a_: 'w', client_instance_id: 'c1' } },
    ]);
  });
});
