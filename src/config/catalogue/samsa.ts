import type { ConfigKey } from './key.ts';

/** Keys that only Samsa has: bounds that Kafka leaves open, and its own log. In the environment `SAMSA_LOG_LEVEL` … */
export const samsaKeys = {
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
