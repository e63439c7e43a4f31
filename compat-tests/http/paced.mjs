/**
 * Requests at a steady pace, whatever becomes of earlier ones: one every `1000 / perSecond` ms, each timed from the moment
 * that it was due. (autocannon's `overallRate` sends each second's requests in one burst, which measures the burst.)
 */
import { once } from 'node:events';
import { connect } from 'node:net';

/** Latencies in milliseconds of the answers with status 200, and how many were not. */
export async function paced({ port, path, body, perSecond, seconds, connections = 10 }) {
  const request = Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const idle = [];
  const due = [];
  const latencies = [];
  let failed = 0;
  const clients = await Promise.all(Array.from({ length: connections }, () => client()));
  const startMs = performance.now();
  const total = perSecond * seconds;
  for (let sent = 0; sent < total; ) {
    const nowMs = performance.now();
    for (; sent < total && startMs + (sent * 1000) / perSecond <= nowMs; sent++) {
      due.push(startMs + (sent * 1000) / perSecond);
    }
    send();
    await new Promise((resolve) => setTimeout(resolve, startMs + (sent * 1000) / perSecond - performance.now()));
  }
  while (latencies.length + failed < total) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const socket of clients) socket.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
  return { count: latencies.length, failed, p50: at(0.5), p99: at(0.99), max: latencies.at(-1) };

  function send() {
    while (due.length > 0 && idle.length > 0) {
      const socket = idle.shift();
      socket.dueMs = due.shift();
      socket.write(request);
    }
  }

  async function client() {
    const socket = connect(port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      const headEnd = answer.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(answer)?.[1]);
      if (headEnd < 0 || answer.length < headEnd + 4 + length) return;
      if (answer.startsWith('HTTP/1.1 200 ')) latencies.push(performance.now() - socket.dueMs);
      else failed++;
      answer = '';
      idle.push(socket);
      send();
    });
    idle.push(socket);
    return socket;
  }
}
