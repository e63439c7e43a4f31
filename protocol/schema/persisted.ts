/** Every header, persisted record, control record and embedded structure of Apache Kafka 4.3.1. */

import { abortTransactionRecord } from './records/abort-transaction.ts';
import { accessControlEntryRecord } from './records/access-control-entry.ts';
import { beginTransactionRecord } from './records/begin-transaction.ts';
import { brokerRegistrationChangeRecord } from './records/broker-registration-change.ts';
import { clearElrRecord } from './records/clear-elr.ts';
import { clientQuotaRecord } from './records/client-quota.ts';
import { configRecord } from './records/config.ts';
import {
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
} from './records/consumer-group-current-member-assignment.ts';
import {
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
} from './records/consumer-group-member-metadata.ts';
import { consumerGroupMetadataKey, consumerGroupMetadataValue } from './records/consumer-group-metadata.ts';
import {
  consumerGroupPartitionMetadataKey,
  consumerGroupPartitionMetadataValue,
} from './records/consumer-group-partition-metadata.ts';
import {
  consumerGroupRegularExpressionKey,
  consumerGroupRegularExpressionValue,
} from './records/consumer-group-regular-expression.ts';
import {
  consumerGroupTargetAssignmentMemberKey,
  consumerGroupTargetAssignmentMemberValue,
} from './records/consumer-group-target-assignment-member.ts';
import {
  consumerGroupTargetAssignmentMetadataKey,
  consumerGroupTargetAssignmentMetadataValue,
} from './records/consumer-group-target-assignment-metadata.ts';
import { consumerProtocolAssignment } from './records/consumer-protocol-assignment.ts';
import { consumerProtocolSubscription } from './records/consumer-protocol-subscription.ts';
import { controlRecordTypeSchema } from './records/control-record-type-schema.ts';
import { defaultPrincipalData } from './records/default-principal-data.ts';
import { delegationTokenRecord } from './records/delegation-token.ts';
import { endTransactionRecord } from './records/end-transaction.ts';
import { endTxnMarker } from './records/end-txn-marker.ts';
import { featureLevelRecord } from './records/feature-level.ts';
import { fenceBrokerRecord } from './records/fence-broker.ts';
import { groupMetadataKey, groupMetadataValue } from './records/group-metadata.ts';
import { kRaftVersionRecord } from './records/kraft-version-record.ts';
import { leaderChangeMessage } from './records/leader-change-message.ts';
import { legacyOffsetCommitKey, legacyOffsetCommitValue } from './records/legacy-offset-commit.ts';
import { noOpRecord } from './records/no-op.ts';
import { offsetCommitKey, offsetCommitValue } from './records/offset-commit.ts';
import { partitionRecord } from './records/partition.ts';
import { partitionChangeRecord } from './records/partition-change.ts';
import { producerIdsRecord } from './records/producer-ids.ts';
import { producerSnapshot } from './records/producer-snapshot.ts';
import { quorumStateData } from './records/quorum-state-data.ts';
import { registerBrokerRecord } from './records/register-broker.ts';
import { registerControllerRecord } from './records/register-controller.ts';
import { remoteLogSegmentMetadataRecord } from './records/remote-log-segment-metadata-record.ts';
import { remoteLogSegmentMetadataSnapshotRecord } from './records/remote-log-segment-metadata-snapshot-record.ts';
import { remoteLogSegmentMetadataUpdateRecord } from './records/remote-log-segment-metadata-update-record.ts';
import { remotePartitionDeleteMetadataRecord } from './records/remote-partition-delete-metadata-record.ts';
import { removeAccessControlEntryRecord } from './records/remove-access-control-entry.ts';
import { removeDelegationTokenRecord } from './records/remove-delegation-token.ts';
import { removeTopicRecord } from './records/remove-topic.ts';
import { removeUserScramCredentialRecord } from './records/remove-user-scram-credential.ts';
import {
  shareGroupCurrentMemberAssignmentKey,
  shareGroupCurrentMemberAssignmentValue,
} from './records/share-group-current-member-assignment.ts';
import { shareGroupMemberMetadataKey, shareGroupMemberMetadataValue } from './records/share-group-member-metadata.ts';
import { shareGroupMetadataKey, shareGroupMetadataValue } from './records/share-group-metadata.ts';
import {
  shareGroupStatePartitionMetadataKey,
  shareGroupStatePartitionMetadataValue,
} from './records/share-group-state-partition-metadata.ts';
import {
  shareGroupTargetAssignmentMemberKey,
  shareGroupTargetAssignmentMemberValue,
} from './records/share-group-target-assignment-member.ts';
import {
  shareGroupTargetAssignmentMetadataKey,
  shareGroupTargetAssignmentMetadataValue,
} from './records/share-group-target-assignment-metadata.ts';
import { shareSnapshotKey, shareSnapshotValue } from './records/share-snapshot.ts';
import { shareUpdateKey, shareUpdateValue } from './records/share-update.ts';
import { snapshotFooterRecord } from './records/snapshot-footer-record.ts';
import { snapshotHeaderRecord } from './records/snapshot-header-record.ts';
import {
  streamsGroupCurrentMemberAssignmentKey,
  streamsGroupCurrentMemberAssignmentValue,
} from './records/streams-group-current-member-assignment.ts';
import {
  streamsGroupMemberMetadataKey,
  streamsGroupMemberMetadataValue,
} from './records/streams-group-member-metadata.ts';
import { streamsGroupMetadataKey, streamsGroupMetadataValue } from './records/streams-group-metadata.ts';
import {
  streamsGroupTargetAssignmentMemberKey,
  streamsGroupTargetAssignmentMemberValue,
} from './records/streams-group-target-assignment-member.ts';
import {
  streamsGroupTargetAssignmentMetadataKey,
  streamsGroupTargetAssignmentMetadataValue,
} from './records/streams-group-target-assignment-metadata.ts';
import { streamsGroupTopologyKey, streamsGroupTopologyValue } from './records/streams-group-topology.ts';
import { topicRecord } from './records/topic.ts';
import { transactionLogKey, transactionLogValue } from './records/transaction-log.ts';
import { unfenceBrokerRecord } from './records/unfence-broker.ts';
import { unregisterBrokerRecord } from './records/unregister-broker.ts';
import { userScramCredentialRecord } from './records/user-scram-credential.ts';
import { votersRecord } from './records/voters-record.ts';
import { zkMigrationStateRecord } from './records/zk-migration-state.ts';
import { requestHeader } from './request-header.ts';
import { responseHeader } from './response-header.ts';
import type { Message } from './table.ts';

