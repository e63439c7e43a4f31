import { resolve } from 'node:path';
import { Broker } from '../broker/broker.ts';
import { loadBrokerConfig } from '../config/load-broker-config.ts';
import { AdjustableClock } from '../platform/adjustable-clock.ts';
import { SystemClock } from '../platform/clock.ts';
import { type Executor, InlineExecutor } from '../platform/executor.ts';
import { type Logger, silentLogger } from '../platform/logger.ts';
import { MemoryFileSystem } from '../platform/memory-file-system.ts';
import { openTelemetry } from '../platform/open-telemetry.ts';
import { temporaryDirectory } from '../platform/temporary-directory.ts';
import { EarlierTopics } from './earlier-topics.ts';
import { EmbeddedBroker, type LaunchedBroker, OWN_CLIENT_ID } from './embedded-broker.ts';
import { Faults } from './faults.ts';

export interface StartBrokerOptions {
  /** Where the data is: gone with the broker (`memory`, the default, and `temporary`), or in a directory that stays. */
  readonly storage?: 'memory' | 'temporary' | { readonly directory: string };
  /** 0 for one that is free, the default. */
  readonly port?: number;
  /** Kafka's keys, as in server.properties. */
  readonly configs?: Readonly<Record<string, string | number | boolean>>;
  /** Silent when absent. */
  readonly logger?: Logger;
}

const HOST = '127.0.0.1';
/** Nobody shares groups of a broker in memory: 50 partitions of them would only take time. */
const MEMORY_CONFIGS = { 'offsets.topic.num.partitions': '1' };

/**
 * A broker in this process, ready for clients. In memory unless told otherwise. Rejects with a `ConfigError` for configs
 * that Kafka would refuse.
 */
export async function startBroker(options: StartBrokerOptions = {}): Promise<EmbeddedBroker> {
  provideAsyncDispose();
  const { storage = 'memory', port = 0, configs = {}, logger = silentLogger } = options;
  const place = await placeOf(storage);
  const wallClock = new SystemClock();
  const clock = new AdjustableClock(wallClock);
  let ports: PlacePorts = {};
  const faults = new Faults({ clock, disk: () => ports.fs ?? null, ownClientId: OWN_CLIENT_ID });
  const earlierTopics = new EarlierTopics();
  const launch = async (at: number): Promise<LaunchedBroker> => {
    const settings = {
      listeners: `PLAINTEXT://${HOST}:${at}`,
      'log.dirs': place.directory,
      ...place.configs,
      ...configs,
    };
    const { config, warnings } = loadBrokerConfig({
      set: Object.entries(settings).map(([key, value]) => `${key}=${value}`),
    });
    for (const warning of warnings) logger.warn({}, warning);
    ports = place.ports(clock);
    let hasFailed = false;
    const broker = await Broker.start({
      ...{ config, logger, clock, ...ports },
      tracing: await openTelemetry(),
      onFatal: () => {
        hasFailed = true;
      },
      intercept: (intercepted) => {
        const held = faults.intercept(intercepted);
        return held === undefined
          ? earlierTopics.intercept(intercepted)
          : held.then(() => earlierTopics.intercept(intercepted));
      },
    });
    return { broker, hasFailed: () => hasFailed };
  };
  try {
    const launched = await launch(port);
    // What is in memory, a disk that failed included, can be made anew.
    const relaunch = storage === 'memory' ? launch : null;
    return new EmbeddedBroker({ launched, relaunch, clock, faults, earlierTopics, wallClock, cleanUp: place.cleanUp });
  } catch (error) {
    await place.cleanUp();
    throw error;
  }
}

/** For `await using`, where it is compiled for a runtime without the symbol: Node 20 in the contexts of jest. */
function provideAsyncDispose(): void {
  if (Symbol.asyncDispose !== undefined) return;
  Object.defineProperty(Symbol, 'asyncDispose', { value: Symbol('Symbol.asyncDispose') });
}

interface PlacePorts {
  readonly fs?: MemoryFileSystem;
  readonly executor?: Executor;
}

interface Place {
  readonly directory: string;
  readonly configs: Readonly<Record<string, string>>;
  ports(clock: AdjustableClock): PlacePorts;
  cleanUp(): Promise<void>;
}

async function placeOf(storage: NonNullable<StartBrokerOptions['storage']>): Promise<Place> {
  if (storage === 'memory') {
    return {
      directory: resolve('/samsa'),
      configs: MEMORY_CONFIGS,
      ports: (clock) => ({
        fs: new MemoryFileSystem({ now: () => clock.now() }),
        executor: new InlineExecutor({ clock }),
      }),
      cleanUp: async () => {},
    };
  }
  if (storage === 'temporary') {
    const { path, remove } = await temporaryDirectory('samsa-');
    return { directory: path, configs: {}, ports: () => ({}), cleanUp: remove };
  }
  return { directory: resolve(storage.directory), configs: {}, ports: () => ({}), cleanUp: async () => {} };
}
