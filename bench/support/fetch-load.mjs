/** A consumers' process: connections that read a log from its start, again and again. */
import { FetchConnection } from './fetch-connection.mjs';
import { serveLoad } from './load-process.mjs';

serveLoad(async (options) => {
  const { address, partitions, endOffsets, connections: count = 1 } = options;
  const connections = [];
  for (let i = 0; i < count; i++) {
    const own = partitions.filter((_, place) => partitions.length < count || place % count === i);
    const left = new Set(own);
    const connection = new FetchConnection({
      ...options,
      partitions: own,
      onBatch(partition, _baseOffset, nextOffset) {
        if (nextOffset >= endOffsets[partition]) left.delete(partition);
        if (left.size > 0) return;
        for (const each of own) left.add(each);
        connection.seek(0);
      },
    });
    await connection.connect(address);
    connections.push(connection);
  }
  const sum = (key) => connections.reduce((total, connection) => total + connection[key], 0);
  return {
    go() {
      for (const connection of connections) connection.fetch();
    },
    reset() {
      for (const connection of connections) connection.reset();
    },
    report: () => ({ requests: sum('requests'), messages: sum('messages'), bytes: sum('bytes'), latencies: [] }),
    async stop() {
      await Promise.all(connections.map((connection) => connection.stop()));
      return {};
    },
  };
});
