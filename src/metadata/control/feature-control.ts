/** UpdateFeatures (KIP-584, KIP-778): FeatureLevelRecords after the checks of Kafka's `FeatureControlManager`. */
import { KafkaError } from '../../../protocol/errors.ts';
import {
  ELR_VERSION,
  featureDependencies,
  isMetadataKeptBy,
  KRAFT_VERSION,
  METADATA_VERSION,
  supportedFeatures,
} from '../features.ts';
import { ConfigResource, configResource, type MetadataImage, type SupportedFeature } from '../image.ts';
import type { MetadataRecord } from '../records.ts';
import { type Decision, RecordWriter } from './decision.ts';
import { isElrEnabled, MIN_ISR } from './topic-configs.ts';

/** Kafka's numbers of `upgradeType`. */
export const UpgradeType = { UPGRADE: 1, SAFE_DOWNGRADE: 2, UNSAFE_DOWNGRADE: 3 } as const;

export interface FeatureUpdate {
  readonly feature: string;
  /** 0 takes the feature away. */
  readonly level: number;
  readonly upgradeType: number;
}

export interface FeatureUpdates {
  /** The last of several for one feature counts. */
  readonly updates: readonly FeatureUpdate[];
  readonly validateOnly: boolean;
}

/** What the controller's own node is, for the checks and what it writes beside the levels. */
export interface FeatureContext {
  readonly nodeId: number;
  /** The static `min.insync.replicas`. */
  readonly minInsyncReplicas: number;
}

/** All updates or none. Throws a `KafkaError`, INVALID_UPDATE_VERSION, about the first that may not be. */
export function updateFeatures(
  state: MetadataImage,
  context: FeatureContext,
  { updates, validateOnly }: FeatureUpdates,
): Decision<null> {
  const wanted = new Map(updates.map((update) => [update.feature, update]));
  const proposed = new Map(state.features);
  for (const { feature, level } of wanted.values()) proposed.set(feature, level);
  const records: MetadataRecord[] = [];
  for (const update of wanted.values()) {
    checkUpdate(state, context, update, proposed);
    // The quorum keeps its own version in its own control records.
    if (update.feature === KRAFT_VERSION) continue;
    const { feature: name, level: featureLevel } = update;
    records.push(new RecordWriter(state).write('FeatureLevelRecord', { name, featureLevel }));
    if (name === ELR_VERSION) records.push(...recordsForElr(state, context, featureLevel));
  }
  return { records: validateOnly ? [] : records, answer: null };
}

function checkUpdate(
  state: MetadataImage,
  { nodeId }: FeatureContext,
  { feature, level, upgradeType }: FeatureUpdate,
  proposed: ReadonlyMap<string, number>,
): void {
  const invalid = (reason: string): KafkaError =>
    new KafkaError('INVALID_UPDATE_VERSION', `Invalid update version ${level} for feature ${feature}. ${reason}`);
  if (!Object.values<number>(UpgradeType).includes(upgradeType)) {
    throw invalid('The controller does not support the given upgrade type.');
  }
  if (level < 0) throw invalid('A feature version cannot be less than 0.');
  const reason = whyUnsupported(state, nodeId, feature, level);
  if (reason !== undefined) throw invalid(reason);
  if (feature === KRAFT_VERSION) {
    if (level < (state.features.get(feature) ?? 0)) throw invalid("Can't downgrade the version of this feature.");
    return;
  }
  const current = state.features.get(feature) ?? 0;
  if (level < current && upgradeType === UpgradeType.UPGRADE) {
    throw invalid(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    );
  }
  if (level > current && upgradeType !== UpgradeType.UPGRADE) throw invalid("Can't downgrade to a newer version.");
  if (feature === METADATA_VERSION) checkMetadataVersion(current, level, upgradeType);
  for (const [other, minimum] of featureDependencies(feature, level)) {
    if ((proposed.get(other) ?? 0) < minimum) {
      throw invalid(`${feature} could not be set to ${level} because it depends on ${other} level ${minimum}`);
    }
  }
}

function whyUnsupported(state: MetadataImage, nodeId: number, feature: string, level: number): string | undefined {
  const local = supportedFeatures.find(({ name }) => name === feature);
  if (local === undefined && level === 0) return `Feature ${feature} not found.`;
  return (
    outOfRange(`Local controller ${nodeId}`, local, level) ??
    firstOutOfRange('Broker', state.brokers.values(), feature, level) ??
    firstOutOfRange('Controller', state.controllers.values(), feature, level)
  );
}

function firstOutOfRange(
  kind: string,
  nodes: Iterable<{ readonly id: number; readonly features: readonly SupportedFeature[] }>,
  feature: string,
  level: number,
): string | undefined {
  for (const { id, features } of nodes) {
    const range = features.find(({ name }) => name === feature);
    const reason = outOfRange(`${kind} ${id}`, range, level);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function outOfRange(who: string, range: SupportedFeature | undefined, level: number): string | undefined {
  const { minSupportedVersion: min, maxSupportedVersion: max } = range ?? {
    minSupportedVersion: 0,
    maxSupportedVersion: 0,
  };
  if (level >= min && level <= max) return undefined;
  return max === 0 ? `${who} does not support this feature.` : `${who} only supports versions ${min}-${max}`;
}

function checkMetadataVersion(current: number, level: number, upgradeType: number): void {
  if (level >= current || isMetadataKeptBy(current, level)) return;
  const reason =
    upgradeType === UpgradeType.UNSAFE_DOWNGRADE
      ? 'Unsafe metadata downgrade is not supported in this version.'
      : 'Refusing to perform the requested downgrade because it might delete metadata information.';
  throw new KafkaError(
    'INVALID_UPDATE_VERSION',
    `Unsupported metadata.version downgrade from ${current} to ${level}. ${reason}`,
  );
}

/** With eligible leader replicas the minimum of the ISR must be known, and the same for all brokers (KIP-966). */
function recordsForElr(state: MetadataImage, { minInsyncReplicas }: FeatureContext, level: number): MetadataRecord[] {
  if (level === 0 || isElrEnabled(state)) return [];
  const writer = new RecordWriter(state);
  const records: MetadataRecord[] = [];
  const set = (resourceName: string, value: string | null): void => {
    const resourceType = ConfigResource.BROKER;
    records.push(writer.write('ConfigRecord', { resourceType, resourceName, name: MIN_ISR, value }));
  };
  if (!state.configs(ConfigResource.BROKER, '').has(MIN_ISR)) set('', String(minInsyncReplicas));
  for (const [key, configs] of state.configsByResource) {
    const { type, name } = configResource(key);
    if (type === ConfigResource.BROKER && name !== '' && configs.has(MIN_ISR)) set(name, null);
  }
  return records;
}
