/** The raw loader's process: producers, each connection with partitions of its own. */
import { batchOf } from './frames.mjs';
import { Histogram } from './histogram.mjs';
import { serveLoad } from './load-process.mjs';
import { ProduceConnection } from './produce-connection.mjs';

serveLoad(async (options) => {
  const { address, partitions, acks, rate, connections: count = 1 } = options;
  const { batch, records } = batchOf(options);
  const latencies = new Histogram();
  const connections = [];
  for (let i = 0; i < count; i++) {
    const own = partitions.filter((_, place) => partitions.length < count || place % count === i);
    const connection = new ProduceConnection({ ...options, partitions: own, batch, latencies });
    await connection.connect(address);
    connections.push(connection);
  }
  return {
    go() {
      for (const connection of connections) {
        if (acks === 0) connection.startUnacknowledged();
        else if (rate !== undefined) connection.startPaced(rate / count);
        else connection.start();
      }
    },
    reset() {
      latencies.reset();
      for (const connection of connections) connection.requests = 0;
    },
    report() {
      const requests = connections.reduce((sum, connection) => sum + connection.requests, 0);
      return { requests, messages: requests * records, bytes: requests * batch.length, latencies: latencies.toJSON() };
    },
    async stop() {
      const answered = await Promise.all(connections.map((connection) => connection.stop()));
      return { messages: answered.reduce((sum, each) => sum + each, 0) * records };
    },
  };
});
