/** `kafka-storage format`: makes a node's directories ready for a new cluster, or for one that they are to join. */
import type { Clock } from '../platform/clock.ts';
import type { FileSystem } from '../platform/file-system.ts';
import { type Random, randomUuid } from '../platform/random.ts';
import type { Voters } from '../raft/logged-batch.ts';
import type { VoterEndpoint } from '../raft/messages.ts';
import { alterScramCredentials } from './control/scram-control.ts';
import type { ScramUpsertion } from './controller-requests.ts';
import { agreedClusterId } from './data-directories.ts';
import { KRAFT_VERSION, METADATA_VERSION } from './features.ts';
import { emptyImage, makeImage } from './image.ts';
import { DirectoryError, type MetaProperties, readMetaProperties, writeMetaProperties } from './meta-properties.ts';
import { FeatureLevelError, metadataVersionName, newClusterFeatures } from './releases.ts';
import { bootstrapRecords, dynamicVoter, writeBootstrap, writeMetadata } from './write-metadata.ts';

/**
 * Who votes in the new cluster: this node, those that are named, nobody yet (the node is to join), or those of
 * `controller.quorum.voters`, which the log does not name.
 */
export type InitialQuorum =
  | { readonly kind: 'standalone' | 'join' | 'static' }
  | { readonly kind: 'controllers'; readonly voters: Voters };

export interface FormatOptions {
  readonly nodeId: number;
  readonly logDirs: readonly string[];
  readonly metadataLogDir: string;
  readonly clusterId?: string;
  readonly controllerEndpoint: VoterEndpoint;
  readonly quorum: InitialQuorum;
  readonly metadataVersion: number;
  /** Levels that differ from the defaults of `metadataVersion`. */
  readonly features: ReadonlyMap<string, number>;
  readonly scram: readonly ScramUpsertion[];
  /** Skips directories that are formatted, instead of failing. */
  readonly ignoreFormatted: boolean;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
}

/** Returns what was done, a line a directory. Throws a `DirectoryError` or a `FeatureLevelError`; then nothing is written. */
export async function formatDirectories(options: FormatOptions): Promise<string[]> {
  const { fs, metadataLogDir, nodeId, quorum, random } = options;
  const paths = [...new Set([metadataLogDir, ...options.logDirs])];
  const found = new Map<string, MetaProperties>();
  for (const path of paths) {
    const properties = readMetaProperties(fs, path);
    if (properties !== undefined) found.set(path, properties);
  }
  const clusterId = agreedClusterId(options, found);
  const [formatted] = found.keys();
  if (formatted !== undefined && !options.ignoreFormatted) {
    throw new DirectoryError(
      `Log directory ${formatted} is already formatted. Use --ignore-formatted to ignore this directory and format the others.`,
    );
  }
  const missing = paths.filter((path) => !found.has(path));
  if (missing.length === 0) return ['All of the log directories are already formatted.'];
  const levels = newClusterFeatures(options.metadataVersion, options.features);
  const isDynamic = quorum.kind !== 'static';
  if (isDynamic && levels.get(KRAFT_VERSION) === 0 && options.features.has(KRAFT_VERSION)) {
    throw new FeatureLevelError(
      `Cannot set ${KRAFT_VERSION} to 0 if one of the flags --standalone, --initial-controllers, or --no-initial-controllers is used. ` +
        `For dynamic controllers support, try removing the --feature flag for ${KRAFT_VERSION}.`,
    );
  }
  const own = quorum.kind === 'controllers' ? quorum.voters.find(({ voterId }) => voterId === nodeId) : undefined;
  const directoryIds = new Map(missing.map((path) => [path, randomUuid(random)]));
  if (own !== undefined && directoryIds.has(metadataLogDir)) directoryIds.set(metadataLogDir, own.voterDirectoryId);
  const bootstrap = [...firstRecords(levels), ...scramRecords(options.scram, levels)];
  await Promise.all(missing.map((path) => fs.makeDirectory(path)));
  const metadataDirectoryId = directoryIds.get(metadataLogDir);
  if (metadataDirectoryId !== undefined) {
    const self = { id: nodeId, directoryId: metadataDirectoryId };
    let voters: Voters | null = null;
    if (quorum.kind === 'standalone') voters = [dynamicVoter(self, options.controllerEndpoint)];
    if (quorum.kind === 'controllers') voters = quorum.voters;
    await writeMetadata({ ...options, voters, bootstrap });
  }
  for (const path of missing) {
    if (path !== metadataLogDir) await writeBootstrap(path, { ...options, bootstrap });
    const properties = { clusterId, nodeId, directoryId: directoryIds.get(path)! };
    await writeMetaProperties(fs, path, properties, options.clock.now());
  }
  const version = metadataVersionName(levels.get(METADATA_VERSION)!);
  const lines = found.size === 0 ? [] : ['Some of the log directories are already formatted.'];
  const kind = (path: string) => (path === metadataLogDir ? describeQuorum(quorum) : 'data directory');
  return [...lines, ...missing.map((path) => `Formatting ${kind(path)} ${path} with metadata.version ${version}.`)];
}

function describeQuorum({ kind }: InitialQuorum): string {
  return kind === 'standalone' || kind === 'controllers' ? 'dynamic metadata voter directory' : 'metadata directory';
}

/** Level 0 is not written, and kraft.version is the quorum's. */
function firstRecords(levels: ReadonlyMap<string, number>): Buffer[] {
  return bootstrapRecords([...levels].filter(([name, level]) => level > 0 && name !== KRAFT_VERSION));
}

function scramRecords(upsertions: readonly ScramUpsertion[], levels: ReadonlyMap<string, number>): Buffer[] {
  const { configs: _, ...fields } = emptyImage('');
  const state = makeImage({ ...fields, features: levels });
  // One by one: a request alters a user once, and a format gives it a credential for each mechanism.
  return upsertions.flatMap((upsertion) => {
    const { records, answer } = alterScramCredentials(state, { deletions: [], upsertions: [upsertion] });
    const error = answer[0]?.error;
    if (error) throw new FeatureLevelError(`--add-scram for user "${upsertion.name}": ${error.message}`);
    return records.map(({ frame }) => frame);
  });
}
