import type { ConfigKey } from './key.ts';

/** Fetching between brokers, and the quotas on it. Names, types, defaults and limits of Apache Kafka 4.3.1. */
export const replicationKeys = {
  'alter.log.dirs.replication.quota.window.num': { type: 'INT', default: '11', importance: 'LOW', valid: '[1,...]' },
  'alter.log.dirs.replication.quota.window.size.seconds': {
    type: 'INT',
    default: '1',
    importance: 'LOW',
    valid: '[1,...]',
  },
  'delete.records.purgatory.purge.interval.requests': { type: 'INT', default: '1', importance: 'MEDIUM' },
  'fetch.purgatory.purge.interval.requests': { type: 'INT', default: '1000', importance: 'MEDIUM' },
  'inter.broker.listener.name': { type: 'STRING', default: null, importance: 'MEDIUM' },
  'num.replica.alter.log.dirs.threads': { type: 'INT', default: null, importance: 'HIGH' },
  'num.replica.fetchers': { type: 'INT', default: '1', importance: 'HIGH', valid: '[1,...]', update: 'cluster-wide' },
  'producer.purgatory.purge.interval.requests': { type: 'INT', default: '1000', importance: 'MEDIUM' },
  'replica.fetch.backoff.ms': { type: 'INT', default: '1000', importance: 'MEDIUM', valid: '[0,...]' },
  'replica.fetch.max.bytes': { type: 'INT', default: '1048576', importance: 'MEDIUM', valid: '[0,...]' },
  'replica.fetch.min.bytes': { type: 'INT', default: '1', importance: 'HIGH' },
  'replica.fetch.response.max.bytes': { type: 'INT', default: '10485760', importance: 'MEDIUM', valid: '[0,...]' },
  'replica.fetch.wait.max.ms': { type: 'INT', default: '500', importance: 'HIGH' },
  'replica.high.watermark.checkpoint.interval.ms': { type: 'LONG', default: '5000', importance: 'HIGH' },
  'replica.lag.time.max.ms': { type: 'LONG', default: '30000', importance: 'HIGH' },
  'replica.selector.class': { type: 'STRING', default: null, importance: 'MEDIUM' },
  'replica.socket.receive.buffer.bytes': { type: 'INT', default: '65536', importance: 'HIGH' },
  'replica.socket.timeout.ms': { type: 'INT', default: '30000', importance: 'HIGH' },
  'replication.quota.window.num': { type: 'INT', default: '11', importance: 'LOW', valid: '[1,...]' },
  'replication.quota.window.size.seconds': { type: 'INT', default: '1', importance: 'LOW', valid: '[1,...]' },
} as const satisfies Record<string, ConfigKey>;

/** What only a running broker is given: `kafka-reassign-partitions` throttles by them (`QuotaConfig.brokerQuotaConfigs`). */
export const throttleKeys = {
  'follower.replication.throttled.rate': { type: 'LONG', importance: 'MEDIUM', valid: '[0,...]' },
  'leader.replication.throttled.rate': { type: 'LONG', importance: 'MEDIUM', valid: '[0,...]' },
  'replica.alter.log.dirs.io.max.bytes.per.second': { type: 'LONG', importance: 'MEDIUM', valid: '[0,...]' },
} as const satisfies Record<string, ConfigKey>;
