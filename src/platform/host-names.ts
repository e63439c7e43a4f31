/** Names of hosts, as the machine resolves them. */
import { lookup } from 'node:dns/promises';

/** Resolves whether `host` is an address, or a name that has one. */
export async function isKnownHost(host: string): Promise<boolean> {
  try {
    await lookup(host);
    return true;
  } catch {
    return false;
  }
}
