/**
 * The directories of a node before anything is opened: all of one cluster and this node, each with an id of its own.
 * Directories that were never formatted are, when all of them are new; a new one beside formatted ones joins them.
 */
import { join } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import type { FileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import { type Random, randomUuid } from '../platform/random.ts';
import { buildCheckpoint, checkpointName, FIRST_CHECKPOINT } from '../raft/checkpoint.ts';
import { METADATA_DIRECTORY } from '../raft/raft-log.ts';
import { bootstrapFeatures } from './features.ts';
import { DirectoryError, type MetaProperties, readMetaProperties, writeMetaProperties } from './meta-properties.ts';
import { metadataRecord } from './records.ts';

export const BOOTSTRAP_CHECKPOINT = 'bootstrap.checkpoint';

export interface DataDirectoriesOptions {
  readonly nodeId: number;
  readonly logDirs: readonly string[];
  readonly metadataLogDir: string;
  readonly clusterId?: string;
  readonly controllerEndpoint: { readonly name: string; readonly host: string; readonly port: number };
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface DataDirectories {
  readonly clusterId: string;
  /** Of `logDirs` and of the metadata directory, by path. */
  readonly directoryIds: ReadonlyMap<string, string>;
}

/** Throws a `DirectoryError` when a directory is another cluster's or node's. */
export async function openDataDirectories(options: DataDirectoriesOptions): Promise<DataDirectories> {
  const { fs, logDirs, metadataLogDir } = options;
  const paths = [...new Set([metadataLogDir, ...logDirs])];
  await Promise.all(paths.map((path) => fs.makeDirectory(path)));
  const found = new Map<string, MetaProperties>();
  for (const path of paths) {
    const properties = readMetaProperties(fs, path);
    if (properties !== undefined) found.set(path, properties);
  }
  const clusterId = agreedClusterId(options, found);
  if (found.size > 0 && !found.has(metadataLogDir)) {
    throw new DirectoryError(
      `${metadataLogDir} has no meta.properties, but ${[...found.keys()].join(', ')} has: the metadata log would begin ` +
        'anew and all topics be lost. Give the directory that holds __cluster_metadata-0 as metadata.log.dir, or start ' +
        'with empty directories.',
    );
  }
  const directoryIds = new Map<string, string>();
  for (const path of paths) {
    const directoryId = found.get(path)?.directoryId ?? randomUuid(options.random);
    const other = [...directoryIds].find(([, id]) => id === directoryId);
    if (other !== undefined) {
      throw new DirectoryError(
        `${path} and ${other[0]} have the same directory.id ${directoryId}: one is a copy of the other`,
      );
    }
    directoryIds.set(path, directoryId);
  }
  if (found.size === 0) await formatMetadata(options, clusterId, directoryIds.get(metadataLogDir)!);
  const unfinished = paths.filter((path) => found.get(path)?.directoryId === undefined);
  await Promise.all(
    unfinished.map((path) => {
      const properties = { clusterId, nodeId: options.nodeId, directoryId: directoryIds.get(path)! };
      return writeMetaProperties(fs, path, properties, options.clock.now());
    }),
  );
  return { clusterId, directoryIds };
}

function agreedClusterId(options: DataDirectoriesOptions, found: ReadonlyMap<string, MetaProperties>): string {
  let clusterId = options.clusterId;
  let given = 'the configuration';
  for (const [path, properties] of found) {
    if (properties.nodeId !== options.nodeId) {
      throw new DirectoryError(
        `${path} belongs to node ${properties.nodeId}, and this is node ${options.nodeId}: set node.id to ` +
          `${properties.nodeId} or use another directory`,
      );
    }
    if (clusterId !== undefined && clusterId !== properties.clusterId) {
      throw new DirectoryError(
        `${path} belongs to cluster ${properties.clusterId}, and ${given} says ${clusterId}: use another directory ` +
          'or that cluster id',
      );
    }
    clusterId = properties.clusterId;
    given = path;
  }
  return clusterId ?? randomUuid(options.random);
}

/**
 * What `kafka-storage format --standalone` writes. A crash in the middle leaves no meta.properties, so the next start
 * formats again; only then the files have to be durable, which one flush each and one of the directory see to.
 */
async function formatMetadata(options: DataDirectoriesOptions, clusterId: string, directoryId: string): Promise<void> {
  const { fs, metadataLogDir, nodeId, clock, logger, controllerEndpoint } = options;
  const directory = join(metadataLogDir, METADATA_DIRECTORY);
  await fs.makeDirectory(directory);
  if (fs.startup.list(directory).some(({ name }) => name.endsWith('.log'))) {
    throw new DirectoryError(
      `${metadataLogDir} holds a metadata log but no meta.properties: bring the file back, or remove ${directory} to ` +
        'start a new cluster',
    );
  }
  logger.info({ clusterId, nodeId, directory: metadataLogDir }, 'formats an empty directory');
  const now = clock.now();
  const voter = {
    voterId: nodeId,
    voterDirectoryId: directoryId,
    endpoints: [controllerEndpoint],
    kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
  };
  const voters = buildCheckpoint({
    controls: [
      { type: 'kraftVersion', value: { version: 0, kRaftVersion: 1 } },
      { type: 'kraftVoters', value: { version: 0, voters: [voter] } },
    ],
    records: [],
    lastContainedLogTimestamp: now,
    now,
  });
  const bootstrap = buildCheckpoint({
    controls: [],
    records: bootstrapRecords(),
    lastContainedLogTimestamp: 0,
    now,
  });
  const first = checkpointName(FIRST_CHECKPOINT.endOffset, FIRST_CHECKPOINT.epoch);
  await Promise.all([
    fs.writeFile(join(directory, first), voters, { sync: true }),
    fs.writeFile(join(metadataLogDir, BOOTSTRAP_CHECKPOINT), bootstrap, { sync: true }),
  ]);
  await fs.syncDirectory(directory);
}

/** What a cluster of the newest metadata.version begins with. */
export function bootstrapRecords(): Buffer[] {
  return bootstrapFeatures.map(
    ([name, featureLevel]) => metadataRecord('FeatureLevelRecord', 0, { name, featureLevel }).frame,
  );
}
