/** `samsa cluster`: who is there, what it can, how the quorum stands, how full the disks are. */
import { describeLogDirsRequest, describeLogDirsResponse } from '../../../protocol/schema/35-describe-log-dirs.ts';
import { describeQuorumRequest, describeQuorumResponse } from '../../../protocol/schema/55-describe-quorum.ts';
import { describeClusterRequest, describeClusterResponse } from '../../../protocol/schema/60-describe-cluster.ts';
import { errorOf, throwIfFailed } from '../../local-client/errors.ts';
import { byText } from './output.ts';
import type { Session } from './session.ts';

const DESCRIBE_CLUSTER = [describeClusterRequest, describeClusterResponse] as const;
const DESCRIBE_QUORUM = [describeQuorumRequest, describeQuorumResponse] as const;
const DESCRIBE_LOG_DIRS = [describeLogDirsRequest, describeLogDirsResponse] as const;
const METADATA_TOPIC = '__cluster_metadata';

export async function describeCluster({ cluster, output }: Session): Promise<void> {
  const answer = await (await cluster.any()).send(DESCRIBE_CLUSTER, {});
  throwIfFailed(answer, 'the cluster');
  const { clusterId, controllerId } = answer;
  const brokers = answer.brokers
    .map(({ brokerId, host, port, rack }) => ({ broker: brokerId, host, port, rack }))
    .sort((a, b) => a.broker - b.broker);
  output.json({ clusterId, controllerId: controllerId < 0 ? null : controllerId, brokers });
  if (output.isJson) return;
  output.line(`cluster ${output.style('bold', clusterId)}, controller ${controllerId < 0 ? 'unknown' : controllerId}`);
  output.table(brokers, ['broker', 'host', 'port', 'rack']);
}

export async function describeFeatures({ cluster, output }: Session): Promise<void> {
  const { supportedFeatures, finalizedFeatures, finalizedFeaturesEpoch } = (await cluster.any()).apiVersions;
  const finalized = new Map(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]));
  const rows = supportedFeatures
    .map(({ name, minVersion: min, maxVersion: max }) => ({ feature: name, min, max, level: finalized.get(name) ?? 0 }))
    .sort(byText('feature'));
  output.table(rows, ['feature', 'min', 'max', 'level']);
  output.line(output.style('dim', `epoch ${finalizedFeaturesEpoch}`));
}

export async function describeQuorum({ cluster, output }: Session): Promise<void> {
  const topics = [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }];
  const answer = await (await cluster.any()).send(DESCRIBE_QUORUM, { topics });
  throwIfFailed(answer, 'the quorum');
  const partition = answer.topics[0]!.partitions[0]!;
  throwIfFailed(partition, 'the quorum');
  const { leaderId, leaderEpoch, highWatermark, currentVoters, observers } = partition;
  const row = (role: string) => (state: (typeof currentVoters)[number]) => ({
    node: state.replicaId,
    role: state.replicaId === leaderId ? 'leader' : role,
    'log-end': state.logEndOffset,
    lag: Math.max(0, highWatermark - state.logEndOffset),
    'caught-up': state.lastCaughtUpTimestamp < 0 ? null : new Date(state.lastCaughtUpTimestamp).toISOString(),
    directory: state.replicaDirectoryId,
  });
  const rows = [...currentVoters.map(row('voter')), ...observers.map(row('observer'))];
  output.json({ leaderId, leaderEpoch, highWatermark, replicas: rows });
  if (output.isJson) return;
  output.line(`leader ${leaderId}, epoch ${leaderEpoch}, high watermark ${highWatermark}`);
  output.table(rows, ['node', 'role', 'log-end', 'lag', 'caught-up', 'directory']);
}

export async function describeLogDirs({ cluster, output }: Session): Promise<void> {
  const { brokers } = await cluster.metadata([]);
  const rows = [];
  for (const { nodeId } of brokers) {
    const answer = await (await cluster.broker(nodeId)).send(DESCRIBE_LOG_DIRS, { topics: null });
    throwIfFailed(answer, `log dirs of broker ${nodeId}`);
    for (const dir of answer.results) {
      const partitions = dir.topics.flatMap((topic) => topic.partitions);
      rows.push({
        broker: nodeId,
        directory: dir.logDir,
        partitions: partitions.length,
        bytes: partitions.reduce((sum, { partitionSize }) => sum + partitionSize, 0),
        usable: dir.usableBytes < 0 ? null : dir.usableBytes,
        error: errorOf(dir)?.error ?? null,
      });
    }
  }
  output.table(rows, ['broker', 'directory', 'partitions', 'bytes', 'usable', 'error']);
}
