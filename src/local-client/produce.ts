import { KafkaError } from '../../protocol/errors.ts';
import type { NewRecord } from '../../protocol/records/batch.ts';
import { errorOf } from './errors.ts';
import { recordSizeBound } from './messages.ts';

/** Of records in one batch, before compression; a topic with a smaller `max.message.bytes` has them split. */
const BATCH_BYTES = 512 * 1024;

/** What became of one message: written where `error` is null. */
export interface ProduceOutcome {
  readonly partition: number;
  /** −1 beside an error. */
  readonly offset: number;
  /** Milliseconds; the log's own where the topic stamps records with the time of their append. */
  readonly timestamp: number;
  readonly error: KafkaError | null;
}

/** A message with the partition that was chosen for it. */
export interface PlacedRecord {
  readonly partition: number;
  readonly record: NewRecord;
}

/** Records of one partition that are sent as one batch. */
export interface PartitionBatch {
  readonly partition: number;
  readonly records: readonly NewRecord[];
}

/** What a broker answered for one batch. */
export interface BatchAnswer {
  readonly errorCode: number;
  readonly errorMessage?: string | null;
  readonly baseOffset: number;
  /** −1 where records keep their own timestamps. */
  readonly logAppendTimeMs: number;
}

/** Sends batches, at most one a partition, and gives each partition's answer. */
export type SendBatches = (batches: readonly PartitionBatch[]) => Promise<ReadonlyMap<number, BatchAnswer>>;

/** Records of one partition, with each one's place among all. */
interface Batch {
  readonly partition: number;
  readonly places: readonly number[];
}

/**
 * Appends records in their order, one batch a partition at a time, and answers for each of them in the same order. A
 * batch that is too large for the topic is split in halves, as by the Java client (KIP-126); others fail alone.
 */
export async function append(
  send: SendBatches,
  topic: string,
  placed: readonly PlacedRecord[],
): Promise<ProduceOutcome[]> {
  const outcomes = new Array<ProduceOutcome>(placed.length);
  const waiting = batchesByPartition(placed);
  while (waiting.size > 0) {
    const wave: Batch[] = [];
    for (const [partition, batches] of waiting) {
      wave.push(batches.shift()!);
      if (batches.length === 0) waiting.delete(partition);
    }
    const answers = await send(
      wave.map(({ partition, places }) => ({ partition, records: places.map((place) => placed[place]!.record) })),
    );
    for (const batch of wave) {
      const answer = answers.get(batch.partition);
      const error = answer === undefined ? unanswered(topic, batch.partition) : errorOf(answer);
      if (error?.error === 'MESSAGE_TOO_LARGE' && batch.places.length > 1) {
        waiting.set(batch.partition, [...halves(batch), ...(waiting.get(batch.partition) ?? [])]);
        continue;
      }
      batch.places.forEach((place, i) => {
        const { partition, record } = placed[place]!;
        const logAppendTimeMs = answer?.logAppendTimeMs ?? -1;
        outcomes[place] = {
          partition,
          offset: error === null ? answer!.baseOffset + i : -1,
          timestamp: logAppendTimeMs < 0 ? record.timestamp : logAppendTimeMs,
          error,
        };
      });
    }
  }
  return outcomes;
}

function batchesByPartition(placed: readonly PlacedRecord[]): Map<number, Batch[]> {
  const byPartition = new Map<number, { bytes: number; places: number[] }[]>();
  placed.forEach(({ partition, record }, place) => {
    let batches = byPartition.get(partition);
    if (batches === undefined) {
      batches = [];
      byPartition.set(partition, batches);
    }
    const bytes = recordSizeBound(record);
    const last = batches.at(-1);
    if (last === undefined || last.bytes + bytes > BATCH_BYTES) {
      batches.push({ bytes, places: [place] });
    } else {
      last.bytes += bytes;
      last.places.push(place);
    }
  });
  return new Map(
    [...byPartition].map(([partition, batches]) => [partition, batches.map(({ places }) => ({ partition, places }))]),
  );
}

function halves({ partition, places }: Batch): Batch[] {
  const middle = Math.ceil(places.length / 2);
  return [
    { partition, places: places.slice(0, middle) },
    { partition, places: places.slice(middle) },
  ];
}

function unanswered(topic: string, partition: number): KafkaError {
  return new KafkaError('UNKNOWN_SERVER_ERROR', `the broker said nothing of ${topic}-${partition}`);
}
