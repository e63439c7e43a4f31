/** A Java program that answers each line on its standard input with one line, `ok …` or `error …`. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export function startJavaService(classPath, mainClass) {
  const java = spawn('java', ['-Xmx512m', '-cp', classPath, mainClass], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  java.stderr.on('data', (chunk) => {
    errors = `${errors}${chunk}`.slice(-8000);
  });
  const waiting = [];
  java.on('error', (error) => waiting.shift()?.reject(error));
  java.on('close', (code) => waiting.shift()?.reject(new Error(`java ended with ${code}: ${errors}`)));
  createInterface({ input: java.stdout }).on('line', (line) => {
    const [, state, answer] = /^(ok|error) (.*)$/.exec(line) ?? [];
    if (state === 'ok') waiting.shift()?.resolve(answer);
    else if (state === 'error') waiting.shift()?.reject(new Error(`Kafka: ${answer}\n${errors}`));
  });
  return {
    ask: (line) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        java.stdin.write(`${line}\n`);
      }),
    end: () => java.stdin.end(),
  };
}
