import { describe, expect, it } from 'vitest';
import { codec } from '../../protocol/codec.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { defaultPrincipalData } from '../../protocol/schema/records/default-principal-data.ts';
import { responseHeader } from '../../protocol/schema/response-header.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import { Writer } from '../../protocol/wire/writer.ts';
import { supportedFeatures } from '../../src/metadata/features.ts';
import * as api from '../support/apis.ts';
import { encodeFrame, type RawClient } from '../support/raw-client.ts';
import { startTestBroker, WITH_CONTROLLER } from '../support/test-broker.ts';

const { NONE } = ErrorCode;
const SECOND = 2;
const UUIDS = { incarnation: 'AAAAAAAAAAAAAAAAAAAAyA', directory: 'AAAAAAAAAAAAAAAAAAAAyQ' };

/** A broker 1 with a topic `orders` of one partition, and connections to both of its listeners. */
async function fresh(settings: Record<string, string> = {}) {
  const samsa = await startTestBroker({ ...WITH_CONTROLLER, ...settings });
  const client = await samsa.connect();
  const controller = await samsa.connect('CONTROLLER');
  const topics = [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }];
  const created = await client.request(api.createTopics, 7, { topics });
  return { samsa, client, controller, topicId: created.topics[0]!.topicId };
}

/** Registers and unfences broker 2, which exists in the metadata only. */
async function addBroker(controller: RawClient, clusterId: string, incarnationId = UUIDS.incarnation) {
  const registered = await controller.request(api.brokerRegistration, 4, {
    brokerId: SECOND,
    clusterId,
    incarnationId,
    listeners: [{ name: 'PLAINTEXT', host: 'two', port: 9092, securityProtocol: 0 }],
    features: supportedFeatures,
    rack: null,
    logDirs: [UUIDS.directory],
    previousBrokerEpoch: -1,
  });
  expect(registered.errorCode).toBe(NONE);
  return registered.brokerEpoch;
}

describe('a controller listener', () => {
  it('describes the controllers, as a broker does the brokers', async () => {
    const { samsa, client, controller } = await fresh();
    const { port } = samsa.broker.boundListeners.find(({ name }) => name === 'CONTROLLER')!;
    const described = await controller.request(api.describeCluster, 2, { endpointType: 2 });
    expect(described).toMatchObject({
      errorCode: NONE,
      clusterId: samsa.broker.clusterId,
      controllerId: 1,
      brokers: [{ brokerId: 1, host: '127.0.0.1', port }],
    });
    // Codes and sentences of Apache Kafka 4.3.1.
    expect(await controller.request(api.describeCluster, 2, { endpointType: 1 })).toMatchObject({
      errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE,
      errorMessage: 'The request was sent to an endpoint of type CONTROLLER, but we wanted an endpoint of type BROKER',
    });
    expect((await controller.request(api.describeCluster, 0, {})).errorCode).toBe(ErrorCode.INVALID_REQUEST);
    expect(await client.request(api.describeCluster, 2, { endpointType: 3 })).toMatchObject({
      errorCode: ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
      errorMessage: 'Unsupported endpoint type 3',
    });
  });

  it('gives blocks of producer ids to brokers at their epoch only', async () => {
    const { samsa, controller } = await fresh();
    const brokerEpoch = await addBroker(controller, samsa.broker.clusterId);
    const allocate = (epoch: number) =>
      controller.request(api.allocateProducerIds, 0, { brokerId: SECOND, brokerEpoch: epoch });
    const first = await allocate(brokerEpoch);
    const second = await allocate(brokerEpoch);
    expect([first.errorCode, first.producerIdLen, second.producerIdStart - first.producerIdStart]).toEqual([
      0, 1000, 1000,
    ]);
    expect((await allocate(brokerEpoch + 1)).errorCode).toBe(ErrorCode.STALE_BROKER_EPOCH);
  });

  it('answers what is in an envelope as its client would be', async () => {
    const { controller, client } = await fresh();
    const principal = new Writer();
    principal.int16(0);
    codec(defaultPrincipalData, 0).encode({ type: 'User', name: 'alice', tokenAuthenticated: false }, principal);
    const topics = [{ name: 'forwarded', numPartitions: 1, replicationFactor: 1 }];
    const send = (requestData: Buffer, requestPrincipal: Buffer | null = principal.toBuffer()) =>
      controller.request(api.envelope, 0, {
        requestData,
        requestPrincipal,
        clientHostAddress: Buffer.from([127, 0, 0, 1]),
      });
    const { errorCode, responseData } = await send(encodeFrame(api.createTopics[0], 7, 42, { topics }));
    expect(errorCode).toBe(NONE);
    const reader = new Reader(responseData!);
    expect(codec(responseHeader, 1).decode(reader).correlationId).toBe(42);
    expect(codec(api.createTopics[1], 7).decode(reader).topics[0]).toMatchObject({ name: 'forwarded', errorCode: 0 });
    const { topics: found } = await client.request(api.metadata, 12, { topics: [{ name: 'forwarded' }] });
    expect(found[0]?.errorCode).toBe(NONE);

    expect((await send(Buffer.from('not a request'))).errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION);
    expect((await send(encodeFrame(api.describeCluster[0], 2, 1, {}))).errorCode).toBe(ErrorCode.INVALID_REQUEST);
    expect((await send(Buffer.alloc(0), null)).errorCode).toBe(ErrorCode.PRINCIPAL_DESERIALIZATION_FAILURE);
  });

  it('refuses registrations as Kafka does', async () => {
    const { samsa, controller } = await fresh();
    const register = async (more: object) => {
      const answer = await controller.request(api.brokerRegistration, 4, {
        brokerId: SECOND,
        clusterId: samsa.broker.clusterId,
        incarnationId: UUIDS.incarnation,
        features: supportedFeatures,
        rack: null,
        logDirs: [UUIDS.directory],
        ...more,
      });
      return answer.errorCode;
    };
    expect(await register({ clusterId: 'other' })).toBe(ErrorCode.INCONSISTENT_CLUSTER_ID);
    expect(await register({ brokerId: 1 })).toBe(ErrorCode.DUPLICATE_BROKER_REGISTRATION);
    expect(await register({ logDirs: [] })).toBe(ErrorCode.INVALID_REGISTRATION);
    expect(await register({ features: [] })).toBe(ErrorCode.INVALID_REGISTRATION);
    expect(await register({ isMigratingZkBroker: true })).toBe(ErrorCode.BROKER_ID_NOT_REGISTERED);
    const tooOld = [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 29 }];
    expect(await register({ features: tooOld })).toBe(ErrorCode.UNSUPPORTED_VERSION);
  });
});
