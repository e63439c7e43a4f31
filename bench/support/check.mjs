/** Results held against bench/targets.mjs. */
import { targets } from '../targets.mjs';
import { medians } from './stats.mjs';
import { columns, number } from './table.mjs';

/** For each target `{ target, met, line }`; `met` is null where the results do not tell. */
export function checkTargets(results) {
  return targets.map((target) => {
    const { scenario, figure, rival, least, most } = target;
    const value = figureOf(results[scenario], target);
    const met = value === null ? null : least === undefined ? value <= most : value >= least;
    const wanted = least === undefined ? `at most ${number(most)}` : `at least ${number(least)}`;
    const unit = rival === undefined ? '' : ` x ${rival}`;
    const verdict = { true: 'met     ', false: 'NOT MET ', null: 'not run ' }[met];
    const line = `${verdict} ${scenario}: ${columns[figure] ?? figure} ${number(value)}${unit}, ${wanted}`;
    return { target, value, met, line };
  });
}

function figureOf(result, { figure, rival }) {
  const ours = ofBroker(result, 'samsa', figure);
  if (rival === undefined || ours === null) return ours;
  const theirs = ofBroker(result, rival, figure);
  return theirs === null ? null : ours / theirs;
}

function ofBroker(result, broker, figure) {
  const runs = result?.brokers[broker];
  return runs === undefined ? null : (medians(runs)[figure] ?? null);
}
