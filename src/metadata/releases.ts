/** Kafka's releases, and the feature levels that a cluster of each begins with (`MetadataVersion`, `Feature`, 4.3.1). */
import { KRAFT_VERSION, METADATA_VERSION, supportedFeatures } from './features.ts';

/** metadata.version by its name; the first is level 7. */
const VERSIONS = [
  ...['3.3-IV3', '3.4-IV0', '3.5-IV0', '3.5-IV1', '3.5-IV2', '3.6-IV0', '3.6-IV1', '3.6-IV2'],
  ...['3.7-IV0', '3.7-IV1', '3.7-IV2', '3.7-IV3', '3.7-IV4', '3.8-IV0', '3.9-IV0'],
  ...['4.0-IV0', '4.0-IV1', '4.0-IV2', '4.0-IV3', '4.1-IV0', '4.1-IV1', '4.2-IV0', '4.2-IV1', '4.3-IV0'],
];
const FIRST_LEVEL = 7;

/** From which metadata.version on a feature has its newest level by default. */
const DEFAULTS: readonly (readonly [name: string, level: number, from: number])[] = [
  ['eligible.leader.replicas.version', 1, 26],
  ['group.version', 1, 22],
  [KRAFT_VERSION, 1, 21],
  ['share.version', 1, 28],
  ['streams.version', 1, 29],
  ['transaction.version', 2, 24],
];

export function metadataVersionName(level: number): string {
  return VERSIONS[level - FIRST_LEVEL] ?? String(level);
}

/** The level of "4.0-IV3", or of the newest of "4.0"; undefined for a release that is not known. */
export function metadataVersionLevel(release: string): number | undefined {
  const exact = VERSIONS.indexOf(release);
  const index = exact >= 0 ? exact : VERSIONS.findLastIndex((name) => name.startsWith(`${release}-`));
  return index < 0 ? undefined : index + FIRST_LEVEL;
}

export const supportedReleases = `${VERSIONS[0]} to ${VERSIONS.at(-1)}`;

/** What is wrong with a wish for feature levels; the sentence is for the user. */
export class FeatureLevelError extends Error {
  override readonly name = 'FeatureLevelError';
  readonly code = 'INVALID_FEATURE_LEVEL';
}

/**
 * The levels of a new cluster, kraft.version among them, metadata.version first. Throws a `FeatureLevelError` for a
 * feature or level that is not supported.
 */
export function newClusterFeatures(metadataVersion: number, wished: ReadonlyMap<string, number>): Map<string, number> {
  const from = wished.get(METADATA_VERSION) ?? metadataVersion;
  const levels = new Map([[METADATA_VERSION, from]]);
  for (const [name, level, since] of DEFAULTS) levels.set(name, from >= since ? level : 0);
  for (const [name, level] of wished) {
    const supported = supportedFeatures.find((feature) => feature.name === name);
    if (supported === undefined) {
      const names = supportedFeatures.map((feature) => feature.name).join(', ');
      throw new FeatureLevelError(`Unsupported feature: ${name}. Supported features are: ${names}`);
    }
    const { minSupportedVersion, maxSupportedVersion } = supported;
    if (level < minSupportedVersion || level > maxSupportedVersion) {
      throw new FeatureLevelError(
        `No feature:${name} with feature level ${level}: supported are ${minSupportedVersion} to ${maxSupportedVersion}`,
      );
    }
    levels.set(name, level);
  }
  return levels;
}
