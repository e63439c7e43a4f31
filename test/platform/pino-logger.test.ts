import { expect, test } from 'vitest';
import { createPinoLogger } from '../../src/platform/pino-logger.ts';

function sink(): { readonly lines: string[]; write(text: string): void } {
  const lines: string[] = [];
  return { lines, write: (text) => void lines.push(text) };
}

test('JSON lines name their level, and carry the fields of children and of errors', async () => {
  const destination = sink();
  const logger = await createPinoLogger({ level: 'info', pretty: false, destination });
  logger.debug({}, 'below the level');
  logger.child({ topic: 'orders' }).warn({ partition: 3, err: new RangeError('too far') }, 'careful');
  expect(destination.lines.map((line) => JSON.parse(line))).toEqual([
    {
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      topic: 'orders',
      partition: 3,
      err: expect.objectContaining({ type: 'RangeError', message: 'too far', stack: expect.any(String) }),
      msg: 'careful',
    },
  ]);
});

test('lines for people have the time, the level, the sentence and the fields', async () => {
  const destination = sink();
  const logger = await createPinoLogger({ level: 'info', pretty: true, destination });
  logger.info({ listener: 'PLAINTEXT' }, 'listening');
  expect(destination.lines.join('')).toMatch(
    /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: listening \{"listener":"PLAINTEXT"\}\n$/,
  );
});
