import type { Decoded, Encodable, Message } from '../../protocol/schema/table.ts';
import { versionRange } from '../../protocol/schema/table.ts';
import type { LocalClient } from '../local-client/local-client.ts';
import type { Api, ApiVersions, ClientPorts, SendOptions } from './broker-connection.ts';
import { clientConfig } from './client-config.ts';
import { type BrokerLink, Cluster } from './cluster.ts';

/** The cluster of the broker in this process, for what else stands on a cluster reached over sockets. */
export function localCluster(client: LocalClient, ports: ClientPorts): Cluster {
  const config = clientConfig(new Map(), () => '');
  return new Cluster(config, ports, async () => new LocalLink(client));
}

/** Every address of the cluster is the broker in this process. Both sides have the same versions. */
class LocalLink implements BrokerLink {
  readonly #client: LocalClient;
  #isClosed = false;

  constructor(client: LocalClient) {
    this.#client = client;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get apiVersions(): ApiVersions {
    throw new Error('the broker in this process is not asked for its versions');
  }

  versionOf(request: Message, maxVersion = Number.POSITIVE_INFINITY): number {
    return Math.min(versionRange(request.versions).high, maxVersion);
  }

  send<Req extends Message, Res extends Message>(
    api: Api<Req, Res>,
    body: Encodable<Req>,
    { maxVersion }: SendOptions = {},
  ): Promise<Decoded<Res>> {
    return this.#client.request(api, this.versionOf(api[0], maxVersion), body);
  }

  close(): void {
    this.#isClosed = true;
  }
}
