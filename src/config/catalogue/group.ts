import type { ConfigKey } from './key.ts';

/** Every key of a group resource (KIP-1240 and its kin): one group's own values. */
export const groupResourceKeys = {
  'consumer.assignment.interval.ms': { type: 'INT', default: '1000', importance: 'MEDIUM', valid: '[0,...]' },
  'consumer.heartbeat.interval.ms': { type: 'INT', default: '5000', importance: 'MEDIUM', valid: '[1,...]' },
  'consumer.session.timeout.ms': { type: 'INT', default: '45000', importance: 'MEDIUM', valid: '[1,...]' },
  'share.assignment.interval.ms': { type: 'INT', default: '1000', importance: 'MEDIUM', valid: '[0,...]' },
  'share.auto.offset.reset': {
    type: 'STRING',
    default: 'latest',
    importance: 'MEDIUM',
    valid: '[latest, earliest, by_duration:PnDTnHnMn.nS]',
  },
  'share.delivery.count.limit': { type: 'INT', default: '5', importance: 'MEDIUM', valid: '[2,...]' },
  'share.heartbeat.interval.ms': { type: 'INT', default: '5000', importance: 'MEDIUM', valid: '[1,...]' },
  'share.isolation.level': {
    type: 'STRING',
    default: 'read_uncommitted',
    importance: 'MEDIUM',
    valid: '[read_committed, read_uncommitted]',
  },
  'share.partition.max.record.locks': { type: 'INT', default: '2000', importance: 'MEDIUM', valid: '[100,...]' },
  'share.record.lock.duration.ms': { type: 'INT', default: '30000', importance: 'MEDIUM', valid: '[1000,...]' },
  'share.renew.acknowledge.enable': { type: 'BOOLEAN', default: 'true', importance: 'MEDIUM' },
  'share.session.timeout.ms': { type: 'INT', default: '45000', importance: 'MEDIUM', valid: '[1,...]' },
  'streams.assignment.interval.ms': { type: 'INT', default: '1000', importance: 'MEDIUM', valid: '[0,...]' },
  'streams.heartbeat.interval.ms': { type: 'INT', default: '5000', importance: 'MEDIUM', valid: '[1,...]' },
  'streams.initial.rebalance.delay.ms': { type: 'INT', default: '3000', importance: 'MEDIUM', valid: '[0,...]' },
  'streams.num.standby.replicas': { type: 'INT', default: '0', importance: 'MEDIUM', valid: '[0,...]' },
  'streams.session.timeout.ms': { type: 'INT', default: '45000', importance: 'MEDIUM', valid: '[1,...]' },
} as const satisfies Record<string, ConfigKey>;
