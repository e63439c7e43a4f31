import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { batches } from '../../protocol/records/batch.ts';
import { fetchRequest, fetchResponse } from '../../protocol/schema/01-fetch.ts';
import { voteRequest, voteResponse } from '../../protocol/schema/52-vote.ts';
import { beginQuorumEpochRequest, beginQuorumEpochResponse } from '../../protocol/schema/53-begin-quorum-epoch.ts';
import { endQuorumEpochRequest, endQuorumEpochResponse } from '../../protocol/schema/54-end-quorum-epoch.ts';
import { describeQuorumRequest, describeQuorumResponse } from '../../protocol/schema/55-describe-quorum.ts';
import { fetchSnapshotRequest, fetchSnapshotResponse } from '../../protocol/schema/59-fetch-snapshot.ts';
import { describeClusterRequest, describeClusterResponse } from '../../protocol/schema/60-describe-cluster.ts';
import { addRaftVoterRequest, addRaftVoterResponse } from '../../protocol/schema/80-add-raft-voter.ts';
import { removeRaftVoterRequest, removeRaftVoterResponse } from '../../protocol/schema/81-remove-raft-voter.ts';
import { updateRaftVoterRequest, updateRaftVoterResponse } from '../../protocol/schema/82-update-raft-voter.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestBroker, type TestBroker } from '../support/test-broker.ts';

const TOPIC = '__cluster_metadata';
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
const OTHER_DIRECTORY = 'Q1UIpZscRr62diCh2hCYZw';
const describeQuorum = [describeQuorumRequest, describeQuorumResponse] as const;
const vote = [voteRequest, voteResponse] as const;
const fetch = [fetchRequest, fetchResponse] as const;

