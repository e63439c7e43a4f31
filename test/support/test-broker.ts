import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import { BufferPool } from '../../src/collections/buffer-pool.ts';
import { loadBrokerConfig } from '../../src/config/load-broker-config.ts';
import { type Logger, silentLogger } from '../../src/platform/logger.ts';
import type { Tracing } from '../../src/platform/tracing.ts';
import { RawClient } from './raw-client.ts';

export interface TestBroker {
  readonly broker: Broker;
  readonly port: number;
  readonly directory: string;
  /** A connection that is closed with the test, to the first listener or to the one of that name. */
  connect(listener?: string): Promise<RawClient>;
  stop(): Promise<void>;
  /** Stops and starts again on the same directory. */
  restart(settings?: Record<string, string>): Promise<TestBroker>;
}

/** Settings for a broker whose controller has a listener of its own. */
export const WITH_CONTROLLER = {
  listeners: 'PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0',
  'controller.listener.names': 'CONTROLLER',
};

/**
 * A broker on a free port with a temporary directory, stopped and removed with the test. What it logs is added to
 * `lines`.
 */
export async function startTestBroker(
  settings: Record<string, string> = {},
  directory?: string,
  lines?: string[],
  tracing?: Tracing,
): Promise<TestBroker> {
  const dir = directory ?? (await mkdtemp(join(tmpdir(), 'samsa-test-')));
  const { config } = loadBrokerConfig({
    set: Object.entries({ listeners: 'PLAINTEXT://127.0.0.1:0', 'log.dirs': dir, ...settings }).map(
      ([key, value]) => `${key}=${value}`,
    ),
  });
  // Bytes of a request or a batch that are used after their memory was given back show as 0xdd.
  const buffers = new BufferPool({ overwriteFreed: 0xdd });
  const broker = await Broker.start({
    config,
    logger: lines === undefined ? silentLogger : linesLogger(lines),
    buffers,
    tracing,
  });
  const clients: RawClient[] = [];
  const stop = async (): Promise<void> => {
    for (const client of clients) client.close();
    await broker.stop();
  };
  onTestFinished(async () => {
    await stop();
    await rm(dir, { recursive: true, force: true });
  });
  const { port } = broker.boundListeners[0]!;
  return {
    broker,
    port,
    directory: dir,
    connect: async (listener) => {
      const bound = broker.boundListeners.find(({ name }) => name === listener);
      const client = await RawClient.connect(bound?.port ?? port);
      clients.push(client);
      return client;
    },
    stop,
    restart: async (changed = settings) => {
      await stop();
      return startTestBroker(changed, dir);
    },
  };
}

function linesLogger(lines: string[]): Logger {
  const add = (_fields: object, message: string): void => {
    lines.push(message);
  };
  const logger: Logger = { debug: add, info: add, warn: add, error: add, child: () => logger };
  return logger;
}
