/** The small files of a data directory, which Kafka's tool does not print: each in a plain form of our own. */
import { type EpochEntry, type OffsetEntry, parseEpochs, parseOffsets } from '../../log/checkpoint-file.ts';
import { LEADER_EPOCH_CHECKPOINT, PARTITION_METADATA, parsePartitionMetadata } from '../../log/file-names.ts';
import { META_PROPERTIES, parseMetaProperties } from '../../metadata/meta-properties.ts';
import { parseQuorumState } from '../../raft/quorum-state.ts';
import { counted, type Verdict } from './verdict.ts';

export type SmallFileDumper = (bytes: Buffer, path: string) => Generator<string, Verdict>;

const OFFSETS_REMEDY: Readonly<Record<string, string>> = {
  'recovery-point-offset-checkpoint':
    'A start warns and takes all offsets as 0: after a crash every log is checked whole.',
  'replication-offset-checkpoint': 'A start warns and takes all offsets as 0: high watermarks are found anew.',
  'log-start-offset-checkpoint': 'A start warns and takes all offsets as 0: records that were deleted may show again.',
  'cleaner-offset-checkpoint': 'A start warns and compacts all logs from their start.',
};

const dumpers = new Map<string, SmallFileDumper>([
  ...Object.entries(OFFSETS_REMEDY).map(([name, remedy]): [string, SmallFileDumper] => [
    name,
    (bytes, path) => parsed(() => offsetLines(parseOffsets(bytes.toString(), path)), remedy),
  ]),
  [
    LEADER_EPOCH_CHECKPOINT,
    (bytes, path) =>
      parsed(
        () => epochLines(parseEpochs(bytes.toString(), path)),
        'A start after a crash takes the epochs from the batches; after a clean stop it refuses the log.',
      ),
  ],
  [
    PARTITION_METADATA,
    (bytes, path) =>
      parsed(() => {
        const topicId = parsePartitionMetadata(bytes.toString(), path);
        return { lines: [`version: 0 topicId: ${topicId ?? 'none'}`], content: 'a topic id' };
      }, 'A start cannot tell which topic the log is of: write the two lines anew, with the id that the metadata log has.'),
  ],
  [
    META_PROPERTIES,
    (bytes, path) =>
      parsed(() => {
        const { clusterId, nodeId, directoryId } = parseMetaProperties(bytes.toString('latin1'), path);
        const line = `version: 1 clusterId: ${clusterId} nodeId: ${nodeId} directoryId: ${directoryId ?? 'none'}`;
        return { lines: [line], content: 'a formatted directory' };
      }, 'A start refuses the directory.'),
  ],
  [
    'quorum-state',
    (bytes) =>
      parsed(() => {
        const { leaderEpoch, leaderId, votedId, votedDirectoryId } = parseQuorumState(bytes.toString());
        const line = `leaderEpoch: ${leaderEpoch} leaderId: ${leaderId} votedId: ${votedId}`;
        return { lines: [`${line} votedDirectoryId: ${votedDirectoryId}`], content: 'a quorum state' };
      }, 'A start refuses it.'),
  ],
  [
    '.kafka_cleanshutdown',
    (bytes) => parsed(() => cleanShutdown(bytes.toString()), 'A start takes the stop for clean.'),
  ],
]);

/** What prints the file of this name; `undefined` for a file that is none of these. */
export function smallFileDumper(name: string): SmallFileDumper | undefined {
  return dumpers.get(name);
}

interface Parsed {
  readonly lines: readonly string[];
  readonly content: string;
}

/** The parsers' errors are sentences that name the line or value. */
function* parsed(parse: () => Parsed, remedy: string): Generator<string, Verdict> {
  let result: Parsed;
  try {
    result = parse();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { faults: [{ what: error.message }], content: '', remedy };
  }
  yield* result.lines;
  return { faults: [], content: result.content };
}

function offsetLines(entries: readonly OffsetEntry[]): Parsed {
  const lines = entries.map(
    ({ topic, partition, offset }) => `topic: ${topic} partition: ${partition} offset: ${offset}`,
  );
  return { lines, content: counted(entries.length, 'offset') };
}

function epochLines(entries: readonly EpochEntry[]): Parsed {
  const lines = entries.map(({ epoch, startOffset }) => `epoch: ${epoch} startOffset: ${startOffset}`);
  return { lines, content: counted(entries.length, 'epoch') };
}

/** Before 4.0 the file was empty: a clean stop, but not whose. */
function cleanShutdown(text: string): Parsed {
  const content = 'the marker of a clean stop';
  if (text.trim() === '') return { lines: ['no broker epoch'], content };
  const json: unknown = JSON.parse(text);
  if (typeof json !== 'object' || json === null || !('brokerEpoch' in json)) throw new TypeError('no brokerEpoch');
  const version = 'version' in json ? json.version : 'none';
  return { lines: [`version: ${String(version)} brokerEpoch: ${String(json.brokerEpoch)}`], content };
}
