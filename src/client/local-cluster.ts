import { setMaxListeners } from 'node:events';
import { KafkaError } from '../../protocol/errors.ts';
import { apiVersionsRequest, apiVersionsResponse } from '../../protocol/schema/18-api-versions.ts';
import { type Decoded, type Encodable, type Message, versionRange } from '../../protocol/schema/table.ts';
import type { LocalClient } from '../local-client/local-client.ts';
import { ConnectionError } from '../net/client-socket.ts';
import type { Api, ApiVersions, ClientPorts, SendOptions } from './broker-connection.ts';
import { clientConfig } from './client-config.ts';
import { type BrokerLink, Cluster } from './cluster.ts';

const API_VERSIONS = [apiVersionsRequest, apiVersionsResponse] as const;
const API_VERSIONS_VERSION = 4;

/** The cluster of the broker in this process, for what else stands on a cluster reached over sockets. */
export function localCluster(client: LocalClient, ports: ClientPorts): Cluster {
  const config = clientConfig(new Map(), () => '');
  return new Cluster(config, ports, async () => {
    const body = { clientSoftwareName: 'samsa', clientSoftwareVersion: '1' };
    return new LocalLink(client, await client.request(API_VERSIONS, API_VERSIONS_VERSION, body));
  });
}

/** Every address of the cluster is the broker in this process. */
class LocalLink implements BrokerLink {
  readonly apiVersions: ApiVersions;
  readonly #client: LocalClient;
  readonly #newest: ReadonlyMap<number, number>;
  /** Aborted at the close: what waits in the broker is given up. */
  readonly #closing = new AbortController();

  constructor(client: LocalClient, apiVersions: ApiVersions) {
    this.#client = client;
    // One for each request under way.
    setMaxListeners(0, this.#closing.signal);
    this.apiVersions = apiVersions;
    this.#newest = new Map(apiVersions.apiKeys.map(({ apiKey, maxVersion }) => [apiKey, maxVersion]));
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  versionOf({ apiKey, versions }: Message, maxVersion = Number.POSITIVE_INFINITY): number | undefined {
    const served = this.#newest.get(apiKey ?? -1);
    return served === undefined ? undefined : Math.min(served, versionRange(versions).high, maxVersion);
  }

  async send<Req extends Message, Res extends Message>(
    api: Api<Req, Res>,
    body: Encodable<Req>,
    { maxVersion }: SendOptions = {},
  ): Promise<Decoded<Res>> {
    const version = this.versionOf(api[0], maxVersion);
    if (version === undefined) throw new KafkaError('UNSUPPORTED_VERSION', `${api[0].name} is not served`);
    return this.#client.request(api, version, body, this.#closing.signal);
  }

  close(): void {
    this.#closing.abort(new ConnectionError('the client is closed'));
  }
}
