/** A client's configuration, in the Java clients' own keys, so that a file for Kafka's tools serves here as it is. */
import type { ClientTls } from '../net/client-socket.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How the client says who it is. */
export type SaslCredentials =
  | { readonly mechanism: 'PLAIN' | ScramMechanism; readonly username: string; readonly password: string }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: string };

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

export interface ClientConfig {
  readonly bootstrapServers: readonly Address[];
  readonly clientId: string;
  readonly tls: ClientTls | undefined;
  readonly sasl: SaslCredentials | undefined;
  /** `request.timeout.ms`: how long one answer is awaited. */
  readonly requestTimeoutMs: number;
  /** `default.api.timeout.ms`: how long what may be tried again is tried. */
  readonly apiTimeoutMs: number;
  /** `socket.connection.setup.timeout.ms`. */
  readonly connectTimeoutMs: number;
  /** `session.timeout.ms`: after so long without a heartbeat a group goes on without its member. */
  readonly sessionTimeoutMs: number;
  /** `heartbeat.interval.ms`: also how soon a member learns of a rebalance. */
  readonly heartbeatIntervalMs: number;
}

/** What is wrong with a configuration, and what to write instead. */
export class ClientConfigError extends Error {
  override readonly name = 'ClientConfigError';
}

const PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];
const DEFAULT_PORT = 9092;

/**
 * Reads Java client properties; keys that are not named here are another client's business and are passed over.
 * `readFile` gives the text of a PEM file. Throws `ClientConfigError`.
 */
export function clientConfig(
  properties: ReadonlyMap<string, string>,
  readFile: (path: string) => string,
): ClientConfig {
  const protocol = (properties.get('security.protocol') ?? 'PLAINTEXT').toUpperCase();
  if (!PROTOCOLS.includes(protocol)) {
    throw new ClientConfigError(`security.protocol=${protocol} is none of ${PROTOCOLS.join(', ')}`);
  }
  return {
    bootstrapServers: parseAddresses(properties.get('bootstrap.servers') ?? `localhost:${DEFAULT_PORT}`),
    clientId: properties.get('client.id') ?? 'samsa',
    tls: protocol.endsWith('SSL') ? tlsOf(properties, readFile) : undefined,
    sasl: protocol.startsWith('SASL') ? saslOf(properties) : undefined,
    requestTimeoutMs: milliseconds(properties, 'request.timeout.ms', 30_000),
    apiTimeoutMs: milliseconds(properties, 'default.api.timeout.ms', 60_000),
    connectTimeoutMs: milliseconds(properties, 'socket.connection.setup.timeout.ms', 10_000),
    sessionTimeoutMs: milliseconds(properties, 'session.timeout.ms', 45_000),
    heartbeatIntervalMs: milliseconds(properties, 'heartbeat.interval.ms', 3000),
  };
}

/** `host:port,[::1]:port`; a port that is left out is 9092. Throws `ClientConfigError`. */
export function parseAddresses(text: string): Address[] {
  const addresses = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseAddress);
  if (addresses.length === 0) throw new ClientConfigError('bootstrap.servers names no server: write host:port');
  return addresses;
}

export function parseAddress(text: string): Address {
  const match = /^(?:[A-Za-z_]+:\/\/)?(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]/]+))(?::(\d+))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? DEFAULT_PORT);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new ClientConfigError(`'${text}' is no address of a broker: write host:port, or [address]:port for IPv6`);
  }
  return { host, port };
}

function milliseconds(properties: ReadonlyMap<string, string>, key: string, otherwise: number): number {
  const text = properties.get(key);
  if (text === undefined) return otherwise;
  if (!/^\d+$/.test(text)) throw new ClientConfigError(`${key}=${text} is no number of milliseconds`);
  return Number(text);
}

function tlsOf(properties: ReadonlyMap<string, string>, readFile: (path: string) => string): ClientTls {
  const ca = pem(properties, 'ssl.truststore', 'ssl.truststore.certificates', readFile);
  const cert = pem(properties, 'ssl.keystore', 'ssl.keystore.certificate.chain', readFile);
  const key = properties.get('ssl.keystore.key') ?? cert;
  const passphrase = properties.get('ssl.key.password');
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    verifiesHostName: (properties.get('ssl.endpoint.identification.algorithm') ?? 'https') !== '',
  };
}

/** A store of certificates, in the properties themselves or in a file. */
function pem(
  properties: ReadonlyMap<string, string>,
  store: string,
  inline: string,
  readFile: (path: string) => string,
): string | undefined {
  const text = properties.get(inline);
  if (text !== undefined) return text;
  const location = properties.get(`${store}.location`);
  if (location === undefined) return undefined;
  const type = (properties.get(`${store}.type`) ?? 'PEM').toUpperCase();
  const content = type === 'PEM' ? readFile(location) : '';
  if (!content.includes('-----BEGIN')) {
    throw new ClientConfigError(
      `${store}.location=${location} is not PEM (${store}.type=${type}). ` +
        `Convert it: keytool -exportcert -rfc -keystore ${location} -alias NAME > ca.pem, and set ${store}.type=PEM.`,
    );
  }
  return content;
}

function saslOf(properties: ReadonlyMap<string, string>): SaslCredentials {
  const mechanism = properties.get('sasl.mechanism') ?? 'GSSAPI';
  const jaas = jaasOptions(properties.get('sasl.jaas.config') ?? '');
  if (mechanism === 'OAUTHBEARER') {
    const token = jaas.get('token') ?? properties.get('sasl.oauthbearer.token');
    if (token === undefined) {
      throw new ClientConfigError('SASL OAUTHBEARER needs a token: set sasl.oauthbearer.token to a signed JWT');
    }
    return { mechanism, token };
  }
  if (mechanism !== 'PLAIN' && mechanism !== 'SCRAM-SHA-256' && mechanism !== 'SCRAM-SHA-512') {
    throw new ClientConfigError(
      `sasl.mechanism=${mechanism} is not spoken here: use PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER`,
    );
  }
  const username = jaas.get('username') ?? properties.get('sasl.username');
  const password = jaas.get('password') ?? properties.get('sasl.password');
  if (username === undefined || password === undefined) {
    throw new ClientConfigError(
      `SASL ${mechanism} needs a user: set sasl.jaas.config=… required username="alice" password="secret";`,
    );
  }
  return { mechanism, username, password };
}

/** The options of a JAAS entry, `Module required key="value" …;`. */
function jaasOptions(text: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const [, key, quoted, single, plain] of text.matchAll(
    /([A-Za-z][\w.]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s;"']+))/g,
  )) {
    options.set(key!, quoted?.replace(/\\(.)/g, '$1') ?? single ?? plain ?? '');
  }
  return options;
}
