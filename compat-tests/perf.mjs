/**
 * `npm run perf:java`: Apache Kafka's performance tools against the built broker: 100,000 records of 100 bytes a second
 * on one partition, as far as the broker keeps up, and reading them back. Prints figures; judges nothing.
 * `--against HOST:PORT` measures another broker.
 */
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled } from '../scripts/bootstrap.mjs';
import { performance as measure } from './java/tools.mjs';
import { startSamsa } from './support/broker.mjs';
import { fresh } from './support/scenarios.mjs';
import { javaClassPath } from './support/tools.mjs';

const { values: options } = parseArgs({ options: { against: { type: 'string' }, records: { type: 'string' } } });
ensureInstalled();
await ensureBuilt();
javaClassPath();
const broker = options.against === undefined ? await startSamsa() : undefined;
const { produced, consumed } = await measure(
  options.against ?? broker.address,
  fresh('perf'),
  Number(options.records ?? 1_500_000),
);
await broker?.stop();

const summary = produced.trim().split('\n').at(-1);
const [header, figures] = consumed
  .trim()
  .split('\n')
  .slice(-2)
  .map((line) => line.split(',').map((cell) => cell.trim()));
const read = Object.fromEntries(header.map((name, index) => [name, figures[index]]));
console.log(`produce: ${summary}`);
console.log(`produce p95: ${/(\d+) ms 95th/.exec(summary)?.[1]} ms`);
console.log(`consume: ${read['nMsg.sec']} records/s, ${read['MB.sec']} MB/s`);
