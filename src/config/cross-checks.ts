import { authorizerConfig } from './authorizer-config.ts';
import type { PlainFields } from './broker-config.ts';
import { ConfigError } from './config-error.ts';
import type { Settings } from './settings.ts';
import { splitList } from './value.ts';

const LEAST_DEDUPE_BYTES = 1024 ** 2;

/** Checks that span several keys, and what Samsa cannot do yet and must not pretend to. Throws `ConfigError`. */
export function checkLimits(config: PlainFields, settings: Settings): void {
  checkRoles(settings);
  checkQuorum(config.nodeId, settings);
  checkSecurity(settings);
  checkTimes(settings);
  const { queuedMaxRequestBytes, socketRequestMaxBytes } = config;
  if (queuedMaxRequestBytes > 0 && queuedMaxRequestBytes < socketRequestMaxBytes) {
    throw new ConfigError(
      `queued.max.request.bytes=${queuedMaxRequestBytes} must be at least socket.request.max.bytes ` +
        `(${socketRequestMaxBytes}), or -1 for Samsa's own bound.`,
    );
  }
  if (
    config.maxConnectionsPerIp === 0 &&
    splitList(settings.text('max.connections.per.ip.overrides') ?? '').length === 0
  ) {
    throw new ConfigError(
      'max.connections.per.ip=0 lets nobody in; it is allowed only with max.connections.per.ip.overrides.',
    );
  }
  if (config.groupMinSessionTimeoutMs > config.groupMaxSessionTimeoutMs) {
    throw new ConfigError(
      `group.min.session.timeout.ms=${config.groupMinSessionTimeoutMs} must not be above ` +
        `group.max.session.timeout.ms (${config.groupMaxSessionTimeoutMs}).`,
    );
  }
  const codec = config.offsetsTopicCompressionCodec;
  if (codec < 0 || codec > 4) {
    throw new ConfigError(
      `offsets.topic.compression.codec=${codec} is not allowed. Allowed are 0 (none), 1 (gzip), 2 (snappy), 3 (lz4) and 4 (zstd).`,
    );
  }
  const { logCleanerThreads, logCleanerDedupeBufferSize } = config;
  if (config.logCleanerEnable && logCleanerThreads < 1) {
    throw new ConfigError('log.cleaner.threads must be at least 1; log.cleaner.enable=false turns compaction off.');
  }
  if (config.logCleanerEnable && logCleanerDedupeBufferSize / logCleanerThreads <= LEAST_DEDUPE_BYTES) {
    throw new ConfigError(
      `log.cleaner.dedupe.buffer.size=${logCleanerDedupeBufferSize} must be above 1 MiB for each of log.cleaner.threads ` +
        `(${logCleanerThreads}).`,
    );
  }
  const [minimum, maximum] = ['log.cleaner.min.compaction.lag.ms', 'log.cleaner.max.compaction.lag.ms'] as const;
  if (Number(settings.value(minimum)) > Number(settings.value(maximum))) {
    throw new ConfigError(
      `${minimum}=${settings.text(minimum)} must not be above ${maximum} (${settings.text(maximum)}).`,
    );
  }
}

function checkRoles(settings: Settings): void {
  const roles = splitList(settings.text('process.roles') ?? '');
  if (roles.includes('broker') && roles.includes('controller')) return;
  throw new ConfigError(
    `process.roles=${roles} is not supported yet. Samsa runs both roles in one process for now: ` +
      'process.roles=broker,controller.',
  );
}

/** A node that is told of others must not start a cluster of its own beside them. */
function checkQuorum(nodeId: number, settings: Settings): void {
  const brokerId = settings.originals.get('broker.id');
  if (brokerId !== undefined && settings.value('broker.id') !== nodeId) {
    throw new ConfigError(`broker.id=${brokerId} and node.id=${nodeId} must be the same; node.id alone is enough.`);
  }
  const voters = splitList(settings.text('controller.quorum.voters') ?? '').map((voter) => Number.parseInt(voter, 10));
  if (voters.length > 0 && !voters.includes(nodeId)) {
    throw new ConfigError(
      `controller.quorum.voters=${settings.text('controller.quorum.voters')} must include this node: node.id is ${nodeId}.`,
    );
  }
  for (const key of ['controller.quorum.voters', 'controller.quorum.bootstrap.servers']) {
    if (splitList(settings.text(key) ?? '').length > 1) {
      throw new ConfigError(
        `${key}=${settings.text(key)} names several controllers. Samsa's quorum is this node alone so far; name only it, or unset the key.`,
      );
    }
  }
}

/** Starting without what protects the data would open it to everybody. */
function checkSecurity(settings: Settings): void {
  authorizerConfig(settings);
  const providers = settings.text('config.providers');
  if (providers) {
    throw new ConfigError(
      `config.providers=${providers}: Samsa cannot resolve values through config providers yet and does not start as if it could. Remove the key.`,
    );
  }
}

function checkTimes(settings: Settings): void {
  for (const key of ['log.roll.ms', 'log.retention.ms', 'log.retention.minutes', 'log.retention.hours']) {
    const value = settings.value(key);
    const least = key === 'log.roll.ms' ? 1 : -1;
    if (typeof value === 'number' && (value === 0 || value < least) && settings.originals.has(key)) {
      const unlimited = key === 'log.roll.ms' ? '' : ', or -1 for no limit';
      throw new ConfigError(`${key}=${settings.text(key)} is not allowed. Allowed is at least 1${unlimited}.`);
    }
  }
  const jitter = settings.value('log.roll.jitter.ms');
  if (typeof jitter === 'number' && jitter < 0) {
    throw new ConfigError(`log.roll.jitter.ms=${jitter} is not allowed. Allowed is at least 0.`);
  }
}
