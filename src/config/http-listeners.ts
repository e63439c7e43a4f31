/** `http.listeners`: `http://host:port,https://host:port,…`. */
import { ConfigError } from './config-error.ts';

/** Where HTTP is served. */
export interface HttpEndpoint {
  readonly scheme: 'http' | 'https';
  /** A name or an address, one of IPv6 without its brackets; `0.0.0.0` and `::` for every address of the machine. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
}

const ENDPOINT = /^(https?):\/\/(?:\[([0-9a-fA-F:.%]+)\]|([0-9a-zA-Z\-._]+)):([0-9]{1,5})\/?$/;

/** Throws `ConfigError` for an entry that is not `http://host:port` or `https://host:port`, or is there twice. */
export function parseHttpListeners(entries: readonly string[]): HttpEndpoint[] {
  const endpoints = entries.map((entry): HttpEndpoint => {
    const match = ENDPOINT.exec(entry);
    const port = Number(match?.[4]);
    if (match === null || port > 65_535) {
      throw new ConfigError(`http.listeners: ${entry} is not understood; write http://host:port or https://host:port.`);
    }
    return { scheme: match[1] === 'https' ? 'https' : 'http', host: (match[2] ?? match[3])!, port };
  });
  const twice = endpoints.find(({ host, port }, index) =>
    endpoints.slice(0, index).some((other) => port !== 0 && other.host === host && other.port === port),
  );
  if (twice !== undefined) {
    throw new ConfigError(`http.listeners: ${twice.host}:${twice.port} is there twice; each needs a port of its own.`);
  }
  return endpoints;
}
