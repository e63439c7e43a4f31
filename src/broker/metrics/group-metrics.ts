import { gauge, type MetricFamily, type Sample } from './metric-family.ts';
import type { ObservedParts } from './observed-parts.ts';

/** As a request of that version would ask: groups with their states and types, offsets by topic name. */
const LIST_VERSION = 5;
const FETCH_VERSION = 9;
/** Who asks, in the coordinator's words. */
const ASKING = { clientId: 'metrics', clientHost: '/127.0.0.1' };

interface Committed {
  readonly consumergroup: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Groups whose coordinator this broker is. Lag is told of partitions with a replica here. */
export async function groupMetrics({
  groups,
  replicas,
}: Pick<ObservedParts, 'groups' | 'replicas'>): Promise<MetricFamily[]> {
  const { groups: listed = [] } = await groups.listGroups(
    { ...ASKING, apiVersion: LIST_VERSION },
    { statesFilter: [], typesFilter: [] },
  );
  const byState = new Map<string, number>();
  for (const { groupType = '', groupState = '' } of listed) {
    const key = `${groupType}\n${groupState}`;
    byState.set(key, (byState.get(key) ?? 0) + 1);
  }
  const committed = (await Promise.all(listed.map(({ groupId = '' }) => committedOffsets(groups, groupId)))).flat();
  return [
    gauge(
      'kafka_coordinator_group_groups',
      'Groups, by type and state',
      [...byState].map(([key, value]) => {
        const [type = '', state = ''] = key.split('\n');
        return { labels: { type, state }, value };
      }),
    ),
    gauge('kafka_coordinator_group_offsets', 'Offsets that groups have committed', committed.length),
    gauge(
      'kafka_consumergroup_current_offset',
      'The offset that a group has committed',
      committed.map(({ offset, ...labels }) => ({ labels, value: offset })),
    ),
    gauge('kafka_consumergroup_lag', 'Records between a group’s offset and the end', lags(committed, replicas)),
  ];
}

async function committedOffsets(groups: ObservedParts['groups'], groupId: string): Promise<Committed[]> {
  const { groups: answers = [] } = await groups.offsetFetch(
    { ...ASKING, apiVersion: FETCH_VERSION },
    {
      groupId: '',
      topics: [],
      groups: [{ groupId, memberId: null, memberEpoch: -1, topics: null }],
      requireStable: false,
    },
  );
  return answers.flatMap(({ topics }) =>
    (topics ?? []).flatMap(({ name: topic = '', partitions = [] }) =>
      partitions.map(({ partitionIndex = 0, committedOffset = -1 }) => ({
        consumergroup: groupId,
        topic,
        partition: partitionIndex,
        offset: committedOffset,
      })),
    ),
  );
}

function* lags(committed: readonly Committed[], replicas: ObservedParts['replicas']): Generator<Sample> {
  for (const { offset, ...labels } of committed) {
    const log = replicas.find(labels.topic, labels.partition)?.log;
    if (log !== undefined) yield { labels, value: Math.max(0, log.highWatermark - offset) };
  }
}
