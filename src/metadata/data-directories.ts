/**
 * The directories of a node before anything is opened: all of one cluster and this node, each with an id of its own.
 * Directories that were never formatted are, when all of them are new; a new one beside formatted ones joins them.
 */
import type { Clock } from '../platform/clock.ts';
import type { FileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import { type Random, randomUuid } from '../platform/random.ts';
import type { VoterEndpoint } from '../raft/messages.ts';
import { DirectoryError, type MetaProperties, readMetaProperties, writeMetaProperties } from './meta-properties.ts';
import { bootstrapRecords, dynamicVoter, writeBootstrap, writeMetadata } from './write-metadata.ts';

export interface DataDirectoriesOptions {
  readonly nodeId: number;
  readonly logDirs: readonly string[];
  readonly metadataLogDir: string;
  readonly clusterId?: string;
  readonly controllerEndpoint: VoterEndpoint;
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
  if (found.size === 0) {
    const directoryId = directoryIds.get(metadataLogDir)!;
    options.logger.info({ clusterId, nodeId: options.nodeId, directory: metadataLogDir }, 'formats an empty directory');
    const voters = [dynamicVoter({ id: options.nodeId, directoryId }, options.controllerEndpoint)];
    const bootstrap = bootstrapRecords();
    await writeMetadata({ ...options, voters, bootstrap });
    const others = paths.filter((path) => path !== metadataLogDir);
    await Promise.all(others.map((path) => writeBootstrap(path, { ...options, bootstrap })));
  }
  const unfinished = paths.filter((path) => found.get(path)?.directoryId === undefined);
  await Promise.all(
    unfinished.map((path) => {
      const properties = { clusterId, nodeId: options.nodeId, directoryId: directoryIds.get(path)! };
      return writeMetaProperties(fs, path, properties, options.clock.now());
    }),
  );
  return { clusterId, directoryIds };
}

/** The cluster of the directories that have one; as given, or random, where none has. Throws a `DirectoryError`. */
export function agreedClusterId(
  options: Pick<DataDirectoriesOptions, 'clusterId' | 'nodeId' | 'random'>,
  found: ReadonlyMap<string, MetaProperties>,
): string {
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
