/** Prometheus' text format 0.0.4 of a broker's metrics. */
import type { MetricFamily, Sample } from '../../broker/metrics/metric-family.ts';

/** Some 2 ms of work: others have their turn in between. */
const SAMPLES_A_TURN = 1000;

/**
 * Lets the event loop go on every thousand samples. prom-client's own registry would keep a hash of the labels of
 * each partition, and hold the loop for all of them.
 */
export async function exposition(families: readonly MetricFamily[], nextTurn: () => Promise<void>): Promise<string> {
  let text = '';
  let written = 0;
  for (const { name, help, type, samples } of families) {
    text += `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`;
    for (const sample of samples) {
      text += line(name, sample);
      if (++written % SAMPLES_A_TURN === 0) await nextTurn();
    }
  }
  return text;
}

function line(name: string, { suffix = '', labels, value }: Sample): string {
  let inside = '';
  for (const label in labels) {
    inside += `${inside === '' ? '' : ','}${label}="${quoted(String(labels[label]))}"`;
  }
  return `${name}${suffix}${inside === '' ? '' : `{${inside}}`} ${value}\n`;
}

function quoted(value: string): string {
  return /[\\"\n]/.test(value) ? escaped(value).replaceAll('"', '\\"') : value;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
