import { codec, decodeWhole } from '../../protocol/codec.ts';
import { ErrorCode, errorName, KafkaError } from '../../protocol/errors.ts';
import { requestHeaderVersion, responseHeaderVersion } from '../../protocol/headers.ts';
import { saslHandshakeRequest, saslHandshakeResponse } from '../../protocol/schema/17-sasl-handshake.ts';
import { apiVersionsRequest, apiVersionsResponse } from '../../protocol/schema/18-api-versions.ts';
import { saslAuthenticateRequest, saslAuthenticateResponse } from '../../protocol/schema/36-sasl-authenticate.ts';
import { requestHeader } from '../../protocol/schema/request-header.ts';
import { responseHeader } from '../../protocol/schema/response-header.ts';
import { type Decoded, type Encodable, type Message, versionRange } from '../../protocol/schema/table.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import { Writer } from '../../protocol/wire/writer.ts';
import { ClientSocket } from '../net/client-socket.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { Address, ClientConfig, SaslCredentials } from './client-config.ts';
import { ScramClient } from './scram-client.ts';

const API_VERSIONS = [apiVersionsRequest, apiVersionsResponse] as const;
const SASL_HANDSHAKE = [saslHandshakeRequest, saslHandshakeResponse] as const;
const SASL_AUTHENTICATE = [saslAuthenticateRequest, saslAuthenticateResponse] as const;
/** A broker that does not know it answers version 0 and error 35 (KIP-511). */
const NEWEST_API_VERSIONS = 4;
/** `socket.request.max.bytes` is the broker's bound to requests; this is ours to answers. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

export interface ClientPorts {
  readonly clock: Clock;
  readonly random: Random;
}

/** One API: the tables of its request and its response. */
export type Api<Req extends Message, Res extends Message> = readonly [request: Req, response: Res];

/** What of a client's configuration a connection goes by. */
export type ConnectionConfig = Pick<
  ClientConfig,
  'clientId' | 'tls' | 'sasl' | 'requestTimeoutMs' | 'connectTimeoutMs'
>;

export interface SendOptions {
  /** The newest version that the caller's body is for; the table's own when absent. */
  readonly maxVersion?: number;
  /** Longer than `request.timeout.ms` where the broker itself waits. */
  readonly timeoutMs?: number;
}

export type ApiVersions = Decoded<typeof apiVersionsResponse>;

/** A connection to one broker that knows the broker's versions and has said who it is. */
export class BrokerConnection {
  readonly address: Address;
  readonly #socket: ClientSocket;
  readonly #config: ConnectionConfig;
  readonly #clock: Clock;
  readonly #versions = new Map<number, { readonly minVersion: number; readonly maxVersion: number }>();
  #correlationId = 0;
  #apiVersions: ApiVersions | undefined;

  private constructor(address: Address, socket: ClientSocket, config: ConnectionConfig, clock: Clock) {
    this.address = address;
    this.#socket = socket;
    this.#config = config;
    this.#clock = clock;
  }

  /**
   * Connects, asks for the broker's versions and authenticates. Rejects with a `ConnectionError`, or with a `KafkaError`
   * (SASL_AUTHENTICATION_FAILED, UNSUPPORTED_SASL_MECHANISM).
   */
  static async open(
    address: Address,
    config: ConnectionConfig,
    { clock, random }: ClientPorts,
  ): Promise<BrokerConnection> {
    const { tls, connectTimeoutMs, sasl } = config;
    const socket = await ClientSocket.connect({
      ...address,
      ...{ tls, clock, connectTimeoutMs, maxFrameBytes: MAX_ANSWER_BYTES },
    });
    const connection = new BrokerConnection(address, socket, config, clock);
    try {
      await connection.#learnVersions();
      if (sasl !== undefined) await connection.#authenticate(sasl, random);
      return connection;
    } catch (failure) {
      socket.close();
      throw failure;
    }
  }

  get isClosed(): boolean {
    return this.#socket.isClosed;
  }

  /** What the broker said of its versions and features. */
  get apiVersions(): ApiVersions {
    return this.#apiVersions!;
  }

  /** The version that both sides speak, as new as possible; undefined where there is none. */
  versionOf(request: Message, maxVersion = Number.POSITIVE_INFINITY): number | undefined {
    const theirs = this.#versions.get(request.apiKey ?? -1);
    if (theirs === undefined) return undefined;
    const ours = versionRange(request.versions);
    const version = Math.min(ours.high, theirs.maxVersion, maxVersion);
    return version < Math.max(ours.low, theirs.minVersion) ? undefined : version;
  }

