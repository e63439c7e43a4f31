import type { RequestContext } from './request-context.ts';

/** A client in the words that a client metrics subscription selects it by (KIP-714), and word of when it is gone. */
export function clientDescription(context: RequestContext) {
  const { clientId, clientHost, clientPort, session } = context;
  return {
    client_id: clientId,
    client_software_name: session.softwareName,
    client_software_version: session.softwareVersion,
    client_source_address: clientHost.slice(1),
    client_source_port: String(clientPort),
    onDisconnect: (callback: () => void) => context.onDisconnect(callback),
  };
}
