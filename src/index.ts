/** `samsa`: a broker inside a Node process. */
export { KafkaError } from '../protocol/errors.ts';
export { Broker, type BrokerOptions } from './broker/broker.ts';
export type { LocalClientOptions } from './broker/local-clients.ts';
export type { BrokerConfig } from './config/broker-config.ts';
export { ConfigError } from './config/config-error.ts';
export { type ConfigSources, loadBrokerConfig } from './config/load-broker-config.ts';
export type { ConsumeOptions, EmbeddedBroker, ProducedMessage, WaitOptions } from './embedded/embedded-broker.ts';
export type { Fault, InjectedFault } from './embedded/faults.ts';
export { type StartBrokerOptions, startBroker } from './embedded/start-broker.ts';
export type { MessageStream, StreamOptions } from './embedded/stream.ts';
export type { LocalClient, NewTopic, ProduceOptions, TopicMetadata } from './local-client/local-client.ts';
export type { ConsumedMessage, Message } from './local-client/messages.ts';
export type { Logger } from './platform/logger.ts';
export { silentLogger } from './platform/logger.ts';
