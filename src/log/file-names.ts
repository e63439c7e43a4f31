/** How Kafka names the files and directories of logs. */
import { KafkaError } from '../../protocol/errors.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export type SegmentSuffix = '.log' | '.index' | '.timeindex' | '.txnindex' | '.snapshot';

/**
 * Behind a segment file's name: made by compaction and not whole yet; whole, and about to take the place of others; out
 * of the log, and to be removed.
 */
export type TransientSuffix = '.cleaned' | '.swap' | '.deleted';

export const LEADER_EPOCH_CHECKPOINT = 'leader-epoch-checkpoint';
export const PARTITION_METADATA = 'partition.metadata';

const OFFSET_DIGITS = 20;
/** Of a directory. */
export const LONGEST_NAME = 255;

/** `00000000000000000042.log` */
export function segmentFileName(baseOffset: number, suffix: SegmentSuffix): string {
  return String(baseOffset).padStart(OFFSET_DIGITS, '0') + suffix;
}

/** The offset in the name of a file that ends in `suffix`; `undefined` for any other file. */
export function offsetOfFile(name: string, suffix: string): number | undefined {
  if (name.length !== OFFSET_DIGITS + suffix.length || !name.endsWith(suffix)) return undefined;
  const digits = name.slice(0, OFFSET_DIGITS);
  return /^\d+$/.test(digits) ? Number(digits) : undefined;
}

/** `orders-0` */
export function logDirectoryName({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/**
 * The name of a directory on its way out, `orders-0.<32 hex digits>-delete`; a long topic's name is cut so that the
 * whole stays within what file systems take.
 */
export function departingDirectoryName(
  { topic, partition }: TopicPartition,
  uniqueId: string,
  suffix: '-delete' | '-stray',
): string {
  const tail = `-${partition}.${uniqueId}${suffix}`;
  return topic.slice(0, LONGEST_NAME - tail.length) + tail;
}

/** `orders-0.<32 hex digits>-future`: a copy that is to take the log's place. */
export function futureDirectoryName(tp: TopicPartition, uniqueId: string): string {
  return `${logDirectoryName(tp)}.${uniqueId}-future`;
}

export type DirectoryName =
  | { readonly kind: 'log'; readonly topicPartition: TopicPartition }
  | { readonly kind: 'future'; readonly topicPartition: TopicPartition }
  | { readonly kind: 'delete' }
  | { readonly kind: 'stray' }
  | undefined;

/** What a directory below a log dir is; `undefined` for one that is no log's. */
export function parseDirectoryName(name: string): DirectoryName {
  const departing = /\.[^.]+-(delete|stray)$/.exec(name)?.[1];
  if (departing === 'delete' || departing === 'stray') return { kind: departing };
  const match = /^(.+)-(\d+)(\.[^.]+-future)?$/.exec(name);
  if (match === null) return undefined;
  const topicPartition = { topic: match[1]!, partition: Number(match[2]) };
  return match[3] === undefined ? { kind: 'log', topicPartition } : { kind: 'future', topicPartition };
}

export const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA';

/** The text of `partition.metadata`. */
export function formatPartitionMetadata(topicId: string): string {
  return `version: 0\ntopic_id: ${topicId}`;
}

/** The topic id in `partition.metadata`; `undefined` for one that is empty, or zeros, as a power cut can leave a new one. */
export function parsePartitionMetadata(text: string, path: string): string | undefined {
  if (/^[\s\0]*$/.test(text)) return undefined;
  const topicId = /^topic_id: *([A-Za-z0-9_-]{22})\s*$/m.exec(text)?.[1];
  if (!/^version: *0\s*$/m.test(text) || topicId === undefined) {
    throw new KafkaError('KAFKA_STORAGE_ERROR', `${path} is not a partition.metadata of version 0: ${text}`);
  }
  return topicId === NO_TOPIC_ID ? undefined : topicId;
}
