/** `samsa config`: what is configured on topics, brokers, groups and the like, and how to change it. */
import { describeConfigsRequest, describeConfigsResponse } from '../../../protocol/schema/32-describe-configs.ts';
import {
  incrementalAlterConfigsRequest,
  incrementalAlterConfigsResponse,
} from '../../../protocol/schema/44-incremental-alter-configs.ts';
import type { BrokerLink, Cluster } from '../../client/cluster.ts';
import { throwIfFailed } from '../../local-client/errors.ts';
import { byText } from './output.ts';
import { parseAssignment, type Session, UsageError } from './session.ts';

const DESCRIBE_CONFIGS = [describeConfigsRequest, describeConfigsResponse] as const;
const INCREMENTAL_ALTER_CONFIGS = [incrementalAlterConfigsRequest, incrementalAlterConfigsResponse] as const;

/** `ConfigResource.Type`. */
export const ResourceType = { TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8, CLIENT_METRICS: 16, GROUP: 32 } as const;

/** What the command line calls them, which is what `kafka-configs --entity-type` does, in the singular. */
const TYPES: Readonly<Record<string, number>> = {
  topic: ResourceType.TOPIC,
  broker: ResourceType.BROKER,
  'broker-logger': ResourceType.BROKER_LOGGER,
  'client-metrics': ResourceType.CLIENT_METRICS,
  group: ResourceType.GROUP,
};

/** `DescribeConfigsResponse.ConfigSource`. */
const SOURCES: Readonly<Record<number, string>> = {
  0: 'unknown',
  1: 'topic',
  2: 'broker',
  3: 'cluster default',
  4: 'file',
  5: 'default',
  6: 'broker logger',
  7: 'client metrics',
  8: 'group',
};
const DEFAULT_SOURCE = 5;
/** Sources that are a file, the environment or a default: nobody set them on the resource itself. */
const NOT_SET = new Set([0, 2, 3, 4, DEFAULT_SOURCE]);

const Operation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const;

export interface ConfigResource {
  readonly type: number;
  readonly name: string;
}

export interface ConfigEntry {
  readonly name: string;
  readonly value: string | null;
  readonly source: string;
  readonly isSet: boolean;
  readonly isDefault: boolean;
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
  readonly documentation: string | null;
}

/** The configuration of resources, by the name of each. */
export async function describeConfigs(
  cluster: Cluster,
  resources: readonly ConfigResource[],
  { keys = null, documentation = false }: { keys?: readonly string[] | null; documentation?: boolean } = {},
): Promise<Map<string, ConfigEntry[]>> {
  const found = new Map<string, ConfigEntry[]>();
  for (const { type, name } of resources) {
    const connection = await connectionFor(cluster, { type, name });
    const configurationKeys = keys === null ? null : [...keys];
    const body = {
      resources: [{ resourceType: type, resourceName: name, configurationKeys }],
      includeSynonyms: true,
      includeDocumentation: documentation,
    };
    const { results } = await connection.send(DESCRIBE_CONFIGS, body);
    for (const result of results) {
      throwIfFailed(result, `configuration of ${name}`);
      found.set(
        result.resourceName,
        result.configs.map((config) => ({
          name: config.name,
          value: config.value,
          source: SOURCES[config.configSource] ?? String(config.configSource),
          isSet: isSetOn(type, config.configSource),
          isDefault: config.configSource === DEFAULT_SOURCE,
          isReadOnly: config.readOnly,
          isSensitive: config.isSensitive,
          documentation: config.documentation,
        })),
      );
    }
  }
  return found;
}

function isSetOn(type: number, source: number): boolean {
  // Of a broker, its own dynamic values and those of the whole cluster are what somebody set.
  if (type === ResourceType.BROKER) return source === 2 || source === 3;
  return !NOT_SET.has(source);
}

