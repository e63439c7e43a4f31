/**
 * What a formatted metadata directory begins with: the records that a new cluster starts from, and the voters, where the
 * log is to keep them. A crash in the middle leaves no meta.properties, so the directory is formatted again.
 */
import { join } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import type { FileSystem } from '../platform/file-system.ts';
import { buildCheckpoint, checkpointName, FIRST_CHECKPOINT } from '../raft/checkpoint.ts';
import type { Voters } from '../raft/logged-batch.ts';
import type { VoterEndpoint } from '../raft/messages.ts';
import { METADATA_DIRECTORY } from '../raft/raft-log.ts';
import type { ReplicaKey } from '../raft/replica-key.ts';
import { bootstrapFeatures } from './features.ts';
import { DirectoryError } from './meta-properties.ts';
import { recordFrame } from './records.ts';

export const BOOTSTRAP_CHECKPOINT = 'bootstrap.checkpoint';

export interface NewMetadata {
  readonly metadataLogDir: string;
  /** Null where they are not in the log: static ones, or those of a quorum that this node is to join. */
  readonly voters: Voters | null;
  /** Frames of the new cluster's first records. */
  readonly bootstrap: readonly Buffer[];
  readonly fs: FileSystem;
  readonly clock: Clock;
}

/** A voter that knows kraft.version 0 and 1. */
export function dynamicVoter({ id, directoryId }: ReplicaKey, endpoint: VoterEndpoint): Voters[number] {
  return {
    voterId: id,
    voterDirectoryId: directoryId,
    endpoints: [endpoint],
    kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
  };
}

/** What a cluster of the newest metadata.version begins with. */
export function bootstrapRecords(
  levels: Iterable<readonly [name: string, level: number]> = bootstrapFeatures,
): Buffer[] {
  return Array.from(levels, ([name, featureLevel]) => recordFrame('FeatureLevelRecord', 0, { name, featureLevel }));
}

/** Every log dir of a format has the new cluster's first records, as Kafka's formatter leaves them. */
export async function writeBootstrap(
  logDir: string,
  { bootstrap, fs, clock }: Pick<NewMetadata, 'bootstrap' | 'fs' | 'clock'>,
): Promise<void> {
  const records = buildCheckpoint({ controls: [], records: bootstrap, lastContainedLogTimestamp: 0, now: clock.now() });
  await fs.writeFile(join(logDir, BOOTSTRAP_CHECKPOINT), records, { sync: true });
}

/** Throws a `DirectoryError` where there is a metadata log already. */
export async function writeMetadata(options: NewMetadata): Promise<void> {
  const { fs, metadataLogDir, clock, voters } = options;
  const directory = join(metadataLogDir, METADATA_DIRECTORY);
  await fs.makeDirectory(directory);
  if (fs.startup.list(directory).some(({ name }) => name.endsWith('.log'))) {
    throw new DirectoryError(
      `${metadataLogDir} holds a metadata log but no meta.properties: bring the file back, or remove ${directory} to ` +
        'start a new cluster',
    );
  }
  const now = clock.now();
  // One flush each and one of the directory: all of it is durable before meta.properties is.
  const writes = [writeBootstrap(metadataLogDir, options)];
  if (voters !== null) {
    const first = buildCheckpoint({
      controls: [
        { type: 'kraftVersion', value: { version: 0, kRaftVersion: 1 } },
        { type: 'kraftVoters', value: { version: 0, voters } },
      ],
      records: [],
      lastContainedLogTimestamp: now,
      now,
    });
    const name = checkpointName(FIRST_CHECKPOINT.endOffset, FIRST_CHECKPOINT.epoch);
    writes.push(fs.writeFile(join(directory, name), first, { sync: true }));
  }
  await Promise.all(writes);
  await fs.syncDirectory(directory);
}
