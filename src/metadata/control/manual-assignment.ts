import { KafkaError } from '../../../protocol/errors.ts';
import type { MetadataImage } from '../image.ts';

/** Throws INVALID_REPLICA_ASSIGNMENT for replicas that a client named and that cannot be a partition's. */
export function checkAssignment(
  state: MetadataImage,
  brokerIds: readonly number[],
  replicationFactor: number | undefined,
): void {
  if (brokerIds.length === 0) {
    throw invalidAssignment('The manual partition assignment includes an empty replica list.');
  }
  const sorted = [...brokerIds].sort((a, b) => a - b);
  sorted.forEach((id, i) => {
    if (!state.brokers.has(id)) {
      throw invalidAssignment(
        `The manual partition assignment includes broker ${id}, but no such broker is registered.`,
      );
    }
    if (id === sorted[i - 1]) {
      throw invalidAssignment(`The manual partition assignment includes the broker ${id} more than once.`);
    }
  });
  if (replicationFactor !== undefined && replicationFactor !== brokerIds.length) {
    throw invalidAssignment(
      `The manual partition assignment includes a partition with ${brokerIds.length} replica(s), but this is not ` +
        `consistent with previous partitions, which have ${replicationFactor} replica(s).`,
    );
  }
}

export function invalidAssignment(message: string): KafkaError {
  return new KafkaError('INVALID_REPLICA_ASSIGNMENT', message);
}
