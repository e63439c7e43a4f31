/** Listener lists: `NAME://host:port,…`, and what the names mean. */
import { ConfigError } from './config-error.ts';

export const SECURITY_PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
export type SecurityProtocol = (typeof SECURITY_PROTOCOLS)[number];

export interface Endpoint {
  /** Upper case, as Kafka keeps it. */
  readonly name: string;
  /** Empty in `listeners` for every address of the machine; an IPv6 address is without its brackets. */
  readonly host: string;
  /** 0 takes a free port; in advertised listeners it is the port that was bound. */
  readonly port: number;
}

export interface ListenerConfig extends Endpoint {
  readonly securityProtocol: SecurityProtocol;
}

const ENDPOINT = /^(.*):\/\/\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)$/;

/** Throws `ConfigError` for an entry that is not `NAME://host:port`, a port out of range, or a name given twice. */
export function parseEndpoints(key: string, entries: readonly string[]): Endpoint[] {
  const endpoints = entries.map((entry) => {
    const match = ENDPOINT.exec(entry);
    if (match === null || match[1] === '') {
      throw new ConfigError(`${key}=${entries.join(',')}: ${entry} is not a listener; write NAME://host:port.`);
    }
    const port = Number(match[3]);
    if (port < 0 || port > 65_535) {
      throw new ConfigError(`${key}=${entries.join(',')}: ${entry} has no valid port; allowed are 0 (any) to 65535.`);
    }
    return { name: match[1]!.toUpperCase(), host: match[2]!, port };
  });
  const twice = firstDuplicate(endpoints.map(({ name }) => name));
  if (twice !== undefined) {
    throw new ConfigError(
      `${key}=${entries.join(',')}: ${twice} is there twice; each listener needs a name of its own.`,
    );
  }
  return endpoints;
}

/** Two listeners may share a port only as one IPv4 and one IPv6 address. */
export function checkDistinctPorts(key: string, endpoints: readonly Endpoint[]): void {
  for (const [index, endpoint] of endpoints.entries()) {
    const rival = endpoints
      .slice(0, index)
      .find((other) => other.port === endpoint.port && !areTwoFamilies(other, endpoint));
    if (endpoint.port !== 0 && rival !== undefined) {
      throw new ConfigError(
        `${key}: the listeners ${rival.name} and ${endpoint.name} both use port ${endpoint.port}; each needs its own, ` +
          'unless one is on an IPv4 address and the other on an IPv6 address.',
      );
    }
  }
}

function areTwoFamilies(a: Endpoint, b: Endpoint): boolean {
  const families = [a.host, b.host].map((host) => (host.includes(':') ? 6 : /^[\d.]+$/.test(host) ? 4 : 0));
  return families.includes(4) && families.includes(6);
}

/** `NAME:PROTOCOL,…` as a map; throws `ConfigError` for what is not that. */
export function parseProtocolMap(key: string, text: string): Map<string, SecurityProtocol> {
  const map = new Map<string, SecurityProtocol>();
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const at = entry.lastIndexOf(':');
    const name = entry.slice(0, at).trim().toUpperCase();
    const protocol = SECURITY_PROTOCOLS.find(
      (known) =>
        known ===
        entry
          .slice(at + 1)
          .trim()
          .toUpperCase(),
    );
    if (at < 1 || protocol === undefined) {
      throw new ConfigError(
        `${key}: ${entry} is not allowed; write NAME:PROTOCOL with one of ${SECURITY_PROTOCOLS.join(', ')}.`,
      );
    }
    map.set(name, protocol);
  }
  return map;
}

function firstDuplicate(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) < index);
}
