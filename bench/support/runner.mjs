/** Runs one scenario: starts the brokers, warms each up, then counts A B A B. */
import { startBroker } from './brokers.mjs';

/** What a broker's first, uncounted run of a scenario takes before it counts: the JVM compiles under load for seconds. */
const firstWarmupSeconds = { samsa: 2, limit: 1, kafka: 8 };

/**
 * Answers `{ title, brokers: { name: [figures of a run, …] } }`.
 * @param scenario `title`; `brokers`, the names of those that it can be run against; `run(broker, timing)`, which answers
 * one run's figures. One with `startsBrokers` gets a broker's name and how to start it instead, `run(name, timing, where)`,
 * and no warm-up; `mostPairs` is for long ones
 * @param timing `{ warmupSeconds, seconds }` of a run
 * @param where `{ folder, profile }`, as startBroker takes them
 */
export async function runScenario(name, scenario, { against, pairs, timing, where }) {
  const names = ['samsa', ...against].filter((broker) => scenario.brokers.includes(broker));
  const runs = Math.min(pairs, scenario.mostPairs ?? pairs);
  const results = Object.fromEntries(names.map((broker) => [broker, []]));
  const started = new Map();
  const run = (broker, more) => scenario.run(started.get(broker) ?? broker, { ...timing, ...more }, where);
  try {
    if (scenario.startsBrokers !== true) {
      for (const broker of names) {
        progress(`${name}: warming up ${broker}`);
        started.set(broker, await startBroker(broker, where));
        await run(broker, { warmupSeconds: firstWarmupSeconds[broker] });
      }
    }
    for (let pair = 1; pair <= runs; pair++) {
      for (const broker of names) {
        progress(`${name}: ${broker}, run ${pair} of ${runs}`);
        results[broker].push(await run(broker));
      }
    }
    return { title: scenario.title, brokers: results };
  } finally {
    progress('');
    for (const broker of started.values()) await broker.stop();
  }
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`# ${text}\n`);
}
