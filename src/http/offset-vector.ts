/**
 * Where a reader stands in a topic: the next offset of each partition, written `0:42,1:7`. It is the id of a server-sent
 * event and the `offset` that `/consume` goes on from.
 */
import { KafkaError } from '../../protocol/errors.ts';

export type OffsetVector = ReadonlyMap<number, number>;

const ENTRY = /^(\d{1,10}):(\d{1,16})$/;

export function formatOffsets(offsets: OffsetVector): string {
  return [...offsets].map(([partition, offset]) => `${partition}:${offset}`).join(',');
}

/** Throws INVALID_REQUEST for anything that `formatOffsets` does not write. */
export function parseOffsets(text: string): Map<number, number> {
  const offsets = new Map<number, number>();
  for (const entry of text.split(',')) {
    const match = ENTRY.exec(entry);
    const [partition, offset] = [Number(match?.[1]), Number(match?.[2])];
    if (match === null || !Number.isSafeInteger(offset) || offsets.has(partition)) {
      throw new KafkaError(
        'INVALID_REQUEST',
        `offset ${text.slice(0, 100)} is not understood; write earliest, latest, a number, or partition:offset,…`,
      );
    }
    offsets.set(partition, offset);
  }
  return offsets;
}