describe('the quorum, asked by others', () => {
  let test: TestBroker;
  let client: RawClient;
  let controller: RawClient;
  let voter: { readonly replicaId: number; readonly replicaDirectoryId: string };
  let epoch: number;

  beforeEach(async () => {
    test = await startTestBroker({
      listeners: 'PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'controller.listener.names': 'CONTROLLER',
    });
    client = await test.connect();
    controller = await RawClient.connect(test.broker.boundListeners.find(({ name }) => name === 'CONTROLLER')!.port);
    const { currentVoters, leaderEpoch } = await described();
    voter = currentVoters[0]!;
    epoch = leaderEpoch;
  });
  afterEach(() => controller.close());

  const port = () => test.broker.boundListeners.find(({ name }) => name === 'CONTROLLER')!.port;

  async function described(by = client, version = 2) {
    const topics = [{ topicName: TOPIC, partitions: [{ partitionIndex: 0 }] }];
    const answer = await by.request(describeQuorum, version, { topics });
    expect(answer.errorCode).toBe(ErrorCode.NONE);
    return { ...answer.topics[0]!.partitions[0]!, nodes: answer.nodes };
  }

  it.each([0, 1, 2])('describes itself on both listeners, version %i', async (version) => {
    for (const by of [client, controller]) {
      const { errorCode, leaderId, leaderEpoch, highWatermark, currentVoters, observers, nodes } = await described(
        by,
        version,
      );
      expect([errorCode, leaderId, leaderEpoch, observers]).toEqual([ErrorCode.NONE, 1, epoch, []]);
      expect(highWatermark).toBeGreaterThan(0);
      expect(currentVoters).toMatchObject([{ replicaId: 1, logEndOffset: highWatermark }]);
      const listeners = [{ name: 'CONTROLLER', host: '127.0.0.1', port: port() }];
      expect(nodes).toEqual(version < 2 ? [] : [{ nodeId: 1, listeners }]);
    }
  });

  it('knows no other partition', async () => {
    const topics = [{ topicName: 'other', partitions: [{ partitionIndex: 0 }] }];
    const { topics: answered } = await client.request(describeQuorum, 2, { topics });
    expect(answered[0]!.partitions[0]!.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });

  function ballot(version: number, change: object = {}) {
    const partition = {
      partitionIndex: 0,
      replicaEpoch: epoch,
      replicaId: 7,
      ...(version < 1 ? {} : { replicaDirectoryId: OTHER_DIRECTORY, voterDirectoryId: voter.replicaDirectoryId }),
      lastOffsetEpoch: 0,
      lastOffset: 0,
      ...change,
    };
    const topics = [{ topicName: TOPIC, partitions: [partition] }];
    return controller.request(vote, version, { ...(version < 1 ? {} : { voterId: 1 }), topics });
  }

  it.each([0, 1, 2])('gives no vote while it leads, Vote version %i', async (version) => {
    const { errorCode, topics, nodeEndpoints } = await ballot(version);
    expect(errorCode).toBe(ErrorCode.NONE);
    expect(topics[0]!.partitions).toMatchObject([
      { errorCode: ErrorCode.NONE, leaderId: 1, leaderEpoch: epoch, voteGranted: false },
    ]);
    expect(nodeEndpoints).toEqual(version < 1 ? [] : [{ nodeId: 1, host: '127.0.0.1', port: port() }]);
  });

  it('refuses a vote of an older epoch, of nonsense, and for another voter', async () => {
    const error = async (change: object) => (await ballot(2, change)).topics[0]!.partitions[0]!.errorCode;
    expect(await error({ replicaEpoch: epoch - 1, preVote: true })).toBe(ErrorCode.FENCED_LEADER_EPOCH);
    expect(await error({ lastOffset: -1 })).toBe(ErrorCode.INVALID_REQUEST);
    expect(await error({ lastOffsetEpoch: epoch })).toBe(ErrorCode.INVALID_REQUEST);
    expect(await error({ voterDirectoryId: OTHER_DIRECTORY })).toBe(ErrorCode.INVALID_VOTER_KEY);
    const asked = await controller.request(vote, 2, { clusterId: 'another', topics: [] });
    expect(asked.errorCode).toBe(ErrorCode.INVALID_REQUEST);
  });

  it('leads again at once when a stranger says that it leads a later epoch', async () => {
    const topics = [{ topicName: TOPIC, partitions: [{ partitionIndex: 0, leaderId: 9, leaderEpoch: epoch + 5 }] }];
    const leaderEndpoints = [{ name: 'CONTROLLER', host: '127.0.0.1', port: 1 }];
    const begin = [beginQuorumEpochRequest, beginQuorumEpochResponse] as const;
    const { topics: answered } = await controller.request(begin, 1, { voterId: 1, topics, leaderEndpoints });
    expect(answered[0]!.partitions[0]!.errorCode).toBe(ErrorCode.NONE);
    const { leaderId, leaderEpoch } = await described();
    expect([leaderId, leaderEpoch > epoch + 5]).toEqual([1, true]);
  });

  it('refuses the epochs of others that are over', async () => {
    const topics = [{ topicName: TOPIC, partitions: [{ partitionIndex: 0, leaderId: 9, leaderEpoch: epoch - 1 }] }];
    const end = [endQuorumEpochRequest, endQuorumEpochResponse] as const;
    for (const version of [0, 1]) {
      const { topics: answered } = await controller.request(end, version, { topics });
      expect(answered[0]!.partitions[0]!.errorCode).toBe(ErrorCode.FENCED_LEADER_EPOCH);
    }
  });

  it.each([12, 15, 17, 18])('lets a replica follow, Fetch version %i', async (version) => {
    let fetchOffset = 0;
    let lastFetchedEpoch = 0;
    for (let round = 0; round < 20; round++) {
      const partition = {
        partition: 0,
        currentLeaderEpoch: epoch,
        fetchOffset,
        lastFetchedEpoch,
        partitionMaxBytes: 500,
        ...(version < 17 ? {} : { replicaDirectoryId: OTHER_DIRECTORY }),
      };
      const { responses } = await controller.request(fetch, version, {
        ...(version < 15 ? { replicaId: 7 } : { replicaState: { replicaId: 7, replicaEpoch: -1 } }),
        maxWaitMs: 0,
        topics: [{ ...(version < 13 ? { topic: TOPIC } : { topicId: TOPIC_ID }), partitions: [partition] }],
      });
      const { errorCode, records } = responses[0]!.partitions[0]!;
      expect(errorCode).toBe(ErrorCode.NONE);
      if (records === null || records.length === 0) break;
      for (const batch of batches(records)) {
        expect(batch.baseOffset).toBe(fetchOffset);
        fetchOffset = batch.nextOffset;
        lastFetchedEpoch = batch.partitionLeaderEpoch;
      }
    }
    const { highWatermark, observers } = await described();
    expect(fetchOffset).toBe(highWatermark);
    expect(observers).toMatchObject([{ replicaId: 7, logEndOffset: highWatermark }]);
  });

  it('tells a replica with another history where to cut it, and one in another epoch to look again', async () => {
    const asked = async (change: object) => {
      const partition = { partition: 0, currentLeaderEpoch: epoch, fetchOffset: 3, lastFetchedEpoch: epoch, ...change };
      const topics = [{ topicId: TOPIC_ID, partitions: [{ ...partition, partitionMaxBytes: 500 }] }];
      const { responses } = await controller.request(fetch, 17, { maxWaitMs: 0, topics });
      return responses[0]!.partitions[0]!;
    };
    const { highWatermark } = await described();
    const diverged = await asked({ fetchOffset: highWatermark + 100 });
    expect(diverged.divergingEpoch).toEqual({ epoch, endOffset: highWatermark });
    expect((await asked({ currentLeaderEpoch: epoch + 1 })).errorCode).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH);
    const older = await asked({ currentLeaderEpoch: epoch - 1, lastFetchedEpoch: 0 });
    expect(older).toMatchObject({ errorCode: ErrorCode.FENCED_LEADER_EPOCH, currentLeader: { leaderId: 1 } });
  });

  it.each([0, 1])('serves snapshots in pieces, FetchSnapshot version %i', async (version) => {
    const asked = async (change: object) => {
      const snapshotId = { endOffset: 0, epoch: 0 };
      const partition = { partition: 0, currentLeaderEpoch: epoch, snapshotId, position: 0, ...change };
      const topics = [{ name: TOPIC, partitions: [partition] }];
      const api = [fetchSnapshotRequest, fetchSnapshotResponse] as const;
      const answer = await controller.request(api, version, { replicaId: 7, maxBytes: 100, topics });
      return answer.topics[0]!.partitions[0]!;
    };
    const { size, unalignedRecords } = await asked({});
    expect(unalignedRecords).toHaveLength(100);
    const parts = [unalignedRecords];
    for (let position = 100; position < size; position += 100) parts.push((await asked({ position })).unalignedRecords);
    const whole = Buffer.concat(parts);
    expect(whole).toHaveLength(size);
    expect([...batches(whole)].every((batch) => batch.isValid())).toBe(true);
    expect((await asked({ position: size })).errorCode).toBe(ErrorCode.POSITION_OUT_OF_RANGE);
    const unknown = { snapshotId: { endOffset: 1, epoch: 1 } };
    expect((await asked(unknown)).errorCode).toBe(ErrorCode.SNAPSHOT_NOT_FOUND);
  });

  it('lists the controllers on their listener, and only there', async () => {
    const api = [describeClusterRequest, describeClusterResponse] as const;
    const answer = await controller.request(api, 1, { endpointType: 2 });
    expect(answer).toMatchObject({
      errorCode: ErrorCode.NONE,
      controllerId: 1,
      brokers: [{ brokerId: 1, host: '127.0.0.1', port: port() }],
    });
    for (const [by, endpointType] of [
      [controller, 1],
      [client, 2],
    ] as const) {
      const refused = await by.request(api, 1, { endpointType });
      expect(refused.errorCode).toBe(ErrorCode.MISMATCHED_ENDPOINT_TYPE);
    }
  });

  it('refuses changes of voters as Kafka does', async () => {
    const add = [addRaftVoterRequest, addRaftVoterResponse] as const;
    const remove = [removeRaftVoterRequest, removeRaftVoterResponse] as const;
    const listeners = [{ name: 'CONTROLLER', host: '127.0.0.1', port: 1 }];
    const newVoter = { clusterId: null, timeoutMs: 1000, voterId: 2, voterDirectoryId: OTHER_DIRECTORY, listeners };
    const added = async (change: object) => client.request(add, 1, { ...newVoter, ...change });
    expect(await added({ voterId: 1 })).toMatchObject({
      errorCode: ErrorCode.DUPLICATE_VOTER,
      errorMessage:
        `The voter id for ReplicaKey(id=1, directoryId=${OTHER_DIRECTORY}) is already part of the set of voters ` +
        `[ReplicaKey(id=1, directoryId=${voter.replicaDirectoryId})].`,
    });
    expect(await added({ clusterId: 'another' })).toMatchObject({ errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID });
    expect(await added({ listeners: [] })).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST });
    expect(await added({})).toMatchObject({ errorCode: ErrorCode.REQUEST_TIMED_OUT });
    const removed = (voterDirectoryId: string) =>
      controller.request(remove, 0, { clusterId: null, voterId: 1, voterDirectoryId });
    expect(await removed(OTHER_DIRECTORY)).toMatchObject({ errorCode: ErrorCode.VOTER_NOT_FOUND });
    expect(await removed(voter.replicaDirectoryId)).toMatchObject({ errorCode: ErrorCode.VOTER_NOT_FOUND });
  });

  it('writes down where a voter says that it is', async () => {
    const api = [updateRaftVoterRequest, updateRaftVoterResponse] as const;
    const listeners = [{ name: 'CONTROLLER', host: 'elsewhere', port: 12 }];
    const kRaftVersionFeature = { minSupportedVersion: 0, maxSupportedVersion: 1 };
    const update = { clusterId: null, currentLeaderEpoch: epoch, voterId: 1, kRaftVersionFeature };
    const answer = await controller.request(api, 0, {
      ...update,
      listeners,
      voterDirectoryId: voter.replicaDirectoryId,
    });
    expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, currentLeader: { leaderId: 1, leaderEpoch: epoch } });
    expect((await described()).nodes).toEqual([{ nodeId: 1, listeners }]);
  });
});
