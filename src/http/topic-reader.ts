/** Reads a topic from an offset vector on: what `/consume`, server-sent events and WebSocket consumers share. */
import { KafkaError } from '../../protocol/errors.ts';
import { EARLIEST, type Isolation, LATEST, type LocalClient } from '../local-client/local-client.ts';
import type { ConsumedMessage } from '../local-client/messages.ts';
import type { Clock } from '../platform/clock.ts';
import { parseOffsets } from './offset-vector.ts';
import { listOffsets } from './topic-offsets.ts';

export interface TopicReaderOptions {
  readonly client: LocalClient;
  readonly clock: Clock;
  readonly topic: string;
  /** The next offset of each partition. */
  readonly offsets: ReadonlyMap<number, number>;
  readonly isolation?: Isolation | undefined;
}

export interface ReadLimits {
  readonly maxMessages: number;
  /** Of records as stored; one batch comes at least. */
  readonly maxBytes: number;
  /** How long to wait for a first message. */
  readonly maxWaitMs: number;
  /** The partition that is read first, counted round. */
  readonly turn: number;
  readonly signal?: AbortSignal | undefined;
}

export class TopicReader {
  readonly topic: string;
  /** Where the next read begins, by partition. */
  readonly offsets: Map<number, number>;
  readonly #options: TopicReaderOptions;

  constructor(options: TopicReaderOptions) {
    this.#options = options;
    this.topic = options.topic;
    this.offsets = new Map([...options.offsets].sort(([a], [b]) => a - b));
  }

  /**
   * Messages of all partitions, in their order within each and by turns between them; none when the time is over.
   * Rejects with the first partition's error when one has any, and with the signal's reason.
   */
  async read(limits: ReadLimits): Promise<ConsumedMessage[]> {
    const { client, clock, topic, isolation } = this.#options;
    const deadlineMs = clock.monotonic() + limits.maxWaitMs;
    for (;;) {
      const order = rotated([...this.offsets], limits.turn);
      const fetched = await client.fetch({
        partitions: order.map(([partition, offset]) => ({ topic, partition, offset })),
        maxBytes: limits.maxBytes,
        maxMessages: limits.maxMessages,
        maxWaitMs: Math.max(0, Math.ceil(deadlineMs - clock.monotonic())),
        ...(isolation === undefined ? {} : { isolation }),
        signal: limits.signal,
      });
      const failed = fetched.find(({ error }) => error !== null);
      if (failed?.error != null) throw failed.error;
      const messages = byTurns(
        fetched.map(({ messages }) => messages),
        limits.maxMessages,
      );
      let hasMoved = messages.length > 0;
      for (const { partition, messages: all, nextOffset } of fetched) {
        // What has no messages (markers of transactions, what compaction left) is read past.
        if (all.length > 0 || nextOffset === this.offsets.get(partition)) continue;
        this.offsets.set(partition, nextOffset);
        hasMoved = true;
      }
      for (const { partition, offset } of messages) this.offsets.set(partition, offset + 1);
      if (messages.length > 0 || (!hasMoved && clock.monotonic() >= deadlineMs)) return messages;
    }
  }
}

/**
 * Where a reader begins: `earliest`, `latest`, a number for the one partition, or an offset vector. Partitions that a
 * vector does not know came later, and are read from their start. Rejects with UNKNOWN_TOPIC_OR_PARTITION.
 */
export async function startingOffsets(
  client: LocalClient,
  topic: string,
  offset: string,
  wanted: readonly number[] | undefined,
): Promise<Map<number, number>> {
  const metadata = await client.topicMetadata(topic, { allowAutoTopicCreation: false });
  const all = metadata.partitions.map(({ partitionIndex }) => partitionIndex).sort((a, b) => a - b);
  const partitions = wanted ?? all;
  const missing = partitions.find((partition) => !all.includes(partition));
  if (missing !== undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `${topic} has no partition ${missing}; it has ${all.length}`);
  }
  if (offset === 'earliest') return listOffsets(client, topic, partitions, EARLIEST);
  if (offset === 'latest') return listOffsets(client, topic, partitions, LATEST);
  if (/^\d{1,16}$/.test(offset) && Number.isSafeInteger(Number(offset))) {
    if (partitions.length === 1) return new Map([[partitions[0]!, Number(offset)]]);
    throw new KafkaError('INVALID_REQUEST', `offset ${offset} needs a partition: ${topic} has ${all.length}`);
  }
  const known = parseOffsets(offset);
  const stranger = [...known.keys()].find((partition) => !all.includes(partition));
  if (stranger !== undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `${topic} has no partition ${stranger}; it has ${all.length}`);
  }
  const others = partitions.filter((partition) => !known.has(partition));
  const starts = others.length === 0 ? new Map<number, number>() : await listOffsets(client, topic, others, EARLIEST);
  return new Map(partitions.map((partition) => [partition, known.get(partition) ?? starts.get(partition)!]));
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

/** One of each list in turn, up to `max` in all. */
function byTurns<T>(lists: readonly (readonly T[])[], max: number): T[] {
  const taken: T[] = [];
  for (let place = 0, left = lists.filter((list) => list.length > 0); left.length > 0; place++) {
    for (const list of left) {
      if (taken.length >= max) return taken;
      taken.push(list[place]!);
    }
    left = left.filter((list) => list.length > place + 1);
  }
  return taken;
}
