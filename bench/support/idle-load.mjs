/** Connections that ask for the API versions once, then do nothing. */
import { connect } from 'node:net';
import { serveLoad } from './load-process.mjs';

/** Size 10, API key 18, version 0, correlation id 1, client id null. */
const API_VERSIONS = Buffer.from('0000000a0012000000000001ffff', 'hex');
/** Under the usual backlog of a listening socket, 128. */
const AT_ONCE = 100;

serveLoad(async ({ address, connections: count }) => {
  const [host, port] = address.split(':');
  const startedAt = performance.now();
  const sockets = [];
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () => open(host, Number(port)));
    sockets.push(...(await Promise.all(some)));
  }
  const connectSeconds = (performance.now() - startedAt) / 1000;
  let stopping = false;
  for (const socket of sockets) {
    socket.on('close', () => {
      if (!stopping) throw new Error('the broker closed an idle connection');
    });
  }
  return {
    go() {},
    reset() {},
    report: () => ({ connectSeconds }),
    async stop() {
      stopping = true;
      for (const socket of sockets) socket.destroy();
      return {};
    },
  };
});

function open(host, port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => socket.write(API_VERSIONS));
    socket.once('data', () => resolve(socket)).on('error', reject);
  });
}
