/** docs/performance.md from results: what stands between its marks, and the plots beside it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkTargets } from './check.mjs';
import { curve, ratioBars } from './plot.mjs';
import { medians } from './stats.mjs';
import { columns, number, ratio, shownFigures, spreadOf } from './table.mjs';

const BEGIN = '<!-- made by npm run bench -- --report: begin -->';
const END = '<!-- made by npm run bench -- --report: end -->';
const verdicts = { true: 'met', false: '**not met**', null: 'not run' };

/** Writes the document's generated part and its plots into the folder `performance` beside it. */
export function writeReport(document, results) {
  const text = readFileSync(document, 'utf8');
  const [before] = text.split(BEGIN);
  const [, after] = text.split(END);
  const judged = checkTargets(results);
  const folder = join(dirname(document), 'performance');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ratios.svg'), ratiosPlot(judged));
  writeFileSync(join(folder, 'lz4-batches.svg'), batchesPlot(results));
  const names = Object.keys(results).sort();
  const parts = [targetsTable(judged), ...names.map((name) => section(name, results[name]))];
  writeFileSync(document, `${before}${BEGIN}\n\n${parts.join('\n\n')}\n\n${END}${after}`);
}

function targetsTable(judged) {
  const rows = judged.map(({ target: { scenario, figure, rival, least, most }, value, met }) => {
    const unit = rival === undefined ? '' : ` x ${rival}`;
    const wanted = least === undefined ? `≤ ${number(most)}${unit}` : `≥ ${number(least)}${unit}`;
    return `| ${scenario} | ${columns[figure] ?? figure} | ${wanted} | ${number(value)}${unit} | ${verdicts[met]} |`;
  });
  return [
    '## Targets',
    '',
    '| scenario | figure | wanted | measured | |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function section(name, { title, brokers, measured }) {
  const entries = Object.entries(brokers).map(([broker, runs]) => ({ broker, runs, median: medians(runs) }));
  const shown = shownFigures(entries.map(({ median }) => median));
  const rows = shown.map((figure) => {
    const cells = entries.map(({ runs, median }) => {
      const apart = spreadOf(runs.map((run) => run[figure]));
      return `${number(median[figure])}${apart}`;
    });
    const [samsa, ...others] = entries;
    const ratios = others.map(({ median }) => ratio(samsa.median[figure], median[figure]));
    return `| ${[columns[figure] ?? figure, ...cells, ...ratios].join(' | ')} |`;
  });
  const heads = entries.map(({ broker, runs }) => `${broker} (${runs.length})`);
  const ratioHeads = entries.slice(1).map(({ broker }) => `samsa / ${broker}`);
  const header = ['', ...heads, ...ratioHeads];
  return [
    `## ${name}`,
    '',
    `${title[0].toUpperCase()}${title.slice(1)}. ${measured.at.slice(0, 16).replace('T', ' ')} UTC.`,
    '',
    `| ${header.join(' | ')} |`,
    `| ${header.map(() => '---').join(' | ')} |`,
    ...rows,
  ].join('\n');
}

function ratiosPlot(judged) {
  const bars = judged
    .filter(({ target, value }) => target.rival === 'kafka' && value !== null)
    .map(({ target: { scenario, figure, least }, value }) => ({
      label: `${scenario}: ${columns[figure] ?? figure}`,
      value,
      lessIsBetter: least === undefined,
    }));
  return ratioBars('Samsa / Apache Kafka, same run, medians (blue: better than Kafka)', bars);
}

/** CPU of a million messages, produced and consumed, over the size of their batches. */
function batchesPlot(results) {
  const points = { samsa: [], kafka: [] };
  for (const [name, { brokers }] of Object.entries(results)) {
    if (!name.startsWith('lz4-batches.')) continue;
    for (const [broker, runs] of Object.entries(brokers)) {
      const { batchBytes, cpuPerMillion } = medians(runs);
      points[broker].push({ x: batchBytes, y: cpuPerMillion });
    }
  }
  const lines = Object.entries(points)
    .filter(([, each]) => each.length > 0)
    .map(([label, each]) => ({ label, points: each.sort((a, b) => a.x - b.x) }));
  return curve('What a broker spends on lz4 batches of 100 B values, produced and consumed once', {
    xLabel: 'bytes of a batch as sent',
    yLabel: 'CPU seconds a million messages',
    lines,
  });
}
