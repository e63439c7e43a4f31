import type { ConfigKey } from './key.ts';

/** Every key of a client metrics subscription (KIP-714). */
export const clientMetricsKeys = {
  'interval.ms': { type: 'INT', default: '300000', importance: 'MEDIUM' },
  match: { type: 'LIST', default: '', importance: 'MEDIUM' },
  metrics: { type: 'LIST', default: '', importance: 'MEDIUM' },
} as const satisfies Record<string, ConfigKey>;
