/**
 * What a start makes of a directory in which segments were being replaced or removed. Segments are replaced in steps:
 * `.cleaned` while the new one is written, `.swap` once it is whole, then the old ones become `.deleted`, then the new
 * one loses its suffix. So a `.cleaned` is thrown away, with every `.swap` that is not wholly renamed for it; a `.swap`
 * takes the place of the segments in its range. Kafka's `LogLoader.load`.
 */
import type { Logger } from '../../platform/logger.ts';
import { offsetOfFile } from '../file-names.ts';
import { Segment } from '../segment.ts';
import type { Place } from '../segment-files.ts';

const REMOVED_SUFFIXES = ['.deleted', '.cleaned', '.tmp'];
const SWAP = '.swap';

/** Returns whether the directory's files are others now than `names`. */
export async function completeSwap(
  place: Place,
  names: readonly string[],
  logger: Pick<Logger, 'info'>,
): Promise<boolean> {
  const removed = names.filter((name) => REMOVED_SUFFIXES.some((suffix) => name.endsWith(suffix)));
  const swaps = names.filter((name) => name.endsWith(SWAP));
  if (removed.length === 0 && swaps.length === 0) return false;
  const { fs, directory } = place;
  const remove = (name: string): Promise<void> => fs.remove(`${directory}/${name}`);
  const cleanedFrom = Math.min(...removed.filter((name) => name.endsWith('.cleaned')).map(offsetIn));
  const whole = swaps.filter((name) => offsetIn(name) < cleanedFrom);
  // The swaps first: without the `.cleaned` beside it a part of one would pass for a whole one.
  for (const name of swaps) if (!whole.includes(name)) await remove(name);
  for (const name of removed) await remove(name);
  if (whole.length === 0) return true;
  const [from, to] = await rangeOf(place, whole);
  for (const name of names) {
    const offset = offsetIn(name);
    if (offset >= from && offset < to && !name.endsWith(SWAP) && !removed.includes(name)) await remove(name);
  }
  // The logs first: an index that had its own name beside a log of its range would be removed by the next start.
  const logsFirst = [...whole.filter(isLogSwap), ...whole.filter((name) => !isLogSwap(name))];
  for (const name of logsFirst) await fs.rename(`${directory}/${name}`, `${directory}/${name.slice(0, -SWAP.length)}`);
  logger.info({ directory, files: whole }, 'compacted segments took their place, which a stop had interrupted');
  return true;
}

/** The offsets that the compacted segments cover. */
async function rangeOf(place: Place, swaps: readonly string[]): Promise<[number, number]> {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const name of swaps.filter(isLogSwap)) {
    const baseOffset = offsetIn(name);
    const { size, modifiedMs } = place.fs.startup.stat(`${place.directory}/${name}`);
    const segment = new Segment({
      place,
      baseOffset,
      createdMs: modifiedMs,
      modifiedMs,
      sizeInBytes: size,
      suffix: SWAP,
    });
    from = Math.min(from, baseOffset);
    to = Math.max(to, await segment.nextOffset());
    await segment.close();
  }
  return [from, to];
}

function isLogSwap(name: string): boolean {
  return offsetOfFile(name, `.log${SWAP}`) !== undefined;
}

/** The offset that a file's name begins with; `NaN`, which compares to nothing, for a file of another kind. */
function offsetIn(name: string): number {
  const dot = name.indexOf('.');
  return offsetOfFile(name, name.slice(dot)) ?? Number.NaN;
}
