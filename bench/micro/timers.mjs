/**
 * `node bench/micro/timers.mjs`: making and cancelling a timer, as a parked fetch or a heartbeat does, beside many that
 * wait: Node's `setTimeout` by itself, and a heap of them behind one.
 */
import { internals, median } from './internals.mjs';

const OPERATIONS = 300_000;
const RUNS = 5;

const { SystemClock, TimerHeap } = await internals();
const cases = [
  { waiting: 10, delays: 'one', delayOf: () => 500 },
  { waiting: 1000, delays: 'one', delayOf: () => 500 },
  { waiting: 1000, delays: 'many', delayOf: (i) => 500 + ((i * 7919) % 30_000) },
  { waiting: 50_000, delays: 'many', delayOf: (i) => 500 + ((i * 7919) % 30_000) },
];
console.log('waiting  delays   setTimeout, ns     heap, ns');
for (const { waiting, delays, delayOf } of cases) {
  const found = [new SystemClock(), new TimerHeap(new SystemClock())].map((clock) =>
    median(Array.from({ length: RUNS }, () => nanoseconds(clock, waiting, delayOf))),
  );
  const columns = found.map((each) => each.toFixed(0).padStart(13));
  console.log(`${`${waiting}`.padStart(7)}  ${delays.padStart(6)}   ${columns.join('')}`);
}

/** Of one timer made, and the one made longest ago cancelled. */
function nanoseconds(clock, waiting, delayOf) {
  const ring = Array.from({ length: waiting + 1 }, (_, i) => clock.after(delayOf(i), () => {}));
  const startedAt = performance.now();
  for (let i = 0; i < OPERATIONS; i++) {
    const place = i % ring.length;
    ring[place].cancel();
    ring[place] = clock.after(delayOf(i), () => {});
  }
  const tookMs = performance.now() - startedAt;
  for (const timer of ring) timer.cancel();
  return (tookMs * 1e6) / OPERATIONS;
}
