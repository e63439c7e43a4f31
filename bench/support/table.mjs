/** A scenario's result as lines of text: one a broker with medians and spread, then the ratios to Samsa's rivals. */
import { medians, spread } from './stats.mjs';

/** Figures with a column of their own, in this order; a scenario shows those that it has. */
export const columns = {
  mbPerSecond: 'MB/s',
  messagesPerSecond: 'messages/s',
  requestsPerSecond: 'requests/s',
  brokerCpuPerGb: 'CPU s/GB',
  brokerCores: 'cores',
  brokerCpuSeconds: 'CPU s',
  residentMb: 'RSS MB',
  p50Ms: 'p50 ms',
  p95Ms: 'p95 ms',
  p99Ms: 'p99 ms',
  p999Ms: 'p99.9 ms',
  loaderCores: 'loader cores',
  consumeMbPerSecond: 'consume MB/s',
  consumeCpuPerGb: 'consume CPU s/GB',
  firstRecordMs: 'first record ms',
  readyMs: 'ready ms',
  idleMb: 'idle MB',
  loadedMb: 'after 10 GB, MB',
  mostMb: 'most MB',
  growth: 'last / third quarter',
  rebalanceSeconds: 'last group rebalanced s',
  rebalanceHalfSeconds: 'half the groups s',
  cpuPerMillion: 'CPU s/million messages',
  batchBytes: 'batch bytes',
};

export function tableOf({ title, brokers }) {
  const entries = Object.entries(brokers).map(([name, runs]) => ({ name, runs, median: medians(runs) }));
  const shown = shownFigures(entries.map(({ median }) => median));
  const header = ['', ...shown.map((key) => columns[key] ?? key)];
  const rows = entries.map(({ name, runs, median }) => [
    `${name} (${runs.length})`,
    ...shown.map((key) => `${number(median[key])}${spreadOf(runs.map((run) => run[key]))}`),
  ]);
  const [samsa, ...others] = entries;
  for (const { name, median } of others) {
    rows.push([`${samsa.name} / ${name}`, ...shown.map((key) => ratio(samsa.median[key], median[key]))]);
  }
  return `${title}\n${aligned([header, ...rows])}`;
}

/** The figures that any of these medians has, in the columns' order. */
export function shownFigures(all) {
  const figures = Object.keys(all[0]).filter((key) => all.some((median) => median[key] !== null));
  return figures.sort((a, b) => rank(a) - rank(b));
}

/** Half the distance from the smallest to the largest run, in percent of the median; empty for one run. */
export function spreadOf(values) {
  const width = values.length > 1 ? spread(values) : null;
  return width === null ? '' : ` ±${((width / 2) * 100).toFixed(0)}%`;
}

/** Three significant digits, thousands apart. */
export function number(value) {
  if (value === null || value === undefined) return '-';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toLocaleString('en', {
    minimumFractionDigits: Math.min(digits, 3),
    maximumFractionDigits: Math.min(digits, 3),
  });
}

function rank(key) {
  const index = Object.keys(columns).indexOf(key);
  return index === -1 ? Object.keys(columns).length : index;
}

export function ratio(ours, theirs) {
  return ours === null || !theirs ? '-' : `${(ours / theirs).toFixed(2)}x`;
}

function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
    .join('\n');
}
