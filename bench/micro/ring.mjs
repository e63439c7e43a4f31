/**
 * `node bench/micro/ring.mjs`: messages from the event loop to a worker thread and back, over two rings of shared memory
 * and over `postMessage` beside it: messages a second one way, and the time of a round trip.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { internals, median } from './internals.mjs';

const SECONDS = 0.7;
const RUNS = 5;
const RING_BYTES = 256 * 1024;
const CASES = [
  { bytes: 64, batch: 1 },
  { bytes: 64, batch: 32 },
  { bytes: 1024, batch: 8 },
  { bytes: 16 * 1024, batch: 1 },
  { bytes: 64 * 1024, batch: 1 },
];

if (isMainThread) await main();
else await answer();

async function main() {
  const { file, newRing, RingReader, RingWriter } = await internals();
  const memory = { there: newRing(RING_BYTES), back: newRing(RING_BYTES) };
  const worker = new Worker(new URL(import.meta.url), { workerData: { file, memory } });
  const writer = new RingWriter(memory.there);
  const reader = new RingReader(memory.back);
  const port = portOf(worker);
  console.log('bytes  in one go  ring: msg/s    MB/s   postMessage: msg/s    MB/s   transferred: msg/s    MB/s');
  for (const each of CASES) {
    const rates = { ring: [], copied: [], transferred: [] };
    for (let run = 0; run < RUNS; run++) {
      rates.ring.push(await overRing(each));
      rates.copied.push(await overPort(each, false));
      rates.transferred.push(await overPort(each, true));
    }
    const columns = Object.values(rates).map((found) => {
      const rate = median(found);
      return `${Math.round(rate).toString().padStart(14)} ${((rate * each.bytes) / 1e6).toFixed(0).padStart(7)}`;
    });
    console.log(`${`${each.bytes}`.padStart(5)} ${`${each.batch}`.padStart(10)} ${columns.join('      ')}`);
  }
  console.log(`round trip: ring ${(await ringTrip()).toFixed(1)} µs, postMessage ${(await portTrip()).toFixed(1)} µs`);
  writer.close();
  await worker.terminate();

  async function overRing({ bytes, batch }) {
    const message = Buffer.alloc(bytes, 1);
    let sent = 0;
    const startMs = performance.now();
    while (performance.now() - startMs < SECONDS * 1000) {
      for (let n = 0; n < 64; n += batch) {
        for (let one = 0; one < batch; one++) {
          let room = writer.reserve(bytes);
          while (room === undefined) {
            writer.publish();
            await writer.roomFor(bytes);
            room = writer.reserve(bytes);
          }
          room.set(message);
          writer.commit();
          sent++;
        }
        writer.publish();
      }
    }
    await settle();
    return sent / ((performance.now() - startMs) / 1000);
  }

  /** As many are on their way as the ring holds, so that both have to do the same. */
  async function overPort({ bytes, batch }, isTransferred) {
    const message = Buffer.alloc(bytes, 1);
    const inFlight = Math.max(Math.floor(RING_BYTES / (bytes + 8)), 2);
    let sent = 0;
    let seen = 0;
    const startMs = performance.now();
    while (performance.now() - startMs < SECONDS * 1000) {
      for (let n = 0; n < 64; n++) {
        const copy = isTransferred ? new Uint8Array(message) : message.subarray(0, bytes);
        worker.postMessage(isTransferred ? copy : new Uint8Array(copy), isTransferred ? [copy.buffer] : []);
        sent++;
      }
      if (sent - seen >= inFlight) {
        worker.postMessage('ack');
        await port.next();
        seen = sent;
      }
    }
    worker.postMessage('ack');
    await port.next();
    void batch;
    return sent / ((performance.now() - startMs) / 1000);
  }

  /** A message of no bytes is answered when all before it were read. */
  async function settle() {
    await writer.roomFor(0);
    writer.offer(Buffer.alloc(0));
    await reader.some();
    reader.drain();
    reader.release();
  }

  async function ringTrip() {
    const rounds = 20_000;
    const startMs = performance.now();
    for (let round = 0; round < rounds; round++) await settle();
    return ((performance.now() - startMs) * 1000) / rounds;
  }

  async function portTrip() {
    const rounds = 20_000;
    const startMs = performance.now();
    for (let round = 0; round < rounds; round++) {
      worker.postMessage('ack');
      await port.next();
    }
    return ((performance.now() - startMs) * 1000) / rounds;
  }
}

function portOf(worker) {
  let resolve;
  worker.on('message', () => resolve?.());
  return { next: () => new Promise((done) => (resolve = done)) };
}

/** The worker: looks at a byte of every message. While messages come by the ring it blocks, else it has an event loop. */
async function answer() {
  const { RingReader, RingWriter } = await import(workerData.file);
  const reader = new RingReader(workerData.memory.there);
  const writer = new RingWriter(workerData.memory.back);
  let sum = 0;
  parentPort.on('message', (message) => {
    if (message === 'ack') parentPort.postMessage(sum);
    else sum += message[0];
  });
  while (await reader.some()) {
    for (const message of reader.drain()) {
      if (message.length === 0) writer.offer(Buffer.alloc(0));
      else sum += message[0];
    }
    reader.release();
  }
}
