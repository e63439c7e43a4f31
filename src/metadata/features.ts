/**
 * Feature levels: what this node supports, what a fresh cluster gets, and which record versions a metadata.version
 * allows. Values are those of Apache Kafka 4.3.1.
 */
import type { SupportedFeature } from './image.ts';
import type { RecordType } from './records.ts';

export const METADATA_VERSION = 'metadata.version';
export const KRAFT_VERSION = 'kraft.version';
export const ELR_VERSION = 'eligible.leader.replicas.version';

export const supportedFeatures: readonly SupportedFeature[] = [
  { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 },
  { name: 'eligible.leader.replicas.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'group.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'kraft.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'share.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'streams.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  { name: 'transaction.version', minSupportedVersion: 0, maxSupportedVersion: 2 },
];

/** What `kafka-storage format` of 4.3.1 writes into bootstrap.checkpoint, in its order. */
export const bootstrapFeatures: readonly (readonly [name: string, level: number])[] = [
  ['metadata.version', 30],
  ['eligible.leader.replicas.version', 1],
  ['group.version', 1],
  ['share.version', 1],
  ['streams.version', 1],
  ['transaction.version', 2],
];

/** metadata.version levels from which something holds. */
export const MetadataVersion = {
  /** 3.3-IV3. */
  IN_CONTROLLED_SHUTDOWN: 7,
  /** 3.4-IV0. */
  MIGRATION: 8,
  /** 3.5-IV2. */
  SCRAM: 11,
  /** 3.6-IV0: a shrinking ISR no longer begins a leader epoch. */
  LEADER_EPOCH_KEPT_ON_ISR_SHRINK: 12,
  /** 3.6-IV1. */
  TRANSACTIONS: 13,
  /** 3.7-IV0. */
  CONTROLLER_REGISTRATION: 15,
  /** 3.7-IV2. */
  DIRECTORY_ASSIGNMENT: 17,
  /** 4.0-IV1. */
  ELR: 23,
  /** 4.3-IV0. */
  CORDONED_DIRECTORIES: 30,
} as const;

/** Levels that brought new records or fields: 3.4-IV0, 3.5-IV2, 3.6-IV1, 3.6-IV2, 3.7-IV0, 3.7-IV2, 4.0-IV1, 4.3-IV0. */
const METADATA_CHANGES: readonly number[] = [8, 11, 13, 14, 15, 17, 23, 30];

const DIRECTORY_THEN_ELR = [MetadataVersion.DIRECTORY_ASSIGNMENT, MetadataVersion.ELR];

/** For record types with several versions: the metadata.version from which version 1, 2 … is written. */
const versionsFrom: Partial<Record<RecordType, readonly number[]>> = {
  PartitionRecord: DIRECTORY_THEN_ELR,
  PartitionChangeRecord: DIRECTORY_THEN_ELR,
  RegisterBrokerRecord: [
    MetadataVersion.IN_CONTROLLED_SHUTDOWN,
    MetadataVersion.MIGRATION,
    MetadataVersion.DIRECTORY_ASSIGNMENT,
    MetadataVersion.CORDONED_DIRECTORIES,
  ],
};

/** The version in which a record of `type` is written at a metadata.version. */
export function recordVersion(type: RecordType, metadataVersion: number): number {
  return (versionsFrom[type] ?? []).filter((from) => metadataVersion >= from).length;
}

/** What a feature's level needs of others (`FeatureVersion.dependencies`). */
export function featureDependencies(feature: string, level: number): readonly (readonly [string, number])[] {
  return feature === ELR_VERSION && level > 0 ? [[METADATA_VERSION, MetadataVersion.ELR]] : [];
}

/** Whether going back from one metadata.version to an earlier one loses nothing: no level between changed the records. */
export function isMetadataKeptBy(from: number, to: number): boolean {
  return !METADATA_CHANGES.some((level) => level > to && level <= from);
}

/** Why this node cannot work with a finalized feature, or undefined. */
export function unsupportedFeature(name: string, level: number): string | undefined {
  const supported = supportedFeatures.find((feature) => feature.name === name);
  if (supported === undefined)
    return `feature ${name} is finalized at level ${level}, which this version does not know`;
  if (level >= supported.minSupportedVersion && level <= supported.maxSupportedVersion) return undefined;
  return `feature ${name} is finalized at level ${level}, supported are ${supported.minSupportedVersion} to ${supported.maxSupportedVersion}`;
}
