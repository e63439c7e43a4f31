/** Request and response tables in pairs, for `RawClient.request`. */
import { produceRequest, produceResponse } from '../../protocol/schema/00-produce.ts';
import { fetchRequest, fetchResponse } from '../../protocol/schema/01-fetch.ts';
import { listOffsetsRequest, listOffsetsResponse } from '../../protocol/schema/02-list-offsets.ts';
import { metadataRequest, metadataResponse } from '../../protocol/schema/03-metadata.ts';
import { offsetCommitRequest, offsetCommitResponse } from '../../protocol/schema/08-offset-commit.ts';
import { offsetFetchRequest, offsetFetchResponse } from '../../protocol/schema/09-offset-fetch.ts';
import { findCoordinatorRequest, findCoordinatorResponse } from '../../protocol/schema/10-find-coordinator.ts';
import { joinGroupRequest, joinGroupResponse } from '../../protocol/schema/11-join-group.ts';
import { heartbeatRequest, heartbeatResponse } from '../../protocol/schema/12-heartbeat.ts';
import { syncGroupRequest, syncGroupResponse } from '../../protocol/schema/14-sync-group.ts';
import { apiVersionsRequest, apiVersionsResponse } from '../../protocol/schema/18-api-versions.ts';
import { createTopicsRequest, createTopicsResponse } from '../../protocol/schema/19-create-topics.ts';
import { deleteTopicsRequest, deleteTopicsResponse } from '../../protocol/schema/20-delete-topics.ts';
import { deleteRecordsRequest, deleteRecordsResponse } from '../../protocol/schema/21-delete-records.ts';
import { initProducerIdRequest, initProducerIdResponse } from '../../protocol/schema/22-init-producer-id.ts';
import {
  offsetForLeaderEpochRequest,
  offsetForLeaderEpochResponse,
} from '../../protocol/schema/23-offset-for-leader-epoch.ts';
import { describeAclsRequest, describeAclsResponse } from '../../protocol/schema/29-describe-acls.ts';
import { createAclsRequest, createAclsResponse } from '../../protocol/schema/30-create-acls.ts';
import { deleteAclsRequest, deleteAclsResponse } from '../../protocol/schema/31-delete-acls.ts';
import { describeConfigsRequest, describeConfigsResponse } from '../../protocol/schema/32-describe-configs.ts';
import {
  alterReplicaLogDirsRequest,
  alterReplicaLogDirsResponse,
} from '../../protocol/schema/34-alter-replica-log-dirs.ts';
import { describeLogDirsRequest, describeLogDirsResponse } from '../../protocol/schema/35-describe-log-dirs.ts';
import {
  incrementalAlterConfigsRequest,
  incrementalAlterConfigsResponse,
} from '../../protocol/schema/44-incremental-alter-configs.ts';
import {
  describeClientQuotasRequest,
  describeClientQuotasResponse,
} from '../../protocol/schema/48-describe-client-quotas.ts';
import { alterClientQuotasRequest, alterClientQuotasResponse } from '../../protocol/schema/49-alter-client-quotas.ts';
import {
  describeUserScramCredentialsRequest,
  describeUserScramCredentialsResponse,
} from '../../protocol/schema/50-describe-user-scram-credentials.ts';
import {
  alterUserScramCredentialsRequest,
  alterUserScramCredentialsResponse,
} from '../../protocol/schema/51-alter-user-scram-credentials.ts';
import { updateFeaturesRequest, updateFeaturesResponse } from '../../protocol/schema/57-update-features.ts';
import { envelopeRequest, envelopeResponse } from '../../protocol/schema/58-envelope.ts';
import { describeClusterRequest, describeClusterResponse } from '../../protocol/schema/60-describe-cluster.ts';
import { brokerRegistrationRequest, brokerRegistrationResponse } from '../../protocol/schema/62-broker-registration.ts';
import { unregisterBrokerRequest, unregisterBrokerResponse } from '../../protocol/schema/64-unregister-broker.ts';
import {
  allocateProducerIdsRequest,
  allocateProducerIdsResponse,
} from '../../protocol/schema/67-allocate-producer-ids.ts';
import {
  getTelemetrySubscriptionsRequest,
  getTelemetrySubscriptionsResponse,
} from '../../protocol/schema/71-get-telemetry-subscriptions.ts';
import { pushTelemetryRequest, pushTelemetryResponse } from '../../protocol/schema/72-push-telemetry.ts';
import {
  listConfigResourcesRequest,
  listConfigResourcesResponse,
} from '../../protocol/schema/74-list-config-resources.ts';
export const produce = [produceRequest, produceResponse] as const;
export const fetch = [fetchRequest, fetchResponse] as const;
export const listOffsets = [listOffsetsRequest, listOffsetsResponse] as const;
export const metadata = [metadataRequest, metadataResponse] as const;
export const offsetCommit = [offsetCommitRequest, offsetCommitResponse] as const;
export const offsetFetch = [offsetFetchRequest, offsetFetchResponse] as const;
export const findCoordinator = [findCoordinatorRequest, findCoordinatorResponse] as const;
export const joinGroup = [joinGroupRequest, joinGroupResponse] as const;
export const heartbeat = [heartbeatRequest, heartbeatResponse] as const;
export const syncGroup = [syncGroupRequest, syncGroupResponse] as const;
export const apiVersions = [apiVersionsRequest, apiVersionsResponse] as const;
export const createTopics = [createTopicsRequest, createTopicsResponse] as const;
export const deleteTopics = [deleteTopicsRequest, deleteTopicsResponse] as const;
export const deleteRecords = [deleteRecordsRequest, deleteRecordsResponse] as const;
export const initProducerId = [initProducerIdRequest, initProducerIdResponse] as const;
export const offsetForLeaderEpoch = [offsetForLeaderEpochRequest, offsetForLeaderEpochResponse] as const;
export const describeConfigs = [describeConfigsRequest, describeConfigsResponse] as const;
export const describeClientQuotas = [describeClientQuotasRequest, describeClientQuotasResponse] as const;
export const alterClientQuotas = [alterClientQuotasRequest, alterClientQuotasResponse] as const;
export const describeUserScramCredentials = [
  describeUserScramCredentialsRequest,
  describeUserScramCredentialsResponse,
] as const;
export const alterUserScramCredentials = [alterUserScramCredentialsRequest, alterUserScramCredentialsResponse] as const;
export const alterReplicaLogDirs = [alterReplicaLogDirsRequest, alterReplicaLogDirsResponse] as const;
export const describeLogDirs = [describeLogDirsRequest, describeLogDirsResponse] as const;
export const incrementalAlterConfigs = [incrementalAlterConfigsRequest, incrementalAlterConfigsResponse] as const;
export const updateFeatures = [updateFeaturesRequest, updateFeaturesResponse] as const;
export const unregisterBroker = [unregisterBrokerRequest, unregisterBrokerResponse] as const;
export const listConfigResources = [listConfigResourcesRequest, listConfigResourcesResponse] as const;
export const envelope = [envelopeRequest, envelopeResponse] as const;
export const describeCluster = [describeClusterRequest, describeClusterResponse] as const;
export const brokerRegistration = [brokerRegistrationRequest, brokerRegistrationResponse] as const;
export const allocateProducerIds = [allocateProducerIdsRequest, allocateProducerIdsResponse] as const;
export const describeAcls = [describeAclsRequest, describeAclsResponse] as const;
export const createAcls = [createAclsRequest, createAclsResponse] as const;
export const deleteAcls = [deleteAclsRequest, deleteAclsResponse] as const;
export const getTelemetrySubscriptions = [getTelemetrySubscriptionsRequest, getTelemetrySubscriptionsResponse] as const;
export const pushTelemetry = [pushTelemetryRequest, pushTelemetryResponse] as const;
