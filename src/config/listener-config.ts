import { ConfigError } from './config-error.ts';
import type { SecurityProtocol } from './listeners.ts';
import {
  checkDistinctPorts,
  type Endpoint,
  type ListenerConfig,
  parseEndpoints,
  parseProtocolMap,
} from './listeners.ts';
import type { Settings } from './settings.ts';
import { splitList } from './value.ts';

interface Listeners {
  readonly listeners: readonly ListenerConfig[];
  readonly advertisedListeners: readonly Endpoint[];
  readonly securityProtocols: ReadonlyMap<string, SecurityProtocol>;
  readonly interBrokerListenerName: string;
  readonly controllerEndpoint: Endpoint | null;
}

/** All that the configuration says about listeners, checked as Kafka does; `hostname` names this machine when needed. */
export function buildListeners(settings: Settings, hostname: () => string): Listeners {
  const controllerNames = splitList(settings.text('controller.listener.names') ?? '').map((name) => name.toUpperCase());
  const securityProtocols = protocols(settings, controllerNames);
  const endpoints = parseEndpoints('listeners', splitList(settings.text('listeners') ?? ''));
  checkDistinctPorts('listeners', endpoints);
  const listeners = endpoints.map((endpoint) => withProtocol(endpoint, securityProtocols));
  const brokerEndpoints = endpoints.filter(({ name }) => !controllerNames.includes(name));
  checkControllerListeners(settings, controllerNames, endpoints);
  if (brokerEndpoints.length === 0) {
    throw new ConfigError(
      `listeners=${settings.text('listeners')} has no listener for clients; all of them are in controller.listener.names=${controllerNames}.`,
    );
  }
  const advertisedListeners = advertised(settings, controllerNames, endpoints, hostname);
  const interBrokerListenerName = interBrokerName(settings, securityProtocols, controllerNames, advertisedListeners);
  const controllerEndpoint = advertisedController(settings, controllerNames, endpoints, hostname);
  return { listeners, advertisedListeners, securityProtocols, interBrokerListenerName, controllerEndpoint };
}

/** While the map is unset and only PLAINTEXT is used, controller listeners are PLAINTEXT without being mapped. */
function protocols(settings: Settings, controllerNames: readonly string[]): Map<string, SecurityProtocol> {
  const key = 'listener.security.protocol.map';
  const map = parseProtocolMap(key, settings.text(key) ?? '');
  if (!settings.originals.has(key)) for (const name of controllerNames) if (!map.has(name)) map.set(name, 'PLAINTEXT');
  return map;
}

function withProtocol(endpoint: Endpoint, map: ReadonlyMap<string, SecurityProtocol>): ListenerConfig {
  const securityProtocol = map.get(endpoint.name);
  if (securityProtocol === undefined) {
    throw new ConfigError(
      `No security protocol is known for the listener ${endpoint.name} of listeners. Add ${endpoint.name}:PLAINTEXT to ` +
        'listener.security.protocol.map.',
    );
  }
  if (securityProtocol !== 'PLAINTEXT') {
    throw new ConfigError(
      `The listener ${endpoint.name} uses ${securityProtocol}, which Samsa does not serve yet; only PLAINTEXT is. ` +
        'Change it in listeners, or map its name to PLAINTEXT in listener.security.protocol.map.',
    );
  }
  return { ...endpoint, securityProtocol };
}

function checkControllerListeners(settings: Settings, names: readonly string[], endpoints: readonly Endpoint[]): void {
  if (!settings.originals.has('controller.listener.names')) return;
  const missing = names.filter((name) => !endpoints.some((endpoint) => endpoint.name === name));
  if (missing.length === 0) return;
  throw new ConfigError(
    `controller.listener.names=${names} names ${missing}, which is not in listeners=${settings.text('listeners')}. Add ` +
      'it there, or leave controller.listener.names unset: a broker alone reaches its controller in-process.',
  );
}

function advertised(
  settings: Settings,
  controllerNames: readonly string[],
  endpoints: readonly Endpoint[],
  hostname: () => string,
): Endpoint[] {
  const given = settings.value('advertised.listeners') !== null;
  const key = given ? 'advertised.listeners' : 'listeners';
  const all = given ? parseEndpoints(key, splitList(settings.text(key) ?? '')) : endpoints;
  const stray = all.find(({ name }) => !endpoints.some((endpoint) => endpoint.name === name));
  if (stray !== undefined) {
    throw new ConfigError(
      `advertised.listeners has ${stray.name}, which is not in listeners=${settings.text('listeners')}. Every advertised ` +
        'listener needs a listener of the same name.',
    );
  }
  const forClients = all.filter(({ name }) => !controllerNames.includes(name));
  if (forClients.length === 0)
    throw new ConfigError(`${key} advertises no listener to clients; at least one is needed.`);
  const meta = forClients.find(({ host }) => host === '0.0.0.0' || host === '::');
  if (meta !== undefined) {
    throw new ConfigError(
      `${key} would tell clients to connect to ${meta.host}, which is no address to connect to. Set ` +
        `advertised.listeners=${meta.name}://<a host that clients can reach>:${meta.port}.`,
    );
  }
  return forClients.map((endpoint) => (endpoint.host === '' ? { ...endpoint, host: hostname() } : endpoint));
}

/** Where others reach this node's controller: as advertised, or as it listens. Null without a listener for it. */
function advertisedController(
  settings: Settings,
  controllerNames: readonly string[],
  endpoints: readonly Endpoint[],
  hostname: () => string,
): Endpoint | null {
  const [name] = controllerNames;
  const advertised = parseEndpoints('advertised.listeners', splitList(settings.text('advertised.listeners') ?? ''));
  const endpoint = [...advertised, ...endpoints].find((each) => each.name === name);
  if (endpoint === undefined) return null;
  const isAnyHost = endpoint.host === '' || endpoint.host === '0.0.0.0' || endpoint.host === '::';
  return isAnyHost ? { ...endpoint, host: hostname() } : endpoint;
}

function interBrokerName(
  settings: Settings,
  protocolOf: ReadonlyMap<string, SecurityProtocol>,
  controllerNames: readonly string[],
  advertisedListeners: readonly Endpoint[],
): string {
  const given = settings.text('inter.broker.listener.name');
  if (given && settings.originals.has('security.inter.broker.protocol')) {
    throw new ConfigError('Only one of inter.broker.listener.name and security.inter.broker.protocol may be set.');
  }
  const name = (given || settings.text('security.inter.broker.protocol') || 'PLAINTEXT').toUpperCase();
  if (controllerNames.includes(name)) {
    throw new ConfigError(
      `inter.broker.listener.name=${name} is one of controller.listener.names; brokers need another.`,
    );
  }
  if (advertisedListeners.some((endpoint) => endpoint.name === name)) return name;
  if (given || settings.originals.has('security.inter.broker.protocol')) {
    const known = advertisedListeners.map((endpoint) => endpoint.name).join(', ');
    const key = given ? 'inter.broker.listener.name' : 'security.inter.broker.protocol';
    throw new ConfigError(`${key}=${name} is not an advertised listener. Allowed is one of ${known}.`);
  }
  // Kafka demands the key when no listener is called PLAINTEXT; with one listener there is nothing to choose.
  const plain = advertisedListeners.filter((endpoint) => protocolOf.get(endpoint.name) === 'PLAINTEXT');
  if (plain.length === 1) return plain[0]!.name;
  throw new ConfigError(
    `inter.broker.listener.name must say which of ${plain.map((endpoint) => endpoint.name).join(', ')} brokers use; ` +
      'none of them is called PLAINTEXT.',
  );
}
