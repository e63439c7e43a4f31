import { groupKeys } from './broker-groups.ts';
import { logKeys } from './broker-log.ts';
import { quorumKeys } from './broker-quorum.ts';
import { remoteStorageKeys } from './broker-remote-storage.ts';
import { replicationKeys } from './broker-replication.ts';
import { securityKeys } from './broker-security.ts';
import { serverKeys } from './broker-server.ts';
import { transactionKeys } from './broker-transactions.ts';

/** Every key of a broker's or controller's server.properties that Apache Kafka 4.3.1 defines. */
export const brokerKeys = {
  ...securityKeys,
  ...logKeys,
  ...groupKeys,
  ...remoteStorageKeys,
  ...quorumKeys,
  ...replicationKeys,
  ...transactionKeys,
  ...serverKeys,
};

export type BrokerKey = keyof typeof brokerKeys;
