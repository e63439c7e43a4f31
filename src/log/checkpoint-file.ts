/**
 * Kafka's checkpoint files: a version line, a count line, then one entry a line. Offsets of many logs
 * (`recovery-point-offset-checkpoint` and its like) and one log's epochs (`leader-epoch-checkpoint`) are kept so.
 */
import type { TopicPartition } from './file-names.ts';

const VERSION = '0';

export interface OffsetEntry extends TopicPartition {
  readonly offset: number;
}

export interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: number;
}

/** A checkpoint file whose text is not what it should be; the message says where. */
export class CheckpointError extends Error {
  readonly code = 'MALFORMED_CHECKPOINT';
  override readonly name = 'CheckpointError';
}

export function formatOffsets(entries: readonly OffsetEntry[]): string {
  return format(entries.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`));
}

export function parseOffsets(text: string, path: string): OffsetEntry[] {
  return parse(text, path, /^(\S+) (\d+) (-?\d+)$/, ([topic, partition, offset]) => ({
    topic: topic!,
    partition: Number(partition),
    offset: Number(offset),
  }));
}

export function formatEpochs(entries: readonly EpochEntry[]): string {
  return format(entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`));
}

export function parseEpochs(text: string, path: string): EpochEntry[] {
  return parse(text, path, /^(\d+) (\d+)$/, ([epoch, startOffset]) => ({
    epoch: Number(epoch),
    startOffset: Number(startOffset),
  }));
}

function format(lines: readonly string[]): string {
  return `${[VERSION, String(lines.length), ...lines].join('\n')}\n`;
}

function parse<T>(text: string, path: string, pattern: RegExp, entry: (fields: string[]) => T): T[] {
  const lines = text.trimEnd().split('\n');
  if (lines[0]?.trim() !== VERSION) throw new CheckpointError(`${path}: version "${lines[0]}" in line 1, 0 wanted`);
  const count = Number(lines[1]);
  const rest = lines.slice(2);
  if (count !== rest.length) {
    throw new CheckpointError(`${path}: line 2 says ${lines[1]} entries, ${rest.length} follow`);
  }
  return rest.map((line, index) => {
    const match = pattern.exec(line.trimEnd());
    if (match === null) throw new CheckpointError(`${path}: line ${index + 3} is no entry: "${line}"`);
    return entry(match.slice(1));
  });
}
