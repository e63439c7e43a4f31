/** Runs one scenario: starts the brokers, warms each up, then counts A B A B. */
import { startBroker } from './brokers.mjs';

/** What a broker's first, uncounted run of a scenario takes before it counts: the JVM compiles under load for seconds. */
const firstWarmupSeconds = { samsa: 2, limit: 1, kafka: 8 };

/** Answers `{ title, brokers: { name: [figures of a run, …] } }`. */
export async function runScenario(name, scenario, { against, pairs, timing, folder, profile }) {
  const names = ['samsa', ...against].filter((broker) => scenario.brokers.includes(broker));
  const brokers = [];
  try {
    for (const broker of names) brokers.push(await startBroker(broker, { folder, profile }));
    const results = Object.fromEntries(names.map((broker) => [broker, []]));
    for (const broker of brokers) {
      progress(`${name}: warming up ${broker.name}`);
      await scenario.run(broker, { ...timing, warmupSeconds: firstWarmupSeconds[broker.name] });
    }
    for (let pair = 1; pair <= pairs; pair++) {
      for (const broker of brokers) {
        progress(`${name}: ${broker.name}, run ${pair} of ${pairs}`);
        results[broker.name].push(await scenario.run(broker, timing));
      }
    }
    return { title: scenario.title, brokers: results };
  } finally {
    progress('');
    for (const broker of brokers) await broker.stop();
  }
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`# ${text}\n`);
}