export const persisted: readonly Message[] = [
  consumerProtocolAssignment,
  consumerProtocolSubscription,
  controlRecordTypeSchema,
  defaultPrincipalData,
  endTxnMarker,
  kRaftVersionRecord,
  leaderChangeMessage,
  requestHeader,
  responseHeader,
  snapshotFooterRecord,
  snapshotHeaderRecord,
  votersRecord,
  abortTransactionRecord,
  accessControlEntryRecord,
  beginTransactionRecord,
  brokerRegistrationChangeRecord,
  clearElrRecord,
  clientQuotaRecord,
  configRecord,
  delegationTokenRecord,
  endTransactionRecord,
  featureLevelRecord,
  fenceBrokerRecord,
  noOpRecord,
  partitionChangeRecord,
  partitionRecord,
  producerIdsRecord,
  registerBrokerRecord,
  registerControllerRecord,
  removeAccessControlEntryRecord,
  removeDelegationTokenRecord,
  removeTopicRecord,
  removeUserScramCredentialRecord,
  topicRecord,
  unfenceBrokerRecord,
  unregisterBrokerRecord,
  userScramCredentialRecord,
  zkMigrationStateRecord,
  quorumStateData,
  consumerGroupCurrentMemberAssignmentKey,
  consumerGroupCurrentMemberAssignmentValue,
  consumerGroupMemberMetadataKey,
  consumerGroupMemberMetadataValue,
  consumerGroupMetadataKey,
  consumerGroupMetadataValue,
  consumerGroupPartitionMetadataKey,
  consumerGroupPartitionMetadataValue,
  consumerGroupRegularExpressionKey,
  consumerGroupRegularExpressionValue,
  consumerGroupTargetAssignmentMemberKey,
  consumerGroupTargetAssignmentMemberValue,
  consumerGroupTargetAssignmentMetadataKey,
  consumerGroupTargetAssignmentMetadataValue,
  groupMetadataKey,
  groupMetadataValue,
  legacyOffsetCommitKey,
  legacyOffsetCommitValue,
  offsetCommitKey,
  offsetCommitValue,
  shareGroupCurrentMemberAssignmentKey,
  shareGroupCurrentMemberAssignmentValue,
  shareGroupMemberMetadataKey,
  shareGroupMemberMetadataValue,
  shareGroupMetadataKey,
  shareGroupMetadataValue,
  shareGroupStatePartitionMetadataKey,
  shareGroupStatePartitionMetadataValue,
  shareGroupTargetAssignmentMemberKey,
  shareGroupTargetAssignmentMemberValue,
  shareGroupTargetAssignmentMetadataKey,
  shareGroupTargetAssignmentMetadataValue,
  streamsGroupCurrentMemberAssignmentKey,
  streamsGroupCurrentMemberAssignmentValue,
  streamsGroupMemberMetadataKey,
  streamsGroupMemberMetadataValue,
  streamsGroupMetadataKey,
  streamsGroupMetadataValue,
  streamsGroupTargetAssignmentMemberKey,
  streamsGroupTargetAssignmentMemberValue,
  streamsGroupTargetAssignmentMetadataKey,
  streamsGroupTargetAssignmentMetadataValue,
  streamsGroupTopologyKey,
  streamsGroupTopologyValue,
  shareSnapshotKey,
  shareSnapshotValue,
  shareUpdateKey,
  shareUpdateValue,
  transactionLogKey,
  transactionLogValue,
  producerSnapshot,
  remoteLogSegmentMetadataRecord,
  remoteLogSegmentMetadataSnapshotRecord,
  remoteLogSegmentMetadataUpdateRecord,
  remotePartitionDeleteMetadataRecord,
];
