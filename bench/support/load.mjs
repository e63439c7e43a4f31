/** The parent's side of loads: child processes that begin, count and report together while a broker is watched. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { Histogram } from './histogram.mjs';
import { cpuSeconds, residentMb } from './proc.mjs';
import { sleep } from './sleep.mjs';

export class Load {
  #child;
  #options;
  #waiting;
  #failure;

  constructor(kind, options) {
    this.#options = options;
    this.#child = fork(join(import.meta.dirname, `${kind}-load.mjs`), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', ({ step, answer, error }) => {
      if (error !== undefined) this.#fail(new Error(`${kind} load, ${step}: ${error}`));
      else this.#waiting?.resolve(answer);
    });
    this.#child.on('exit', (code, signal) => {
      if (code !== 0) this.#fail(new Error(`${kind} load ended with ${signal ?? `exit code ${code}`}`));
    });
  }

  /** One of the steps that load-process.mjs serves. */
  step(step) {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#child.send({ step, options: this.#options });
    });
  }

  kill() {
    this.#child.kill('SIGKILL');
  }

  #fail(error) {
    this.#failure ??= error;
    this.#waiting?.reject(error);
  }
}

/**
 * Runs loads (`[kind, options]`) at a broker and answers what happened between warm-up and end.
 * @param broker its `pid` is watched
 * @param onReport called when counting has ended and the load still runs
 */
export async function runLoads(broker, kinds, { warmupSeconds, seconds }) {
  const loads = kinds.map(([kind, options]) => new Load(kind, options));
  const all = (step) => Promise.all(loads.map((load) => load.step(step)));
  try {
    await all('prepare');
    await all('go');
    await sleep(warmupSeconds);
    await all('measure');
    const cpuBefore = cpuSeconds(broker.pid);
    const startedAt = performance.now();
    await sleep(seconds);
    const reports = await all('report');
    const brokerCpuSeconds = cpuSeconds(broker.pid) - cpuBefore;
    const elapsed = (performance.now() - startedAt) / 1000;
    const memory = residentMb(broker.pid);
    const stopped = await all('stop');
    return { reports, stopped, seconds: elapsed, brokerCpuSeconds, residentMb: memory };
  } catch (error) {
    for (const load of loads) load.kill();
    throw error;
  }
}

/** The figures of loads of one kind, added up. */
export function figuresOf(reports, { seconds, brokerCpuSeconds, residentMb: memory }) {
  const sum = (key) => reports.reduce((total, report) => total + report[key], 0);
  const perSecond = (key) => reports.reduce((total, report) => total + report[key] / report.seconds, 0);
  const latencies = new Histogram();
  for (const report of reports) latencies.add(report.latencies);
  return {
    mbPerSecond: perSecond('bytes') / 1e6,
    requestsPerSecond: perSecond('requests'),
    messagesPerSecond: perSecond('messages'),
    brokerCpuSeconds,
    brokerCpuPerGb: brokerCpuSeconds / (sum('bytes') / 1e9),
    brokerCores: brokerCpuSeconds / seconds,
    loaderCores: sum('cpuSeconds') / seconds,
    residentMb: memory,
    p50Ms: latencies.percentile(0.5),
    p95Ms: latencies.percentile(0.95),
    p99Ms: latencies.percentile(0.99),
    p999Ms: latencies.percentile(0.999),
  };
}
