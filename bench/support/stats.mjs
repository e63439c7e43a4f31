/** Medians over runs, and how far the runs lie apart. */
export function median(values) {
  const sorted = values.filter((value) => value !== null && value !== undefined).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Largest less smallest, as a fraction of the median. */
export function spread(values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  const middle = median(known);
  return middle === null || middle === 0 ? null : (Math.max(...known) - Math.min(...known)) / middle;
}

/** Runs' figures to `{ figure: median }`. */
export function medians(runs) {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run)))];
  return Object.fromEntries(names.map((name) => [name, median(runs.map((run) => run[name]))]));
}
