/**
 * Why a client cannot connect: the way of a Kafka client, step by step, with what to change where a step fails. First to
 * the address that was given, then to every address that the cluster tells its clients to use.
 */
import { isRetriable, KafkaError } from '../../../protocol/errors.ts';
import { produceRequest } from '../../../protocol/schema/00-produce.ts';
import { metadataRequest, metadataResponse } from '../../../protocol/schema/03-metadata.ts';
import { BrokerConnection, type ClientPorts } from '../../client/broker-connection.ts';
import type { Address, ClientConfig } from '../../client/client-config.ts';
import { ClientSocket, ConnectionError } from '../../net/client-socket.ts';
import { certificateAdvice, connectAdvice, isCertificateError, isLocal, systemCode, whatAnswered } from './advice.ts';

const METADATA = [metadataRequest, metadataResponse] as const;

export interface Finding {
  readonly status: 'ok' | 'warning' | 'problem';
  readonly text: string;
  /** What to change. */
  readonly advice?: string;
}

export interface DiagnosisPorts extends ClientPorts {
  /** The addresses of a host name; rejects when there are none. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
}

/** Yields what it finds as it finds it. */
export async function* diagnose(
  address: Address,
  config: ClientConfig,
  ports: DiagnosisPorts,
): AsyncGenerator<Finding, void> {
  const addresses = yield* resolve(address, ports);
  if (addresses.length === 0) return;
  if (!(yield* reach(address, config, ports))) return;
  const connection = yield* speak(address, config, ports);
  if (connection === undefined) return;
  try {
    yield* examineCluster(address, connection, config, ports);
  } finally {
    connection.close();
  }
}

async function* resolve({ host }: Address, { lookup }: DiagnosisPorts): AsyncGenerator<Finding, readonly string[]> {
  try {
    const found = await lookup(host);
    yield ok(found.includes(host) ? `${host} is an address` : `${host} resolves to ${found.join(', ')}`);
    return found;
  } catch (failure) {
    yield {
      status: 'problem',
      text: `${host} does not resolve (${systemCode(failure) ?? failure})`,
      advice: 'Correct the name, or add it to DNS or to the hosts file of this machine.',
    };
    return [];
  }
}

/** Whether something accepts connections there. */
async function* reach(address: Address, config: ClientConfig, ports: DiagnosisPorts): AsyncGenerator<Finding, boolean> {
  try {
    (await openSocket(address, config, ports)).close();
    yield ok(`${text(address)} accepts connections`);
    return true;
  } catch (failure) {
    yield { status: 'problem', text: sentence(failure), advice: connectAdvice(failure, address) };
    return false;
  }
}

/** Whether what listens there is a Kafka broker, behind the security that the client is configured for. */
async function* speak(
  address: Address,
  config: ClientConfig,
  ports: DiagnosisPorts,
): AsyncGenerator<Finding, BrokerConnection | undefined> {
  try {
    const connection = await BrokerConnection.open(address, config, ports);
    const tls = config.tls === undefined ? 'without TLS' : 'over TLS';
    const sasl = config.sasl === undefined ? '' : `, authenticated with ${config.sasl.mechanism}`;
    yield ok(`${text(address)} speaks Kafka's protocol ${tls}${sasl}`);
    return connection;
  } catch (failure) {
    if (failure instanceof KafkaError) {
      yield { status: 'problem', text: `${failure.error}: ${failure.message}`, advice: saslAdvice(failure) };
    } else if (config.tls !== undefined && isCertificateError(failure)) {
      yield { status: 'problem', text: sentence(failure), advice: certificateAdvice(failure, address) };
    } else if (config.tls === undefined && (await speaksTls(address, config, ports))) {
      yield {
        status: 'problem',
        text: `${text(address)} wants TLS`,
        advice: 'Set security.protocol=SSL (or SASL_SSL), and ssl.truststore.location to the CA in PEM.',
      };
    } else if (config.tls !== undefined && (await speaksPlain(address, config, ports))) {
      yield {
        status: 'problem',
        text: `${text(address)} speaks Kafka's protocol, but without TLS`,
        advice: 'Set security.protocol=PLAINTEXT (or SASL_PLAINTEXT), or use the port of the TLS listener.',
      };
    } else {
      yield { status: 'problem', text: sentence(failure), advice: whatAnswered(failure) };
    }
    return undefined;
  }
}

async function* examineCluster(
  address: Address,
  connection: BrokerConnection,
  config: ClientConfig,
  ports: DiagnosisPorts,
): AsyncGenerator<Finding, void> {
  if (connection.versionOf(produceRequest) === undefined) {
    yield {
      status: 'problem',
      text: `${text(address)} is the listener of a controller: it takes no records`,
      advice: "Use a broker's listener (listeners= without those of controller.listener.names).",
    };
    return;
  }
  const metadata = await askMetadata(connection);
  if (metadata instanceof Error) {
    yield {
      status: 'problem',
      text: `the broker does not answer Metadata: ${sentence(metadata)}`,
      advice: 'A listener with SASL closes the connection here: set security.protocol and sasl.* for it.',
    };
    return;
  }
  const { clusterId, brokers, controllerId } = metadata;
  yield ok(`cluster ${clusterId}, ${brokers.length} broker${brokers.length === 1 ? '' : 's'}`);
  if (controllerId < 0) {
    yield {
      status: 'warning',
      text: 'the cluster has no controller at the moment',
      advice: 'Look at the quorum: samsa cluster quorum.',
    };
  }
  let isReachable = true;
  for (const broker of brokers) {
    if (!(yield* examineBroker(address, broker, clusterId, config, ports))) isReachable = false;
  }
  const leaderless = metadata.topics.flatMap(({ name, partitions }) =>
    partitions.filter(({ leaderId }) => leaderId < 0).map(({ partitionIndex }) => `${name}-${partitionIndex}`),
  );
  if (leaderless.length > 0) {
    const some = leaderless.slice(0, 5).join(', ');
    yield {
      status: 'problem',
      text: `${leaderless.length} partitions have no leader: ${some}${leaderless.length > 5 ? ' …' : ''}`,
      advice: 'Their brokers, or the disks they lie on, are away: start them, or look at their logs.',
    };
  } else if (isReachable) yield ok(`every partition of ${metadata.topics.length} topics has a leader`);
}

/** The way to where the cluster says that clients find a broker: there most misconfigurations show. */
async function* examineBroker(
  given: Address,
  broker: { readonly nodeId: number; readonly host: string; readonly port: number },
  clusterId: string | null,
  config: ClientConfig,
  ports: DiagnosisPorts,
): AsyncGenerator<Finding, boolean> {
  const { nodeId, host, port } = broker;
  const advertised = { host, port };
  const name = `broker ${nodeId} advertises ${text(advertised)}`;
  const advise = (why: string): string =>
    `${why} Set advertised.listeners of broker ${nodeId} to what this machine can reach, for instance ${text(given)}.`;
  if (host === '0.0.0.0' || host === '::') {
    yield { status: 'problem', text: name, advice: advise('That is no address to connect to.') };
    return false;
  }
  if (isLocal(host) && !isLocal(given.host)) {
    yield {
      status: 'problem',
      text: `${name}, which is this machine itself, although you came through ${given.host}`,
      advice: advise('Clients elsewhere would talk to themselves.'),
    };
    return false;
  }
  try {
    await ports.lookup(host);
  } catch (failure) {
    yield {
      status: 'problem',
      text: `${name}, which does not resolve here (${systemCode(failure) ?? failure})`,
      advice: advise('A name inside a container or another network is unknown here.'),
    };
    return false;
  }
  let connection: BrokerConnection;
  try {
    connection = await BrokerConnection.open(advertised, config, ports);
  } catch (failure) {
    const why =
      failure instanceof ConnectionError && !isCertificateError(failure)
        ? connectAdvice(failure, advertised)
        : certificateAdvice(failure, advertised);
    yield { status: 'problem', text: `${name}, but ${sentence(failure)}`, advice: advise(why) };
    return false;
  }
  try {
    const answer = await askMetadata(connection);
    if (!(answer instanceof Error) && answer.clusterId !== clusterId) {
      yield {
        status: 'problem',
        text: `${name}, where another cluster answers (${answer.clusterId})`,
        advice: advise('Two clusters share that address as seen from here.'),
      };
      return false;
    }
    yield ok(`${name}, which answers`);
    return true;
  } finally {
    connection.close();
  }
}

async function askMetadata(connection: BrokerConnection) {
  try {
    return await connection.send(METADATA, { topics: null, allowAutoTopicCreation: false });
  } catch (failure) {
    return failure instanceof Error ? failure : new Error(String(failure));
  }
}

function openSocket(address: Address, config: ClientConfig, { clock }: ClientPorts): Promise<ClientSocket> {
  const { connectTimeoutMs } = config;
  return ClientSocket.connect({ ...address, clock, connectTimeoutMs, maxFrameBytes: 1 });
}

async function speaksTls(address: Address, config: ClientConfig, { clock }: ClientPorts): Promise<boolean> {
  try {
    const { connectTimeoutMs } = config;
    const tls = { verifiesHostName: false };
    (await ClientSocket.connect({ ...address, tls, clock, connectTimeoutMs, maxFrameBytes: 1 })).close();
    return true;
  } catch (failure) {
    return isCertificateError(failure);
  }
}

async function speaksPlain(address: Address, config: ClientConfig, ports: ClientPorts): Promise<boolean> {
  try {
    (await BrokerConnection.open(address, { ...config, tls: undefined, sasl: undefined }, ports)).close();
    return true;
  } catch {
    return false;
  }
}

function saslAdvice({ error }: KafkaError): string {
  switch (error) {
    case 'SASL_AUTHENTICATION_FAILED':
      return 'Correct username and password in sasl.jaas.config, or make the user: samsa user add NAME.';
    case 'UNSUPPORTED_SASL_MECHANISM':
      return 'Set sasl.mechanism to one that is offered, or enable it on the broker (sasl.enabled.mechanisms).';
    case 'ILLEGAL_SASL_STATE':
    case 'UNSUPPORTED_VERSION':
      return 'This listener does not ask for SASL: set security.protocol=PLAINTEXT or SSL, or use another port.';
    default:
      return isRetriable(error) ? 'Try again in a moment.' : "Look at the broker's log for this moment.";
  }
}

function ok(said: string): Finding {
  return { status: 'ok', text: said };
}

function text({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function sentence(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  return failure.cause instanceof Error ? `${failure.message} (${failure.cause.message})` : failure.message;
}
