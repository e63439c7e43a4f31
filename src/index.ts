/** `samsa`: a broker inside a Node process. */
export { Broker, type BrokerOptions } from './broker/broker.ts';
export type { BrokerConfig } from './config/broker-config.ts';
export { ConfigError } from './config/config-error.ts';
export { type ConfigSources, loadBrokerConfig } from './config/load-broker-config.ts';
export type { Logger } from './platform/logger.ts';
export { silentLogger } from './platform/logger.ts';