  /**
   * One request and its answer. Rejects with UNSUPPORTED_VERSION where the broker does not serve the API, and with a
   * `ConnectionError`, also where the answer is late: that closes the connection.
   */
  send<Req extends Message, Res extends Message>(
    api: Api<Req, Res>,
    body: Encodable<Req>,
    { maxVersion, timeoutMs = 0 }: SendOptions = {},
  ): Promise<Decoded<Res>> {
    const version = this.versionOf(api[0], maxVersion);
    if (version === undefined) {
      const { host, port } = this.address;
      return Promise.reject(
        new KafkaError('UNSUPPORTED_VERSION', `${host}:${port} serves no version of ${api[0].name} that is known here`),
      );
    }
    return this.#send(api, version, body, Math.max(timeoutMs, this.#config.requestTimeoutMs));
  }

  close(): void {
    this.#socket.close();
  }

  async #send<Req extends Message, Res extends Message>(
    [request, response]: Api<Req, Res>,
    version: number,
    body: Encodable<Req>,
    timeoutMs: number,
  ): Promise<Decoded<Res>> {
    const answer = await this.#exchange(request, version, body, timeoutMs);
    const reader = new Reader(answer);
    codec(responseHeader, responseHeaderVersion(response, version)).decode(reader);
    return decodeWhole(response, version, answer.subarray(reader.position));
  }

  async #exchange<Req extends Message>(
    request: Req,
    version: number,
    body: Encodable<Req>,
    timeoutMs: number,
  ): Promise<Buffer> {
    this.#correlationId = (this.#correlationId + 1) | 0;
    const correlationId = this.#correlationId;
    const writer = new Writer();
    codec(requestHeader, requestHeaderVersion(request, version)).encode(
      {
        requestApiKey: request.apiKey,
        requestApiVersion: version,
        correlationId,
        clientId: this.#config.clientId,
      },
      writer,
    );
    codec(request, version).encode(body, writer);
    const { host, port } = this.address;
    const late = this.#clock.after(timeoutMs, () => {
      this.#socket.close(`${host}:${port} did not answer ${request.name} within ${timeoutMs} ms`);
    });
    try {
      const answer = await this.#socket.request(writer.toBuffer());
      if (answer.length < 4 || answer.readInt32BE(0) !== correlationId) {
        this.#socket.close();
        throw new KafkaError('NETWORK_EXCEPTION', `${host}:${port} answered another request than ${request.name}`);
      }
      return answer;
    } finally {
      late.cancel();
    }
  }

  async #learnVersions(): Promise<void> {
    const { requestTimeoutMs } = this.#config;
    const body = { clientSoftwareName: 'samsa', clientSoftwareVersion: '1' };
    const frame = await this.#exchange(apiVersionsRequest, NEWEST_API_VERSIONS, body, requestTimeoutMs);
    const isRefused = frame.length >= 6 && frame.readInt16BE(4) === ErrorCode.UNSUPPORTED_VERSION;
    const answer = isRefused
      ? await this.#send(API_VERSIONS, 0, {}, requestTimeoutMs)
      : decodeWhole(apiVersionsResponse, NEWEST_API_VERSIONS, frame.subarray(4));
    const { host, port } = this.address;
    if (answer.errorCode !== ErrorCode.NONE) {
      throw new KafkaError(errorName(answer.errorCode), `${host}:${port} does not tell its versions`);
    }
    for (const { apiKey, ...range } of answer.apiKeys) this.#versions.set(apiKey, range);
    this.#apiVersions = answer;
  }

  async #authenticate(sasl: SaslCredentials, random: Random): Promise<void> {
    const { mechanism } = sasl;
    const { errorCode, mechanisms } = await this.send(SASL_HANDSHAKE, { mechanism });
    if (errorCode !== ErrorCode.NONE) {
      const offered = mechanisms.length === 0 ? 'none' : mechanisms.join(', ');
      throw new KafkaError(errorName(errorCode), `SASL ${mechanism} is not offered here; offered: ${offered}`);
    }
    if (mechanism === 'PLAIN') {
      await this.#saslStep(`\0${sasl.username}\0${sasl.password}`);
    } else if (mechanism === 'OAUTHBEARER') {
      await this.#saslStep(`n,,\u0001auth=Bearer ${sasl.token}\u0001\u0001`);
    } else {
      const nonce = random.bytes(18).toString('base64').replaceAll(',', '');
      const scram = new ScramClient(mechanism, sasl.username, sasl.password, nonce);
      try {
        const serverFirst = await this.#saslStep(scram.first());
        scram.verify(await this.#saslStep(scram.final(serverFirst)));
      } catch (cause) {
        if (cause instanceof KafkaError || !(cause instanceof Error)) throw cause;
        throw new KafkaError('SASL_AUTHENTICATION_FAILED', `SASL ${mechanism}: ${cause.message}`, { cause });
      }
    }
  }

  async #saslStep(token: string): Promise<string> {
    const answer = await this.send(SASL_AUTHENTICATE, { authBytes: Buffer.from(token) });
    if (answer.errorCode !== ErrorCode.NONE) {
      throw new KafkaError(errorName(answer.errorCode), answer.errorMessage ?? 'the broker refused the credentials');
    }
    return answer.authBytes.toString();
  }
}
