import type { BrokerKey } from './catalogue/broker.ts';

export interface SamsaDefault {
  readonly value: string;
  readonly why: string;
}

/** Every default that is not Kafka's, in one place. */
export const samsaDefaults: Readonly<Partial<Record<BrokerKey, SamsaDefault>>> = {
  'node.id': { value: '1', why: 'Kafka demands a value; a broker alone needs none.' },
  'process.roles': { value: 'broker,controller', why: 'Kafka demands a value; a broker alone is its own controller.' },
  'controller.listener.names': {
    value: 'CONTROLLER',
    why: 'Kafka demands a value. While the key is unset no such listener is needed: the controller is reached in-process.',
  },
  listeners: {
    value: 'PLAINTEXT://localhost:9092',
    why: 'Only this machine reaches a broker that nobody configured: both loopback addresses, IPv4 and IPv6.',
  },
  'log.dir': { value: './data', why: 'Data stays where the broker was started, not in /tmp, which is emptied.' },
  'metadata.max.idle.interval.ms': {
    value: '0',
    why: 'Nobody follows the metadata of a broker alone; two records a second would keep its disk awake and fill it.',
  },
  'group.initial.rebalance.delay.ms': {
    value: '0',
    why: 'The first consumer of a group starts at once, not after 3 s.',
  },
};

/**
 * Replication factors of internal topics: Kafka's default is kept as the wish, and while the key is unset the topic is
 * made with min(default, live brokers) replicas, so that one broker is enough.
 */
export const CAPPED_WHILE_UNSET: readonly BrokerKey[] = [
  'offsets.topic.replication.factor',
  'share.coordinator.state.topic.min.isr',
  'share.coordinator.state.topic.replication.factor',
  'transaction.state.log.min.isr',
  'transaction.state.log.replication.factor',
];
