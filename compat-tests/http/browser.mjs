/**
 * Server-sent events and WebSockets in a real, headless Chromium, which `@sparticuz/chromium` brings in its package: pages
 * go on behind a broker that was killed and started again, and hold exactly what is in the log; a page that does not
 * read costs the broker bounded memory. Prints `ok …` or `not ok …` for each scenario.
 */
import { readFileSync } from 'node:fs';
import { ensureBuilt, ensureInstalled } from '../../scripts/bootstrap.mjs';
import { freePort, startSamsa } from '../support/broker.mjs';
import { until } from '../support/scenarios.mjs';
import { npmInstall } from '../support/tools.mjs';

const killsEach = 2;
const recordsBetweenKills = 300;
/** Far more than sockets and a read hold, so that a broker that buffers it shows. */
const slowRecords = 9000;
const slowRecordBytes = 16_000;
const slowMemoryLimitBytes = 64 * 1024 * 1024;
const slowMs = 4000;
const allLimitMs = 30_000;

ensureInstalled();
await ensureBuilt();
npmInstall('http');
const { default: chromium } = await import('@sparticuz/chromium');
const { launch } = await import('puppeteer-core');

const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const settings = [`http.listeners=${url}`];
let broker = await start();
const browser = await launch({
  executablePath: await chromium.executablePath(),
  args: chromium.args,
  headless: 'shell',
});
try {
  await scenario('an EventSource goes on behind two kills: nothing lost, nothing doubled', () =>
    throughKills('sse', openEvents),
  );
  await scenario('a WebSocket goes on behind two kills: nothing lost, nothing doubled', () =>
    throughKills('ws', openSocket),
  );
  await scenario('a page that does not read costs bounded memory, by WebSocket', () => slowPage('slow-ws', openSocket));
  await scenario('a page that does not read costs bounded memory, by EventSource', () =>
    slowPage('slow-sse', openEvents),
  );
} finally {
  await browser.close();
  await broker.stop();
}

/** Records are written while the broker is killed and started again; the page must have in the end what the log has. */
async function throughKills(topic, open) {
  await post('/topics', { name: topic, partitions: 2 });
  const page = await newPage();
  await page.evaluate(open, `/topics/${topic}`);
  const acknowledged = [];
  let written = 0;
  for (let kills = 0; kills <= killsEach; kills++) {
    for (const end = written + recordsBetweenKills; written < end; written++) {
      const value = String(written);
      // What was under way when the broker died may be there or not; it is not written again.
      const answer = await post('/produce', { topic, partition: written % 2, value }).catch(() => null);
      if (answer !== null) acknowledged.push(value);
      if (kills < killsEach && written === end - 1) {
        const last = post('/produce', { topic, partition: 0, value: `last ${kills}` }).catch(() => null);
        await broker.kill();
        await last;
        broker = await start(broker.home);
      }
    }
  }
  const inLog = await consumeAll(topic);
  await until('the page to have all', async () => (await seen(page)).length >= inLog.length, allLimitMs);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const got = await seen(page);
  const byPartition = (list) => [0, 1].map((partition) => list.filter((each) => each.startsWith(`${partition}:`)));
  if (JSON.stringify(byPartition(got)) !== JSON.stringify(byPartition(inLog))) {
    throw new Error(`the page has ${got.length} records, the log ${inLog.length}`);
  }
  const values = new Set(inLog.map((each) => each.slice(each.indexOf('=') + 1)));
  const lost = acknowledged.filter((value) => !values.has(value));
  if (lost.length > 0) throw new Error(`${lost.length} acknowledged records are not in the log`);
  if (acknowledged.length < recordsBetweenKills * killsEach)
    throw new Error(`only ${acknowledged.length} were written`);
  await page.close();
}

/** The page's own thread is busy, so that its browser takes nothing more. */
async function slowPage(topic, open) {
  await post('/topics', { name: topic, partitions: 1, configs: { 'max.message.bytes': 10_000_000 } });
  const records = Array.from({ length: 100 }, () => ({ value: 'x'.repeat(slowRecordBytes) }));
  for (let written = 0; written < slowRecords; written += records.length) await post('/produce', { topic, records });
  const before = residentBytes();
  const page = await newPage();
  await page.evaluate(open, `/topics/${topic}`);
  await until('a first record', () => page.evaluate(() => window.count > 0));
  const busy = page.evaluate((ms) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  }, slowMs);
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, residentBytes());
  }, 50);
  await busy;
  clearInterval(look);
  const taken = await page.evaluate(() => window.count);
  if (taken >= slowRecords) throw new Error('the page had taken everything before it was slow');
  const grown = most - before;
  console.log(
    `# ${topic}: resident memory grew by ${(grown / 1e6).toFixed(1)} MB of ${((slowRecords * slowRecordBytes) / 1e6).toFixed(0)} MB waiting`,
  );
  if (grown > slowMemoryLimitBytes) throw new Error(`the broker grew by ${grown} bytes`);
  await until('the page to have all', async () => (await page.evaluate(() => window.count)) >= slowRecords, allLimitMs);
  await page.close();
}

async function newPage() {
  const page = await browser.newPage();
  // Any page of the broker's own address; its document does not matter.
  await page.goto(`${url}/health`);
  return page;
}

function seen(page) {
  return page.evaluate(() => window.seen);
}

// What runs in the page

function openEvents(path) {
  window.seen = [];
  window.count = 0;
  const source = new EventSource(`${path}/stream?offset=earliest`);
  source.onmessage = ({ data }) => {
    const { partition, offset, value } = JSON.parse(data);
    window.count++;
    if (value.length < 100) window.seen.push(`${partition}:${offset}=${value}`);
  };
}

function openSocket(path) {
  window.seen = [];
  window.count = 0;
  const next = {};
  const connect = () => {
    const offsets = Object.entries(next).map(([partition, offset]) => `${partition}:${offset}`);
    const from = offsets.length === 0 ? 'earliest' : offsets.join(',');
    const socket = new WebSocket(`ws://${location.host}${path}/consume/ws?offset=${from}`);
    socket.onopen = () => socket.send(JSON.stringify({ type: 'permit', count: 1_000_000 }));
    socket.onmessage = ({ data }) => {
      const { type, partition, offset, value } = JSON.parse(data);
      if (type !== 'message') return;
      next[partition] = offset + 1;
      window.count++;
      if (value.length < 100) window.seen.push(`${partition}:${offset}=${value}`);
    };
    socket.onclose = () => setTimeout(connect, 200);
  };
  connect();
}

// The broker

async function start(home) {
  const started = await startSamsa({ settings, ...(home === undefined ? {} : { home }) });
  await until('HTTP to be ready', async () => (await fetch(`${url}/ready`).catch(() => null))?.ok === true);
  return started;
}

async function post(path, body) {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function consumeAll(topic) {
  const all = [];
  for (let offset = 'earliest'; ; ) {
    const answer = await fetch(`${url}/consume?topic=${topic}&offset=${offset}&max=10000`);
    const { messages, next } = await answer.json();
    if (messages.length === 0) return all;
    all.push(...messages.map(({ partition, offset: at, value }) => `${partition}:${at}=${value}`));
    offset = next.offset;
  }
}

function residentBytes() {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${broker.pid}/status`, 'utf8'))[1]) * 1024;
}

async function scenario(name, work) {
  try {
    await work();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`not ok ${name}: ${error?.stack ?? error}`);
    process.exitCode = 1;
  }
}
