/** Every request and response of Apache Kafka 4.3.1, by API key. Imports all tables: the broker imports only what it serves. */

import { produceRequest, produceResponse } from './00-produce.ts';
import { fetchRequest, fetchResponse } from './01-fetch.ts';
import { listOffsetsRequest, listOffsetsResponse } from './02-list-offsets.ts';
import { metadataRequest, metadataResponse } from './03-metadata.ts';
import { offsetCommitRequest, offsetCommitResponse } from './08-offset-commit.ts';
import { offsetFetchRequest, offsetFetchResponse } from './09-offset-fetch.ts';
import { findCoordinatorRequest, findCoordinatorResponse } from './10-find-coordinator.ts';
import { joinGroupRequest, joinGroupResponse } from './11-join-group.ts';
import { heartbeatRequest, heartbeatResponse } from './12-heartbeat.ts';
import { leaveGroupRequest, leaveGroupResponse } from './13-leave-group.ts';
import { syncGroupRequest, syncGroupResponse } from './14-sync-group.ts';
import { describeGroupsRequest, describeGroupsResponse } from './15-describe-groups.ts';
import { listGroupsRequest, listGroupsResponse } from './16-list-groups.ts';
import { saslHandshakeRequest, saslHandshakeResponse } from './17-sasl-handshake.ts';
import { apiVersionsRequest, apiVersionsResponse } from './18-api-versions.ts';
import { createTopicsRequest, createTopicsResponse } from './19-create-topics.ts';
import { deleteTopicsRequest, deleteTopicsResponse } from './20-delete-topics.ts';
import { deleteRecordsRequest, deleteRecordsResponse } from './21-delete-records.ts';
import { initProducerIdRequest, initProducerIdResponse } from './22-init-producer-id.ts';
import { offsetForLeaderEpochRequest, offsetForLeaderEpochResponse } from './23-offset-for-leader-epoch.ts';
import { addPartitionsToTxnRequest, addPartitionsToTxnResponse } from './24-add-partitions-to-txn.ts';
import { addOffsetsToTxnRequest, addOffsetsToTxnResponse } from './25-add-offsets-to-txn.ts';
import { endTxnRequest, endTxnResponse } from './26-end-txn.ts';
import { writeTxnMarkersRequest, writeTxnMarkersResponse } from './27-write-txn-markers.ts';
import { txnOffsetCommitRequest, txnOffsetCommitResponse } from './28-txn-offset-commit.ts';
import { describeAclsRequest, describeAclsResponse } from './29-describe-acls.ts';
import { createAclsRequest, createAclsResponse } from './30-create-acls.ts';
import { deleteAclsRequest, deleteAclsResponse } from './31-delete-acls.ts';
import { describeConfigsRequest, describeConfigsResponse } from './32-describe-configs.ts';
import { alterConfigsRequest, alterConfigsResponse } from './33-alter-configs.ts';
import { alterReplicaLogDirsRequest, alterReplicaLogDirsResponse } from './34-alter-replica-log-dirs.ts';
import { describeLogDirsRequest, describeLogDirsResponse } from './35-describe-log-dirs.ts';
import { saslAuthenticateRequest, saslAuthenticateResponse } from './36-sasl-authenticate.ts';
import { createPartitionsRequest, createPartitionsResponse } from './37-create-partitions.ts';
import { createDelegationTokenRequest, createDelegationTokenResponse } from './38-create-delegation-token.ts';
import { renewDelegationTokenRequest, renewDelegationTokenResponse } from './39-renew-delegation-token.ts';
import { expireDelegationTokenRequest, expireDelegationTokenResponse } from './40-expire-delegation-token.ts';
import { describeDelegationTokenRequest, describeDelegationTokenResponse } from './41-describe-delegation-token.ts';
import { deleteGroupsRequest, deleteGroupsResponse } from './42-delete-groups.ts';
import { electLeadersRequest, electLeadersResponse } from './43-elect-leaders.ts';
import { incrementalAlterConfigsRequest, incrementalAlterConfigsResponse } from './44-incremental-alter-configs.ts';
import {
  alterPartitionReassignmentsRequest,
  alterPartitionReassignmentsResponse,
} from './45-alter-partition-reassignments.ts';
import {
  listPartitionReassignmentsRequest,
  listPartitionReassignmentsResponse,
} from './46-list-partition-reassignments.ts';
import { offsetDeleteRequest, offsetDeleteResponse } from './47-offset-delete.ts';
import { describeClientQuotasRequest, describeClientQuotasResponse } from './48-describe-client-quotas.ts';
import { alterClientQuotasRequest, alterClientQuotasResponse } from './49-alter-client-quotas.ts';
import {
  describeUserScramCredentialsRequest,
  describeUserScramCredentialsResponse,
} from './50-describe-user-scram-credentials.ts';
import {
  alterUserScramCredentialsRequest,
  alterUserScramCredentialsResponse,
} from './51-alter-user-scram-credentials.ts';
import { voteRequest, voteResponse } from './52-vote.ts';
import { beginQuorumEpochRequest, beginQuorumEpochResponse } from './53-begin-quorum-epoch.ts';
import { endQuorumEpochRequest, endQuorumEpochResponse } from './54-end-quorum-epoch.ts';
import { describeQuorumRequest, describeQuorumResponse } from './55-describe-quorum.ts';
import { alterPartitionRequest, alterPartitionResponse } from './56-alter-partition.ts';
import { updateFeaturesRequest, updateFeaturesResponse } from './57-update-features.ts';
import { envelopeRequest, envelopeResponse } from './58-envelope.ts';
import { fetchSnapshotRequest, fetchSnapshotResponse } from './59-fetch-snapshot.ts';
import { describeClusterRequest, describeClusterResponse } from './60-describe-cluster.ts';
import { describeProducersRequest, describeProducersResponse } from './61-describe-producers.ts';
import { brokerRegistrationRequest, brokerRegistrationResponse } from './62-broker-registration.ts';
import { brokerHeartbeatRequest, brokerHeartbeatResponse } from './63-broker-heartbeat.ts';
import { unregisterBrokerRequest, unregisterBrokerResponse } from './64-unregister-broker.ts';
import { describeTransactionsRequest, describeTransactionsResponse } from './65-describe-transactions.ts';
import { listTransactionsRequest, listTransactionsResponse } from './66-list-transactions.ts';
import { allocateProducerIdsRequest, allocateProducerIdsResponse } from './67-allocate-producer-ids.ts';
import { consumerGroupHeartbeatRequest, consumerGroupHeartbeatResponse } from './68-consumer-group-heartbeat.ts';
import { consumerGroupDescribeRequest, consumerGroupDescribeResponse } from './69-consumer-group-describe.ts';
import { controllerRegistrationRequest, controllerRegistrationResponse } from './70-controller-registration.ts';
import {
  getTelemetrySubscriptionsRequest,
  getTelemetrySubscriptionsResponse,
} from './71-get-telemetry-subscriptions.ts';
import { pushTelemetryRequest, pushTelemetryResponse } from './72-push-telemetry.ts';
import { assignReplicasToDirsRequest, assignReplicasToDirsResponse } from './73-assign-replicas-to-dirs.ts';
import { listConfigResourcesRequest, listConfigResourcesResponse } from './74-list-config-resources.ts';
import { describeTopicPartitionsRequest, describeTopicPartitionsResponse } from './75-describe-topic-partitions.ts';
import { shareGroupHeartbeatRequest, shareGroupHeartbeatResponse } from './76-share-group-heartbeat.ts';
import { shareGroupDescribeRequest, shareGroupDescribeResponse } from './77-share-group-describe.ts';
import { shareFetchRequest, shareFetchResponse } from './78-share-fetch.ts';
import { shareAcknowledgeRequest, shareAcknowledgeResponse } from './79-share-acknowledge.ts';
import { addRaftVoterRequest, addRaftVoterResponse } from './80-add-raft-voter.ts';
import { removeRaftVoterRequest, removeRaftVoterResponse } from './81-remove-raft-voter.ts';
import { updateRaftVoterRequest, updateRaftVoterResponse } from './82-update-raft-voter.ts';
import {
  initializeShareGroupStateRequest,
  initializeShareGroupStateResponse,
} from './83-initialize-share-group-state.ts';
import { readShareGroupStateRequest, readShareGroupStateResponse } from './84-read-share-group-state.ts';
import { writeShareGroupStateRequest, writeShareGroupStateResponse } from './85-write-share-group-state.ts';
import { deleteShareGroupStateRequest, deleteShareGroupStateResponse } from './86-delete-share-group-state.ts';
import {
  readShareGroupStateSummaryRequest,
  readShareGroupStateSummaryResponse,
} from './87-read-share-group-state-summary.ts';
import { streamsGroupHeartbeatRequest, streamsGroupHeartbeatResponse } from './88-streams-group-heartbeat.ts';
import { streamsGroupDescribeRequest, streamsGroupDescribeResponse } from './89-streams-group-describe.ts';
import {
  describeShareGroupOffsetsRequest,
  describeShareGroupOffsetsResponse,
} from './90-describe-share-group-offsets.ts';
import { alterShareGroupOffsetsRequest, alterShareGroupOffsetsResponse } from './91-alter-share-group-offsets.ts';
import { deleteShareGroupOffsetsRequest, deleteShareGroupOffsetsResponse } from './92-delete-share-group-offsets.ts';
import type { Message } from './table.ts';

