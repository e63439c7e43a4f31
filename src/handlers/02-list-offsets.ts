/** ListOffsets (KIP-79, KIP-207, KIP-734 max timestamp, KIP-405 and KIP-1005 tiered offsets). */
import { KafkaError, toKafkaError } from '../../protocol/errors.ts';
import { listOffsetsRequest, listOffsetsResponse } from '../../protocol/schema/02-list-offsets.ts';
import type { Encodable } from '../../protocol/schema/table.ts';
import type { Isolation } from '../log/log.ts';
import { AclOperation } from '../metadata/acls.ts';
import type { Partition } from '../replication/partition.ts';
import { checkTopicAccess } from './access.ts';
import { handler } from './handler.ts';

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
const EARLIEST_PENDING_UPLOAD = -6;
const FIRST_VERSION_WITH_EPOCH = 4;
/** The version that brought each special timestamp. */
const FIRST_VERSION: ReadonlyMap<number, number> = new Map([
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
]);

type PartitionAnswer = NonNullable<
  NonNullable<Encodable<typeof listOffsetsResponse>['topics']>[number]['partitions']
>[number];

const NOT_FOUND = { offset: -1, timestamp: -1, leaderEpoch: -1 };

export const listOffsets = handler({
  request: listOffsetsRequest,
  response: listOffsetsResponse,

  async handle(request, context, broker) {
    const isolation: Isolation = request.isolationLevel === 1 ? 'lastStable' : 'highWatermark';
    const duplicates = duplicatePartitions(request.topics);
    const topics = await Promise.all(
      request.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          onePerPartition(partitions).map(
            async ({ partitionIndex, currentLeaderEpoch, timestamp }): Promise<PartitionAnswer> => {
              try {
                if (duplicates.has(`${name}-${partitionIndex}`)) {
                  throw new KafkaError('INVALID_REQUEST', `${name}-${partitionIndex} is asked for twice`);
                }
                checkTopicAccess(broker, context, AclOperation.DESCRIBE, name);
                const partition = broker.replicas.get({ topic: name, partition: partitionIndex });
                partition.checkLeader(currentLeaderEpoch);
                if (context.apiVersion < (FIRST_VERSION.get(timestamp) ?? 0) || timestamp < EARLIEST_PENDING_UPLOAD) {
                  throw new KafkaError(
                    'UNSUPPORTED_VERSION',
                    `timestamp ${timestamp} needs a newer ListOffsets version`,
                  );
                }
                const { leaderEpoch, ...found } = await lookUp(partition, timestamp, isolation);
                return {
                  partitionIndex,
                  ...found,
                  ...(context.apiVersion < FIRST_VERSION_WITH_EPOCH ? {} : { leaderEpoch }),
                };
              } catch (thrown) {
                return { partitionIndex, errorCode: toKafkaError(thrown).errorCode, ...NOT_FOUND };
              }
            },
          ),
        ),
      })),
    );
    return { topics };
  },

  failed(request, error) {
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: error.errorCode,
          ...NOT_FOUND,
        })),
      })),
    };
  },
});

/** A partition asked for twice is refused once, as Kafka does. */
function onePerPartition<P extends { readonly partitionIndex: number }>(partitions: readonly P[]): P[] {
  return [...new Map(partitions.map((partition) => [partition.partitionIndex, partition])).values()];
}

function duplicatePartitions(
  topics: readonly { readonly name: string; readonly partitions: readonly { readonly partitionIndex: number }[] }[],
): ReadonlySet<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const key = `${name}-${partitionIndex}`;
      if (seen.has(key)) twice.add(key);
      seen.add(key);
    }
  }
  return twice;
}

async function lookUp(partition: Partition, timestamp: number, isolation: Isolation): Promise<typeof NOT_FOUND> {
  const { log } = partition;
  const epochAt = (offset: number): number => log.epochForOffset(offset) ?? -1;
  switch (timestamp) {
    case LATEST:
      return { offset: partition.endOffset(isolation), timestamp: -1, leaderEpoch: partition.leaderEpoch };
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { offset: log.logStartOffset, timestamp: -1, leaderEpoch: epochAt(log.logStartOffset) };
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      // Without tiered storage nothing is tiered and nothing waits to be.
      return NOT_FOUND;
    default: {
      const found =
        timestamp === MAX_TIMESTAMP ? await log.offsetOfMaxTimestamp() : await log.offsetForTimestamp(timestamp);
      const isVisible = found !== null && found.offset < partition.endOffset(isolation);
      return isVisible ? { ...found, leaderEpoch: found.leaderEpoch ?? -1 } : NOT_FOUND;
    }
  }
}
