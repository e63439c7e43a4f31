/**
 * The OpenAPI document, as the broker serves it, in the hands of schemathesis: requests made of the schemas and against
 * them. No answer may be a 5xx, of a status or a type or a shape that the document does not tell, and what the schemas
 * forbid must be refused. `EXAMPLES` and `SEED` say how many requests an operation gets, and which.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled } from '../../scripts/bootstrap.mjs';
import { freePort, startSamsa } from '../support/broker.mjs';
import { until } from '../support/scenarios.mjs';
import { pythonWith } from '../support/tools.mjs';

const examples = process.env.EXAMPLES ?? '100';
const seed = process.env.SEED ?? '1';
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'unsupported_method',
];

ensureInstalled();
await ensureBuilt();
const python = pythonWith('http');
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
// Waits are short, so that many requests fit into the time.
const broker = await startSamsa({ settings: [`http.listeners=${url}`, 'http.consume.max.wait.ms=20'] });
const place = mkdtempSync(join(tmpdir(), 'samsa-fuzz-'));
try {
  await until('HTTP to be ready', async () => (await fetch(`${url}/ready`).catch(() => null))?.ok === true);
  const args = ['-m', 'schemathesis.cli', 'run', `${url}/openapi.json`, '--seed', seed, '-n', examples];
  const { code, output } = await run(python, [
    ...args,
    ...['-c', checks.join(','), '--continue-on-failure', '--no-color', '--request-timeout', '30', '--warnings', 'off'],
    // It does not end.
    ...['--exclude-operation-id', 'streamTopic', '--phases', 'examples,coverage,fuzzing'],
  ]);
  const [, cases = '0'] = /(\d+) generated/.exec(output) ?? [];
  const holds = code === 0 && Number(cases) > Number(examples) && (await fetch(`${url}/ready`)).ok;
  console.log(`${holds ? 'ok' : 'not ok'} schemathesis finds nothing in ${cases} requests`);
  if (!holds) console.error(output.slice(output.indexOf('FAILURES')).slice(0, 12_000));
  process.exitCode = holds ? 0 : 1;
} finally {
  await broker.stop();
  rmSync(place, { recursive: true, force: true });
}

function run(command, args) {
  return new Promise((resolve) => {
    // It leaves files where it runs.
    const child = spawn(command, args, { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('close', (code) => resolve({ code, output: Buffer.concat(output).toString() }));
  });
}