export interface Api {
  readonly request: Message;
  readonly response: Message;
}

export const apis: readonly Api[] = [
  { request: produceRequest, response: produceResponse },
  { request: fetchRequest, response: fetchResponse },
  { request: listOffsetsRequest, response: listOffsetsResponse },
  { request: metadataRequest, response: metadataResponse },
  { request: offsetCommitRequest, response: offsetCommitResponse },
  { request: offsetFetchRequest, response: offsetFetchResponse },
  { request: findCoordinatorRequest, response: findCoordinatorResponse },
  { request: joinGroupRequest, response: joinGroupResponse },
  { request: heartbeatRequest, response: heartbeatResponse },
  { request: leaveGroupRequest, response: leaveGroupResponse },
  { request: syncGroupRequest, response: syncGroupResponse },
  { request: describeGroupsRequest, response: describeGroupsResponse },
  { request: listGroupsRequest, response: listGroupsResponse },
  { request: saslHandshakeRequest, response: saslHandshakeResponse },
  { request: apiVersionsRequest, response: apiVersionsResponse },
  { request: createTopicsRequest, response: createTopicsResponse },
  { request: deleteTopicsRequest, response: deleteTopicsResponse },
  { request: deleteRecordsRequest, response: deleteRecordsResponse },
  { request: initProducerIdRequest, response: initProducerIdResponse },
  { request: offsetForLeaderEpochRequest, response: offsetForLeaderEpochResponse },
  { request: addPartitionsToTxnRequest, response: addPartitionsToTxnResponse },
  { request: addOffsetsToTxnRequest, response: addOffsetsToTxnResponse },
  { request: endTxnRequest, response: endTxnResponse },
  { request: writeTxnMarkersRequest, response: writeTxnMarkersResponse },
  { request: txnOffsetCommitRequest, response: txnOffsetCommitResponse },
  { request: describeAclsRequest, response: describeAclsResponse },
  { request: createAclsRequest, response: createAclsResponse },
  { request: deleteAclsRequest, response: deleteAclsResponse },
  { request: describeConfigsRequest, response: describeConfigsResponse },
  { request: alterConfigsRequest, response: alterConfigsResponse },
  { request: alterReplicaLogDirsRequest, response: alterReplicaLogDirsResponse },
  { request: describeLogDirsRequest, response: describeLogDirsResponse },
  { request: saslAuthenticateRequest, response: saslAuthenticateResponse },
  { request: createPartitionsRequest, response: createPartitionsResponse },
  { request: createDelegationTokenRequest, response: createDelegationTokenResponse },
  { request: renewDelegationTokenRequest, response: renewDelegationTokenResponse },
  { request: expireDelegationTokenRequest, response: expireDelegationTokenResponse },
  { request: describeDelegationTokenRequest, response: describeDelegationTokenResponse },
  { request: deleteGroupsRequest, response: deleteGroupsResponse },
  { request: electLeadersRequest, response: electLeadersResponse },
  { request: incrementalAlterConfigsRequest, response: incrementalAlterConfigsResponse },
  { request: alterPartitionReassignmentsRequest, response: alterPartitionReassignmentsResponse },
  { request: listPartitionReassignmentsRequest, response: listPartitionReassignmentsResponse },
  { request: offsetDeleteRequest, response: offsetDeleteResponse },
  { request: describeClientQuotasRequest, response: describeClientQuotasResponse },
  { request: alterClientQuotasRequest, response: alterClientQuotasResponse },
  { request: describeUserScramCredentialsRequest, response: describeUserScramCredentialsResponse },
  { request: alterUserScramCredentialsRequest, response: alterUserScramCredentialsResponse },
  { request: voteRequest, response: voteResponse },
  { request: beginQuorumEpochRequest, response: beginQuorumEpochResponse },
  { request: endQuorumEpochRequest, response: endQuorumEpochResponse },
  { request: describeQuorumRequest, response: describeQuorumResponse },
  { request: alterPartitionRequest, response: alterPartitionResponse },
  { request: updateFeaturesRequest, response: updateFeaturesResponse },
  { request: envelopeRequest, response: envelopeResponse },
  { request: fetchSnapshotRequest, response: fetchSnapshotResponse },
  { request: describeClusterRequest, response: describeClusterResponse },
  { request: describeProducersRequest, response: describeProducersResponse },
  { request: brokerRegistrationRequest, response: brokerRegistrationResponse },
  { request: brokerHeartbeatRequest, response: brokerHeartbeatResponse },
  { request: unregisterBrokerRequest, response: unregisterBrokerResponse },
  { request: describeTransactionsRequest, response: describeTransactionsResponse },
  { request: listTransactionsRequest, response: listTransactionsResponse },
  { request: allocateProducerIdsRequest, response: allocateProducerIdsResponse },
  { request: consumerGroupHeartbeatRequest, response: consumerGroupHeartbeatResponse },
  { request: consumerGroupDescribeRequest, response: consumerGroupDescribeResponse },
  { request: controllerRegistrationRequest, response: controllerRegistrationResponse },
  { request: getTelemetrySubscriptionsRequest, response: getTelemetrySubscriptionsResponse },
  { request: pushTelemetryRequest, response: pushTelemetryResponse },
  { request: assignReplicasToDirsRequest, response: assignReplicasToDirsResponse },
  { request: listConfigResourcesRequest, response: listConfigResourcesResponse },
  { request: describeTopicPartitionsRequest, response: describeTopicPartitionsResponse },
  { request: shareGroupHeartbeatRequest, response: shareGroupHeartbeatResponse },
  { request: shareGroupDescribeRequest, response: shareGroupDescribeResponse },
  { request: shareFetchRequest, response: shareFetchResponse },
  { request: shareAcknowledgeRequest, response: shareAcknowledgeResponse },
  { request: addRaftVoterRequest, response: addRaftVoterResponse },
  { request: removeRaftVoterRequest, response: removeRaftVoterResponse },
  { request: updateRaftVoterRequest, response: updateRaftVoterResponse },
  { request: initializeShareGroupStateRequest, response: initializeShareGroupStateResponse },
  { request: readShareGroupStateRequest, response: readShareGroupStateResponse },
  { request: writeShareGroupStateRequest, response: writeShareGroupStateResponse },
  { request: deleteShareGroupStateRequest, response: deleteShareGroupStateResponse },
  { request: readShareGroupStateSummaryRequest, response: readShareGroupStateSummaryResponse },
  { request: streamsGroupHeartbeatRequest, response: streamsGroupHeartbeatResponse },
  { request: streamsGroupDescribeRequest, response: streamsGroupDescribeResponse },
  { request: describeShareGroupOffsetsRequest, response: describeShareGroupOffsetsResponse },
  { request: alterShareGroupOffsetsRequest, response: alterShareGroupOffsetsResponse },
  { request: deleteShareGroupOffsetsRequest, response: deleteShareGroupOffsetsResponse },
];
