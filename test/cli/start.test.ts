import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ExitCode } from '../../src/cli/exit-code.ts';
import { type RunningBroker, type StartOptions, start } from '../../src/cli/start.ts';
import type { Logger } from '../../src/platform/logger.ts';

class Signals extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

interface Line {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

/** A start of a broker that is not there, and what can be seen of it. */
function harness(options: Partial<StartOptions> = {}) {
  const lines: Line[] = [];
  const errors: string[] = [];
  const signals = new Signals();
  const log = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
    if (message.startsWith('ready')) signals.emit('ready');
  };
  const logger: Logger = {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: () => logger,
  };
  const exitCode = start({
    env: {},
    startedMs: 0,
    stdout: {},
    stderr: { write: (text) => errors.push(text) },
    signals,
    createLogger: async () => logger,
    run: async () => broker(),
    ...options,
  });
  return { lines, errors, signals, exitCode, isReady: new Promise((resolve) => signals.once('ready', resolve)) };
}

function broker(stop: () => Promise<void> = async () => {}): RunningBroker {
  const listener = { securityProtocol: 'PLAINTEXT' } as const;
  return {
    boundListeners: [
      { ...listener, name: 'PLAINTEXT', host: 'localhost', port: 40_001 },
      { ...listener, name: 'V6', host: '::1', port: 40_002 },
    ],
    stop,
  };
}

describe('samsa start', () => {
  test('says when and where it is ready, stops at a signal, and ends with 0', async () => {
    let stops = 0;
    const { lines, signals, exitCode, isReady } = harness({ run: async () => broker(async () => void stops++) });
    await isReady;
    expect(lines.at(-1)!.message).toMatch(
      /^ready after \d+\.\d\d s on PLAINTEXT:\/\/localhost:40001, V6:\/\/\[::1\]:40002$/,
    );
    signals.emit('SIGTERM');
    expect(await exitCode).toBe(ExitCode.OK);
    expect(stops).toBe(1);
    expect(signals.listenerCount('SIGTERM')).toBe(0);
  });

  test('ends at once at a second signal, while the first one is still being obeyed', async () => {
    const { signals, isReady } = harness({ run: async () => broker(() => new Promise(() => {})) });
    await isReady;
    signals.emit('SIGTERM');
    expect(signals.exits).toEqual([]);
    signals.emit('SIGINT');
    expect(signals.exits).toEqual([130]);
  });

  test('writes one sentence and starts nothing when the configuration is wrong', async () => {
    const run = () => Promise.reject(new Error('must not run'));
    const { errors, exitCode } = harness({ set: ['num.partitions=none'], run });
    expect(await exitCode).toBe(ExitCode.USAGE);
    expect(errors).toEqual([
      'samsa: num.partitions=none is not allowed: Not a number of type INT. Allowed is a whole number of 32 bits, at least 1.\n',
    ]);
  });

  test('logs what has no effect', async () => {
    const { lines, signals, exitCode, isReady } = harness({ env: { KAFKA_NUM_PARTITONS: '3' } });
    await isReady;
    signals.emit('SIGINT');
    await exitCode;
    expect(lines[0]).toMatchObject({ level: 'warn', message: expect.stringContaining('Did you mean num.partitions?') });
  });

  test('says what to do about a port that is taken, without a stack', async () => {
    const taken = Object.assign(new Error('listen EADDRINUSE: address already in use 127.0.0.1:9092'), {
      code: 'EADDRINUSE',
    });
    const { lines, exitCode } = harness({ run: () => Promise.reject(taken) });
    expect(await exitCode).toBe(ExitCode.FAILED);
    expect(lines).toEqual([
      {
        level: 'error',
        fields: {},
        message: expect.stringMatching(/127\.0\.0\.1:9092: the port is taken by another program; .* in listeners$/),
      },
    ]);
  });

  test('shows the stack of a mistake of its own', async () => {
    const mistake = new TypeError('undefined is not a function');
    const { lines, exitCode } = harness({ run: () => Promise.reject(mistake) });
    expect(await exitCode).toBe(ExitCode.FAILED);
    expect(lines[0]!.fields).toEqual({ err: mistake });
  });

  test('stops and ends with 1 when the broker cannot go on', async () => {
    let fail!: (failure: Error) => void;
    let stops = 0;
    const { exitCode, isReady } = harness({
      run: async (_config, _logger, onFatal) => {
        fail = onFatal;
        return broker(async () => void stops++);
      },
    });
    await isReady;
    fail(new Error('the metadata log cannot be written'));
    expect(await exitCode).toBe(ExitCode.FAILED);
    expect(stops).toBe(1);
  });
});
