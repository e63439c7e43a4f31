import { EARLIEST, type Isolation, LATEST, type LocalClient } from '../local-client/local-client.ts';
import type { ConsumedMessage } from '../local-client/messages.ts';

/** How long one fetch of a stream waits in the broker; then it asks again. */
const WAIT_MS = 5_000;

/** An offset, or where a partition begins or ends now. */
export type StartOffset = number | 'earliest' | 'latest';

export interface StreamOptions {
  /** All partitions when absent. */
  readonly partition?: number;
  /** `earliest` when absent. */
  readonly offset?: StartOffset;
  readonly isolation?: Isolation;
  /** Ends the stream. */
  readonly signal?: AbortSignal;
}

export interface MessageStream extends AsyncIterableIterator<ConsumedMessage> {
  /** Ends it, also while it waits. */
  return(): Promise<IteratorResult<ConsumedMessage>>;
}

/** A topic's messages as they come, without a group; in order within each partition. It ends by `return` or its signal. */
export function messageStream(client: LocalClient, topic: string, options: StreamOptions): MessageStream {
  const stop = new AbortController();
  const signals = options.signal === undefined ? [stop.signal] : [stop.signal, options.signal];
  const messages = read(client, topic, options, AbortSignal.any(signals));
  return {
    next: () => messages.next(),
    return: () => {
      stop.abort();
      return messages.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* read(
  client: LocalClient,
  topic: string,
  { partition, offset = 'earliest', isolation = 'read_uncommitted' }: StreamOptions,
  signal: AbortSignal,
): AsyncGenerator<ConsumedMessage, undefined> {
  const partitions = partition === undefined ? await partitionsOf(client, topic) : [partition];
  const next = new Map<number, number>();
  for (const each of partitions) next.set(each, await startOffset(client, topic, each, offset));
  while (!signal.aborted) {
    const positions = [...next].map(([each, position]) => ({ topic, partition: each, offset: position }));
    const fetched = await unlessAborted(
      client.fetch({ partitions: positions, maxWaitMs: WAIT_MS, isolation, signal }),
      signal,
    );
    for (const { partition: from, error, messages, nextOffset } of fetched ?? []) {
      if (error !== null) throw error;
      for (const message of messages) {
        if (signal.aborted) return;
        yield message;
      }
      next.set(from, nextOffset);
    }
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function partitionsOf(client: LocalClient, topic: string): Promise<number[]> {
  const { partitions } = await client.topicMetadata(topic);
  return partitions.map(({ partitionIndex }) => partitionIndex).sort((a, b) => a - b);
}

export async function startOffset(
  client: LocalClient,
  topic: string,
  partition: number,
  offset: StartOffset,
): Promise<number> {
  if (typeof offset === 'number') return offset;
  return client.listOffset(topic, partition, offset === 'latest' ? LATEST : EARLIEST);
}
