/** `samsa consume` and `samsa tail`: messages to standard output. */
import { GroupConsumer } from '../../client/group-consumer.ts';
import { partitionName, type TopicPartition } from '../../client/offsets.ts';
import { PartitionReader, type ReadBatch } from '../../client/partition-reader.ts';
import type { ValueFormat } from '../../http/json-values.ts';
import { toJsonMessage } from '../../http/messages.ts';
import type { Isolation } from '../../local-client/local-client.ts';
import type { ConsumedMessage } from '../../local-client/messages.ts';
import { messageFormat } from './message-format.ts';
import { type OffsetArgument, parseOffset, resolveOffsets } from './offset-argument.ts';
import { type Session, UsageError } from './session.ts';

export interface ConsumeFlags {
  readonly offset?: string;
  readonly partition?: readonly number[];
  readonly count?: number;
  readonly exitAtEnd?: boolean;
  readonly format?: string;
  readonly values?: ValueFormat;
  readonly group?: string;
  readonly isolation?: Isolation;
}

const DEFAULT_FORMAT = '%s\\n';

/** Until there is no more to read (`--exit-at-end`), enough was read (`--count`), or the person has enough. */
export async function consume(session: Session, topics: readonly string[], flags: ConsumeFlags): Promise<void> {
  const print = printer(session, flags);
  if (flags.group !== undefined) await consumeAsMember(session, topics, { ...flags, group: flags.group }, print);
  else await consumePartitions(session, await partitionsOf(session, topics, flags), flags, print);
}

export interface TailFlags extends Omit<ConsumeFlags, 'offset' | 'group' | 'count'> {
  readonly lines: number;
  readonly follow: boolean;
}

/** The last messages of each partition, then what comes. */
export async function tail(session: Session, topics: readonly string[], flags: TailFlags): Promise<void> {
  const options = { ...flags, offset: `-${flags.lines}`, exitAtEnd: !flags.follow };
  await consume(session, topics, options);
}

async function partitionsOf(
  { cluster }: Session,
  topics: readonly string[],
  { partition: wanted }: ConsumeFlags,
): Promise<TopicPartition[]> {
  const found: TopicPartition[] = [];
  for (const topic of topics) {
    const { partitions } = await cluster.topic(topic);
    const indexes = partitions.map(({ partitionIndex }) => partitionIndex);
    for (const partition of wanted ?? indexes) {
      if (!indexes.includes(partition)) {
        throw new UsageError(`${topic} has no partition ${partition}: it has 0 to ${indexes.length - 1}`);
      }
      found.push({ topic, partition });
    }
  }
  return found;
}

async function consumePartitions(
  { cluster, signal }: Session,
  partitions: readonly TopicPartition[],
  flags: ConsumeFlags,
  print: (messages: readonly ConsumedMessage[]) => Promise<void>,
): Promise<void> {
  const start: OffsetArgument = parseOffset(flags.offset ?? 'earliest');
  const offsets = await resolveOffsets(cluster, partitions, start);
  const isolation = flags.isolation ?? 'read_uncommitted';
  const reader = new PartitionReader(cluster, { isolation, offsetReset: 'earliest' });
  reader.assign(partitions.map((each) => ({ ...each, offset: offsets.get(partitionName(each))! })));
  let left = flags.count ?? Number.POSITIVE_INFINITY;
  while (!signal.aborted && left > 0 && reader.positions().length > 0) {
    for (const batch of await reader.poll()) {
      left = await printBatch(batch, left, print);
      // The end as it is now: `--exit-at-end` also reads what came meanwhile, as kcat does.
      if (flags.exitAtEnd === true && batch.nextOffset >= batch.endOffset) reader.drop(batch);
    }
  }
}

async function consumeAsMember(
  { cluster, signal }: Session,
  topics: readonly string[],
  flags: ConsumeFlags & { readonly group: string },
  print: (messages: readonly ConsumedMessage[]) => Promise<void>,
): Promise<void> {
  const start = parseOffset(flags.offset ?? 'earliest');
  if (start.kind !== 'earliest' && start.kind !== 'latest') {
    throw new UsageError(
      'a group begins at its committed offsets; --offset says only earliest or latest for partitions without. ' +
        '`samsa group reset` moves the offsets of a group.',
    );
  }
  const isolation = flags.isolation ?? 'read_uncommitted';
  const consumer = new GroupConsumer(cluster, { groupId: flags.group, topics, isolation, offsetReset: start.kind });
  let left = flags.count ?? Number.POSITIVE_INFINITY;
  try {
    const atEnd = new Set<string>();
    while (!signal.aborted && left > 0) {
      const batches = await consumer.poll();
      for (const batch of batches) {
        left = await printBatch(batch, left, print, (offset) => consumer.seek(batch, offset));
        if (batch.nextOffset >= batch.endOffset) atEnd.add(partitionName(batch));
        else atEnd.delete(partitionName(batch));
      }
      const mine = consumer.assignment();
      if (flags.exitAtEnd === true && mine.length > 0 && mine.every((each) => atEnd.has(partitionName(each)))) break;
    }
  } finally {
    await consumer.close();
  }
}

/** Prints at most `left` messages; returns how many are left after it. What is not printed is not read. */
async function printBatch(
  { messages }: ReadBatch,
  left: number,
  print: (messages: readonly ConsumedMessage[]) => Promise<void>,
  seek?: (offset: number) => void,
): Promise<number> {
  const printed = messages.slice(0, left);
  if (printed.length > 0) await print(printed);
  if (printed.length < messages.length) seek?.(messages[printed.length]!.offset);
  return left - printed.length;
}

function printer({ output }: Session, flags: ConsumeFlags): (messages: readonly ConsumedMessage[]) => Promise<void> {
  if (output.isJson) {
    const values = flags.values ?? 'text';
    return (messages) =>
      output.raw(messages.map((message) => `${JSON.stringify(toJsonMessage(message, values))}\n`).join(''));
  }
  const format = messageFormat(flags.format ?? DEFAULT_FORMAT);
  return (messages) => output.raw(Buffer.concat(messages.map(format)));
}