/** Brokers and their loggers are asked themselves; the whole cluster's default has no broker. */
function connectionFor(cluster: Cluster, { type, name }: ConfigResource): Promise<BrokerLink> {
  const isOfOneBroker = (type === ResourceType.BROKER || type === ResourceType.BROKER_LOGGER) && name !== '';
  return isOfOneBroker ? cluster.broker(Number(name)) : cluster.any();
}

export function resource(typeText: string, nameText: string): ConfigResource {
  const type = TYPES[typeText];
  if (type === undefined) {
    throw new UsageError(`'${typeText}' has no configuration: write one of ${Object.keys(TYPES).join(', ')}`);
  }
  const isOfBroker = type === ResourceType.BROKER || type === ResourceType.BROKER_LOGGER;
  if (isOfBroker && nameText !== 'default' && !/^\d+$/.test(nameText)) {
    throw new UsageError(`'${nameText}' is no id of a broker: write its number, or 'default' for all brokers`);
  }
  return { type, name: type === ResourceType.BROKER && nameText === 'default' ? '' : nameText };
}

export interface GetConfigFlags {
  readonly all?: boolean;
  readonly doc?: boolean;
}

export async function getConfig(
  { cluster, output }: Session,
  typeText: string,
  nameText: string,
  keys: readonly string[],
  flags: GetConfigFlags,
): Promise<void> {
  const wanted = resource(typeText, nameText);
  const options = { keys: keys.length === 0 ? null : keys, documentation: flags.doc === true };
  const entries = (await describeConfigs(cluster, [wanted], options)).get(wanted.name) ?? [];
  const shown = entries.filter(({ isSet }) => flags.all === true || keys.length > 0 || isSet).sort(byText('name'));
  if (output.isJson) {
    output.json(
      shown.map(({ name, value, source, isReadOnly, documentation }) => ({
        ...{ name, value, source, readOnly: isReadOnly },
        ...(flags.doc === true ? { documentation } : {}),
      })),
    );
    return;
  }
  if (shown.length === 0) output.line('nothing is set; --all shows the defaults too');
  for (const { name, value, source, isSensitive, documentation } of shown) {
    const text = isSensitive ? '(hidden)' : (value ?? '(none)');
    output.line(`${output.style('cyan', name)}=${text}  ${output.style('dim', `(${source})`)}`);
    if (flags.doc === true && documentation !== null) output.line(`    ${documentation}`);
  }
}

export interface SetConfigFlags {
  readonly append?: boolean;
  readonly subtract?: boolean;
  readonly validateOnly?: boolean;
}

export async function setConfig(
  session: Session,
  typeText: string,
  nameText: string,
  assignments: readonly string[],
  flags: SetConfigFlags,
): Promise<void> {
  if (flags.append === true && flags.subtract === true)
    throw new UsageError('--append and --subtract exclude each other');
  const configOperation = flags.append ? Operation.APPEND : flags.subtract ? Operation.SUBTRACT : Operation.SET;
  const configs = assignments.map(parseAssignment).map(([name, value]) => ({ name, value, configOperation }));
  await alter(session, resource(typeText, nameText), configs, flags.validateOnly === true);
}

export async function unsetConfig(
  session: Session,
  typeText: string,
  nameText: string,
  keys: readonly string[],
): Promise<void> {
  const configs = keys.map((name) => ({ name, value: null, configOperation: Operation.DELETE }));
  await alter(session, resource(typeText, nameText), configs, false);
}

async function alter(
  { cluster, output }: Session,
  { type, name }: ConfigResource,
  configs: readonly { name: string; value: string | null; configOperation: number }[],
  validateOnly: boolean,
): Promise<void> {
  const connection = await connectionFor(cluster, { type, name });
  const body = { resources: [{ resourceType: type, resourceName: name, configs: [...configs] }], validateOnly };
  const { responses } = await connection.send(INCREMENTAL_ALTER_CONFIGS, body);
  for (const response of responses) throwIfFailed(response, `configuration of ${name}`);
  output.json({ changed: validateOnly ? [] : configs.map((config) => config.name) });
  output.line(validateOnly ? 'would be accepted' : `changed: ${configs.map((config) => config.name).join(', ')}`);
}
