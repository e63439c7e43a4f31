/**
 * What AlterConfigs and IncrementalAlterConfigs have in common: the checks a broker makes itself before it asks the
 * controller (`ConfigAdminManager.preprocess`), and the answers in the order of the request.
 */
import { ErrorCode, KafkaError, toKafkaError } from '../../protocol/errors.ts';
import { findBrokerKey } from '../config/settings.ts';
import { AclOperation } from '../metadata/acls.ts';
import { AlterConfigOp, type AlteredConfigs } from '../metadata/controller-requests.ts';
import { ConfigResource } from '../metadata/image.ts';
import { checkConfigAccess } from './access.ts';
import type { BrokerContext } from './context.ts';
import type { RequestContext } from './request-context.ts';

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly {
    readonly name: string;
    readonly value: string | null;
    readonly configOperation?: number;
  }[];
}

export interface Alteration<R extends Resource> {
  /** Throws a `KafkaError`; undefined where loggers cannot be altered. */
  readonly alterLoggers?: (resource: R) => void;
  /** Whether a null value is fine, as where it is taken away. */
  readonly mayBeNull: (config: R['configs'][number]) => boolean;
  readonly ask: (resources: readonly R[]) => Promise<readonly AlteredConfigs[]>;
}

/** The types that are the controller's business. */
const KEPT_TYPES: ReadonlySet<number> = new Set([
  ConfigResource.TOPIC,
  ConfigResource.BROKER,
  ConfigResource.CLIENT_METRICS,
  ConfigResource.GROUP,
]);

export async function alterResources<R extends Resource>(
  resources: readonly R[],
  context: RequestContext,
  broker: Pick<BrokerContext, 'authorizer' | 'config' | 'listenerType'>,
  alteration: Alteration<R>,
) {
  const settled = new Map<R, KafkaError | null>();
  for (const resource of resources) {
    const outcome = beforehand(resource, resources, context, broker, alteration);
    if (outcome !== undefined) settled.set(resource, outcome);
  }
  const forwarded = resources.filter((resource) => !settled.has(resource));
  const altered = forwarded.length === 0 ? [] : await alteration.ask(forwarded);
  const answers = new Map(altered.map((answer) => [key(answer), answer.error]));
  // A controller that is asked directly answers a resource that is named twice once.
  const answered = new Map(
    resources.map((resource) => [broker.listenerType === 'broker' ? resource : key(resource), resource]),
  );
  return Array.from(answered.values(), (resource) => {
    const error = settled.has(resource) ? settled.get(resource)! : (answers.get(key(resource)) ?? null);
    const { resourceType, resourceName } = resource;
    return {
      resourceType,
      resourceName,
      errorCode: error?.errorCode ?? ErrorCode.NONE,
      errorMessage: error?.message ?? null,
    };
  });
}

export function failedResources(
  resources: readonly { readonly resourceType: number; readonly resourceName: string }[],
  { errorCode, message }: KafkaError,
) {
  return resources.map(({ resourceType, resourceName }) => ({
    resourceType,
    resourceName,
    errorCode,
    errorMessage: message,
  }));
}

/** An error, null for done, undefined for what the controller is to decide. */
function beforehand<R extends Resource>(
  resource: R,
  all: readonly R[],
  context: RequestContext,
  broker: Pick<BrokerContext, 'authorizer' | 'config' | 'listenerType'>,
  { alterLoggers, mayBeNull }: Alteration<R>,
): KafkaError | null | undefined {
  const { config, listenerType } = broker;
  const { resourceType, resourceName, configs } = resource;
  const isTwice = all.some((other) => other !== resource && key(other) === key(resource));
  try {
    if (listenerType === 'broker') {
      if (isTwice) throw invalid('Each resource must appear at most once.');
      if (new Set(configs.map(({ name }) => name)).size < configs.length) {
        throw invalid('Error due to duplicate config keys');
      }
      const missing = configs.filter((each) => each.value === null && !mayBeNull(each)).map(({ name }) => name);
      if (missing.length > 0) throw invalid(`Null value not supported for : ${missing.join(', ')}`);
      if (resourceType === ConfigResource.BROKER) {
        if (resourceName !== '') checkNodeId(resourceName, config.nodeId);
        for (const each of configs) checkIsList(each);
      }
    }
    checkConfigAccess(broker, context, AclOperation.ALTER_CONFIGS, resourceType, resourceName);
    if (resourceType === ConfigResource.BROKER_LOGGER && alterLoggers !== undefined) {
      alterLoggers(resource);
      return null;
    }
    if (KEPT_TYPES.has(resourceType)) return undefined;
    const isKnown = resourceType === ConfigResource.BROKER_LOGGER;
    if (listenerType === 'broker' || isKnown) throw invalid(`Unknown resource type ${resourceType}`);
    throw new KafkaError('UNSUPPORTED_VERSION', `Unknown resource type ${resourceType}.`);
  } catch (failure) {
    return toKafkaError(failure);
  }
}

/** A broker alters itself and the default of all; the others' own configs are theirs to check. */
function checkNodeId(name: string, nodeId: number): void {
  if (!/^[+-]?\d+$/.test(name)) throw invalid(`Node id must be an integer, but it is: ${name}`);
  if (Number(name) !== nodeId) throw invalid(`Unexpected broker id, expected ${nodeId}, but received ${name}`);
}

/** Only lists are appended to and taken from. */
function checkIsList({ name, configOperation }: Resource['configs'][number]): void {
  const isAppend = configOperation === AlterConfigOp.APPEND;
  if (!isAppend && configOperation !== AlterConfigOp.SUBTRACT) return;
  const type = findBrokerKey(name)?.type;
  if (type === undefined || type === 'LIST') return;
  const operation = isAppend ? 'append' : 'subtract';
  throw new KafkaError('INVALID_CONFIG', `Config value ${operation} is not allowed for config key: ${name}`);
}

function key({ resourceType, resourceName }: { readonly resourceType: number; readonly resourceName: string }): string {
  return `${resourceType}:${resourceName}`;
}

function invalid(message: string): KafkaError {
  return new KafkaError('INVALID_REQUEST', message);
}
