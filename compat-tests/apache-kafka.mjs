/**
 * Apache Kafka 4.3.1 as published, one combined KRaft node, to prove the suites right:
 * `node compat-tests/apache-kafka.mjs 19092`, then `npm run test:compat -- --against 127.0.0.1:19092`.
 * Its data is temporary; Ctrl+C ends it.
 */
import { startKafka } from './support/kafka.mjs';

const broker = await startKafka({ port: Number(process.argv[2] ?? 19092), log: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => broker.stop());
process.exitCode = (await broker.exited) ?? 1;
await broker.stop();
