import type { ConfigKey } from './key.ts';

/** Keys that only Samsa has: bounds that Kafka leaves open, its own log, and HTTP. In the environment `SAMSA_LOG_LEVEL` … */
export const samsaKeys = {
  'http.consume.max.bytes': { type: 'INT', default: '4194304', importance: 'LOW', valid: '[1024,...]' },
  'http.consume.max.records': { type: 'INT', default: '10000', importance: 'LOW', valid: '[1,...]' },
  'http.consume.max.wait.ms': { type: 'INT', default: '30000', importance: 'LOW', valid: '[0,...,300000]' },
  'http.idempotence.max.bytes': { type: 'INT', default: '16777216', importance: 'LOW', valid: '[0,...]' },
  'http.idempotence.ms': { type: 'INT', default: '600000', importance: 'LOW', valid: '[0,...]' },
  'http.listeners': { type: 'LIST', default: '', importance: 'HIGH' },
  'http.max.connections': { type: 'INT', default: '4096', importance: 'MEDIUM', valid: '[1,...]' },
  'http.max.in.flight.bytes': { type: 'INT', default: '67108864', importance: 'LOW', valid: '[1024,...]' },
  'http.max.in.flight.requests': { type: 'INT', default: '1024', importance: 'LOW', valid: '[1,...]' },
  'http.produce.max.records': { type: 'INT', default: '10000', importance: 'LOW', valid: '[1,...]' },
  'http.request.max.bytes': { type: 'INT', default: '4194304', importance: 'MEDIUM', valid: '[1024,...]' },
  'http.stream.buffer.bytes': { type: 'INT', default: '65536', importance: 'LOW', valid: '[1024,...]' },
  'http.stream.heartbeat.ms': { type: 'INT', default: '15000', importance: 'LOW', valid: '[100,...]' },
  'samsa.connection.max.in.flight.bytes': {
    type: 'INT',
    default: '16777216',
    importance: 'LOW',
    valid: '[1,...]',
  },
  'samsa.connection.max.in.flight.requests': { type: 'INT', default: '64', importance: 'LOW', valid: '[1,...]' },
  'samsa.fetch.max.in.flight.bytes': {
    type: 'INT',
    default: '134217728',
    importance: 'LOW',
    valid: '[1,...]',
  },
  'samsa.log.level': {
    type: 'STRING',
    default: 'info',
    importance: 'MEDIUM',
    valid: '[debug, info, warn, error, silent]',
  },
  'samsa.log.max.open.files': { type: 'INT', default: '4096', importance: 'LOW', valid: '[1,...]' },
} as const satisfies Record<string, ConfigKey>;
