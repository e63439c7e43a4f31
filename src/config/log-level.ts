import type { LogLevelName } from '../platform/logger-levels.ts';
import type { BrokerConfig } from './broker-config.ts';

const ROOT_LOG_LEVELS: Readonly<Record<string, LogLevelName>> = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  silent: 'FATAL',
};

/** `samsa.log.level` in Kafka's names; nothing in Samsa is FATAL, which makes it silent. */
export function rootLogLevel({ samsaLogLevel }: BrokerConfig): LogLevelName {
  return ROOT_LOG_LEVELS[samsaLogLevel] ?? 'INFO';
}
