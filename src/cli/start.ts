/** `samsa start`: configuration in, a broker that runs until it is told to stop. */
import type { Broker } from '../broker/broker.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadBrokerConfig } from '../config/load-broker-config.ts';
import { rootLogLevel } from '../config/log-level.ts';
import type { HttpServer } from '../http/http-server.ts';
import type { Logger } from '../platform/logger.ts';
import { LoggerLevels } from '../platform/logger-levels.ts';
import { openTelemetry } from '../platform/open-telemetry.ts';
import { createPinoLogger } from '../platform/pino-logger.ts';
import { ExitCode } from './exit-code.ts';
import { sentence } from './sentence.ts';

export type RunningBroker = Pick<Broker, 'stop' | 'boundListeners'> & {
  /** There when `http.listeners` names an address; called when the broker is ready. */
  readonly startHttp?: () => Promise<Pick<HttpServer, 'listeners' | 'stop'>>;
};

export interface StartOptions {
  readonly file?: string | undefined;
  readonly set?: readonly string[];
  /** Values for keys that nothing else sets. */
  readonly defaults?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** When the start began, on the clock of `performance`. */
  readonly startedMs: number;
  readonly stdout: { readonly isTTY?: boolean; hasColors?(): boolean };
  readonly stderr: { write(text: string): unknown };
  /** Where SIGINT and SIGTERM arrive, and what ends the process at the second of them. */
  readonly signals: {
    on(signal: Signal, listener: () => void): unknown;
    off(signal: Signal, listener: () => void): unknown;
    exit(code: number): unknown;
  };
  /** The broker's start; the real one when absent. */
  readonly run?: (config: BrokerConfig, logger: Logger, onFatal: (failure: Error) => void) => Promise<RunningBroker>;
  readonly createLogger?: typeof createPinoLogger;
}

type Signal = 'SIGINT' | 'SIGTERM';
const SIGNAL_NUMBERS: Readonly<Record<Signal, number>> = { SIGINT: 2, SIGTERM: 15 };

/** Resolves with the exit code when the broker has stopped, or has not started. */
export async function start(options: StartOptions): Promise<number> {
  const {
    file,
    set = [],
    defaults = [],
    env,
    stdout,
    stderr,
    run = runBroker,
    createLogger = createPinoLogger,
  } = options;
  let loaded: ReturnType<typeof loadBrokerConfig>;
  try {
    loaded = loadBrokerConfig({ defaults, files: file === undefined ? [] : [file], set, env });
  } catch (failure) {
    if (!(failure instanceof ConfigError)) throw failure;
    stderr.write(`samsa: ${failure.message}\n`);
    return ExitCode.USAGE;
  }
  const { config, warnings } = loaded;
  // Every line is written that the levels of the loggers let through, which change while the broker runs.
  const base = await createLogger({
    level: 'debug',
    pretty: stdout.isTTY === true,
    colors: stdout.hasColors?.() ?? false,
  });
  const logger = new LoggerLevels(base, rootLogLevel(config)).named('samsa');
  for (const warning of warnings) logger.warn({}, warning);

  const end = endOf(options.signals, logger);
  try {
    const broker = await run(config, base, end.fail);
    const readyMs = Math.round(performance.now() - options.startedMs);
    const listeners = listenerNames(broker);
    logger.info({ readyMs, listeners }, `ready after ${(readyMs / 1000).toFixed(2)} s on ${listeners.join(', ')}`);
    let failure: Error | undefined;
    try {
      const isAskedFor = !defaults.includes(`http.listeners=${config.original('http.listeners')}`);
      const http = await startHttp(broker, isAskedFor, logger);
      failure = await end.reached;
      await http?.stop();
    } finally {
      await broker.stop();
    }
    logger.info({}, 'stopped');
    return failure === undefined ? ExitCode.OK : ExitCode.FAILED;
  } catch (failure) {
    const { text, isOurBug } = sentence(failure);
    if (isOurBug) logger.error({ err: failure }, text);
    else logger.error({}, text);
    return ExitCode.FAILED;
  } finally {
    end.dispose();
  }
}

/** After the broker, so that Kafka's clients do not wait for it. An address that nobody asked for may be taken already. */
async function startHttp({ startHttp }: RunningBroker, isAskedFor: boolean, logger: Logger) {
  try {
    const http = await startHttp?.();
    if (http === undefined) return undefined;
    const urls = http.listeners.map(({ scheme, host, port }) => `${scheme}://${hostText(host)}:${port}`);
    logger.info({ listeners: urls }, `HTTP on ${urls.join(', ')}`);
    return http;
  } catch (failure) {
    if (isAskedFor) throw failure;
    logger.warn({}, `HTTP is not served: ${sentence(failure).text}`);
    return undefined;
  }
}

/** The broker's modules load here, after the configuration was found right. */
async function runBroker(
  config: BrokerConfig,
  logger: Logger,
  onFatal: (failure: Error) => void,
): Promise<RunningBroker> {
  const { Broker } = await import('../broker/broker.ts');
  const tracing = await openTelemetry();
  const broker = await Broker.start({ config, logger, onFatal, tracing });
  const running = { boundListeners: broker.boundListeners, stop: () => broker.stop() };
  if (config.httpListeners.length === 0) return running;
  return {
    ...running,
    async startHttp() {
      const { HttpServer } = await import('../http/http-server.ts');
      return HttpServer.start({
        config,
        broker,
        tracing,
        logger: new LoggerLevels(logger, rootLogLevel(config)).named('samsa.http'),
      });
    },
  };
}

function listenerNames({ boundListeners }: RunningBroker): string[] {
  return boundListeners.map(({ name, host, port }) => `${name}://${hostText(host ?? '')}:${port}`);
}

/** As in a URL. */
function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The moment to stop: a signal, or a failure that the broker cannot live with. A second signal ends at once. */
function endOf(signals: StartOptions['signals'], logger: Logger) {
  const { promise, resolve } = withResolvers<Error | undefined>();
  let isStopping = false;
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const listener = (): void => {
      if (isStopping) {
        signals.exit(128 + SIGNAL_NUMBERS[signal]);
        return;
      }
      isStopping = true;
      logger.info({ signal }, 'stopping; once more to stop at once');
      resolve(undefined);
    };
    signals.on(signal, listener);
    return [signal, listener] as const;
  });
  return {
    reached: promise,
    fail(failure: Error): void {
      logger.error({ err: failure }, sentence(failure).text);
      isStopping = true;
      resolve(failure);
    },
    dispose(): void {
      for (const [signal, listener] of listeners) signals.off(signal, listener);
    },
  };
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
