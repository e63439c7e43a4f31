/** Where to begin, as the command line says it. */
import type { Cluster } from '../../client/cluster.ts';
import { listOffsets, partitionName, SpecialTimestamp, type TopicPartition } from '../../client/offsets.ts';
import { UsageError } from './session.ts';

export type OffsetArgument =
  | { readonly kind: 'earliest' | 'latest' }
  | { readonly kind: 'offset'; readonly offset: number }
  /** So many before the end. */
  | { readonly kind: 'fromEnd'; readonly count: number }
  /** The first record at this time, in milliseconds since the epoch, or later. */
  | { readonly kind: 'time'; readonly timestamp: number };

/**
 * `earliest`, `beginning`, `latest`, `end`, an offset, `-N`, or a time: `s@1700000000000` as in kcat, an ISO date, or
 * `5m` (`s`, `m`, `h`, `d`) for that long ago.
 */
export function parseOffset(text: string, nowMs = Date.now()): OffsetArgument {
  if (text === 'earliest' || text === 'beginning') return { kind: 'earliest' };
  if (text === 'latest' || text === 'end') return { kind: 'latest' };
  if (/^\d{1,15}$/.test(text)) return { kind: 'offset', offset: Number(text) };
  if (/^-\d{1,15}$/.test(text)) return { kind: 'fromEnd', count: -Number(text) };
  const stamp = /^s@(\d{1,15})$/.exec(text);
  if (stamp !== null) return { kind: 'time', timestamp: Number(stamp[1]) };
  const ago = /^(\d{1,9})([smhd])$/.exec(text);
  if (ago !== null)
    return { kind: 'time', timestamp: nowMs - Number(ago[1]) * UNIT_MS[ago[2] as keyof typeof UNIT_MS] };
  const timestamp = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(timestamp)) return { kind: 'time', timestamp };
  throw new UsageError(
    `'${text}' is no place to begin: write earliest, latest, an offset, -N for the last N, ` +
      's@MILLISECONDS, a date such as 2026-01-31T12:00:00Z, or 5m for five minutes ago',
  );
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The offsets that it stands for, by `topic-partition`, none before a partition's start or behind its end. */
export async function resolveOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  argument: OffsetArgument,
): Promise<Map<string, number>> {
  const starts = await listOffsets(cluster, partitions, SpecialTimestamp.EARLIEST);
  const ends = await listOffsets(cluster, partitions, SpecialTimestamp.LATEST);
  const times = argument.kind === 'time' ? await listOffsets(cluster, partitions, argument.timestamp) : undefined;
  return new Map(
    partitions.map((each) => {
      const name = partitionName(each);
      const start = starts.get(name) ?? 0;
      const end = ends.get(name) ?? start;
      return [name, Math.min(Math.max(offsetWithin(argument, start, end, times?.get(name) ?? -1), start), end)];
    }),
  );
}

function offsetWithin(argument: OffsetArgument, start: number, end: number, atTime: number): number {
  switch (argument.kind) {
    case 'earliest':
      return start;
    case 'latest':
      return end;
    case 'offset':
      return argument.offset;
    case 'fromEnd':
      return end - argument.count;
    case 'time':
      return atTime < 0 ? end : atTime;
  }
}
