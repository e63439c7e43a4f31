/** Alterations of a broker's loggers (KIP-412), which take effect at once and are not kept: `RuntimeLoggerManager`. */
import { KafkaError } from '../../protocol/errors.ts';
import { AlterConfigOp, type AlterConfigsResource } from '../metadata/controller-requests.ts';
import {
  isLogLevel,
  LOG_LEVELS,
  type LoggerLevels,
  type LogLevelName,
  ROOT_LOGGER,
} from '../platform/logger-levels.ts';

/** Throws a `KafkaError` and alters nothing when one of the alterations may not be. */
export function alterLoggers(
  loggers: Pick<LoggerLevels, 'has' | 'setLevel'>,
  nodeId: number,
  { resourceName, configs }: AlterConfigsResource,
  validateOnly: boolean,
): void {
  if (!/^[+-]?\d+$/.test(resourceName)) {
    throw new KafkaError('INVALID_REQUEST', `Node id must be an integer, but it is: ${resourceName}`);
  }
  if (Number(resourceName) !== nodeId) {
    throw new KafkaError('INVALID_REQUEST', `Unexpected node id. Expected ${nodeId}, but received ${resourceName}`);
  }
  const levels = configs.map((config) => [config.name, newLevel(loggers, config)] as const);
  if (validateOnly) return;
  for (const [name, level] of levels) loggers.setLevel(name, level);
}

function newLevel(
  loggers: Pick<LoggerLevels, 'has'>,
  { name, configOperation, value }: AlterConfigsResource['configs'][number],
): LogLevelName | null {
  const isSet = configOperation === AlterConfigOp.SET;
  if (!isSet && configOperation !== AlterConfigOp.DELETE) {
    const operation = OPERATION_NAMES[configOperation] ?? `Unknown operation type ${configOperation}`;
    throw new KafkaError('INVALID_REQUEST', `${operation} is not allowed for the BROKER_LOGGER resource`);
  }
  if (!loggers.has(name)) throw new KafkaError('INVALID_CONFIG', `Logger ${name} does not exist!`);
  if (!isSet) {
    if (name !== ROOT_LOGGER) return null;
    throw new KafkaError('INVALID_REQUEST', `Removing the log level of the ${name} logger is not allowed`);
  }
  if (value !== null && isLogLevel(value)) return value;
  throw new KafkaError(
    'INVALID_CONFIG',
    `Cannot set the log level of ${name} to ${value} as it is not a supported log level. Valid log levels are ${[...LOG_LEVELS].sort().join(', ')}`,
  );
}

const OPERATION_NAMES: Readonly<Record<number, string>> = {
  [AlterConfigOp.APPEND]: 'APPEND operation',
  [AlterConfigOp.SUBTRACT]: 'SUBTRACT operation',
};
