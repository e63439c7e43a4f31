import type { RequestContext } from './request-context.ts';

/** A client in the words that a client metrics subscription selects it by (KIP-714). */
export function clientDescription({ clientId, clientHost, clientPort, session }: RequestContext) {
  return {
    client_id: clientId,
    client_software_name: session.softwareName,
    client_software_version: session.softwareVersion,
    client_source_address: clientHost.slice(1),
    client_source_port: String(clientPort),
  };
}
