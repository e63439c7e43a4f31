/** The Logger port on pino: lines for people on a terminal, JSON lines everywhere else. */
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import type { Logger } from './logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface PinoLoggerOptions {
  readonly level: LogLevel;
  /** Whether people read along; only then is pino-pretty loaded, which takes a tenth of a start's time. */
  readonly pretty: boolean;
  readonly colors?: boolean;
  /** Standard output when absent. */
  readonly destination?: DestinationStream;
}

/** Writes synchronously, so that the last line before a crash is there. */
export async function createPinoLogger(options: PinoLoggerOptions): Promise<Logger> {
  const output = options.destination ?? pino.destination({ fd: 1, sync: true });
  const logger: PinoLogger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.pretty ? await prettyStream(output, options.colors ?? false) : output,
  );
  return logger;
}

async function prettyStream(output: DestinationStream, colorize: boolean): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty');
  const prettify = prettyFactory({ colorize, translateTime: 'SYS:HH:MM:ss.l', singleLine: true });
  return { write: (line) => output.write(prettify(line)) };
}
