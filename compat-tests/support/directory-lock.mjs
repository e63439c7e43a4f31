/** Samsa and Apache Kafka keep each other out of a log dir, and what a killed one leaves keeps nobody out. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startSamsa } from './broker.mjs';
import { folder, javaClassPath } from './tools.mjs';

export async function lockedByOneAtATime() {
  let broker = await startSamsa();
  const { home } = broker;
  const path = join(home.data, '.lock');
  assert.equal((await kafkaLock(path)).said, 'refused', 'Kafka is kept out while Samsa runs');
  await broker.kill();
  const kafka = await kafkaLock(path, { hold: true });
  assert.equal(kafka.said, 'locked', 'Kafka gets in after kill -9 of Samsa');
  await assert.rejects(startSamsa({ home }), new RegExp(`in use by another broker \\(process ${kafka.child.pid}\\)`));
  kafka.child.kill('SIGKILL');
  await once(kafka.child, 'exit');
  broker = await startSamsa({ home });
  await broker.stop();
}

async function kafkaLock(path, { hold = false } = {}) {
  const program = folder('java', 'DirectoryLock.java');
  const child = spawn('java', ['-cp', javaClassPath(), program, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  if (!hold) {
    child.stdin.end();
    await once(child, 'exit');
  }
  return { child, said: String(line).trim() };
}
