import { ErrorCode, errorName, KafkaError } from '../../protocol/errors.ts';
import { listOffsetsRequest, listOffsetsResponse } from '../../protocol/schema/02-list-offsets.ts';
import type { LocalClient } from '../local-client/local-client.ts';

/** The last version that this needs anything of. */
const VERSION = 10;

/** `EARLIEST`'s or `LATEST`'s offset of several partitions of a topic in one request. Rejects with the first error. */
export async function listOffsets(
  client: LocalClient,
  topic: string,
  partitions: readonly number[],
  timestamp: number,
): Promise<Map<number, number>> {
  const answer = await client.request([listOffsetsRequest, listOffsetsResponse], VERSION, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })) }],
  });
  const offsets = new Map<number, number>();
  for (const { partitionIndex, errorCode, offset } of answer.topics.flatMap((each) => each.partitions)) {
    if (errorCode !== ErrorCode.NONE) {
      const name = errorName(errorCode);
      throw new KafkaError(name, `the offsets of ${topic}-${partitionIndex} were answered ${name}`);
    }
    offsets.set(partitionIndex, offset);
  }
  return offsets;
}
