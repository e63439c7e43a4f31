/** A Java program that answers each line on its standard input with one line, `ok …` or `error …`. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** @param options of the JVM, more of them */
export function startJavaService(classPath, mainClass, options = []) {
  const java = spawn('java', ['-Xmx512m', ...options, '-cp', classPath, mainClass], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  java.stderr.on('data', (chunk) => {
    errors = `${errors}${chunk}`.slice(-8000);
  });
  const waiting = [];
  java.on('error', (error) => waiting.shift()?.reject(error));
  let ended;
  java.stdin.on('error', () => {});
  java.on('close', (code, signal) => {
    ended = new Error(`java ended with ${signal ?? code}: ${errors}`);
    for (const { reject } of waiting.splice(0)) reject(ended);
  });
  createInterface({ input: java.stdout }).on('line', (line) => {
    const [, state, answer] = /^(ok|error) (.*)$/.exec(line) ?? [];
    if (state === 'ok') waiting.shift()?.resolve(answer);
    else if (state === 'error') waiting.shift()?.reject(new Error(`Kafka: ${answer}\n${errors}`));
  });
  return {
    ask: (line) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        waiting.push({ resolve, reject });
        java.stdin.write(`${line}\n`);
      }),
    end: () => java.stdin.end(),
    kill: () => java.kill('SIGKILL'),
  };
}
