/** Who a replica of the metadata log is: its node and, since KIP-853, the directory its log is in. */

/** Kafka's zero uuid: a directory id that is not known. */
export const NO_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAA';

export interface ReplicaKey {
  readonly id: number;
  /** `NO_DIRECTORY` when it is not known. */
  readonly directoryId: string;
}

/** As Kafka prints it in messages. */
export function describeReplica({ id, directoryId }: ReplicaKey): string {
  return `ReplicaKey(id=${id}, directoryId=${directoryId === NO_DIRECTORY ? '<undefined>' : directoryId})`;
}
