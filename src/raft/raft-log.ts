/** What the quorum needs of the log that holds `__cluster_metadata-0`; `src/log`'s `Log` is one. */
export interface RaftLog {
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  /** Of its segments' files. */
  readonly sizeInBytes: number;
  /** Appends whole batches; `baseOffset` is where the first of them went. */
  appendAsLeader(
    records: Buffer,
    options: { readonly leaderEpoch: number; readonly origin: 'raft' },
  ): Promise<{ readonly baseOffset: number; readonly lastOffset: number }>;
  /** Appends batches with the offsets and epochs that they have. */
  appendAsFollower(records: Buffer): Promise<unknown>;
  read(
    startOffset: number,
    options: { readonly maxBytes: number; readonly minOneMessage: boolean; readonly isolation: 'logEnd' },
  ): Promise<{ readonly records: readonly Buffer[] }>;
  updateHighWatermark(offset: number): void;
  /** The epoch of the newest batch; undefined in an empty log. */
  latestEpoch(): number | undefined;
  /** Where the largest epoch up to `epoch` ended; null for one above the latest. */
  endOffsetForEpoch(epoch: number): { readonly leaderEpoch: number; readonly endOffset: number } | null;
  /** Drops all at and above `offset`. */
  truncateTo(offset: number): Promise<void>;
  /** Drops everything; the next batch begins at `offset`. */
  truncateFullyAndStartAt(offset: number): Promise<void>;
  /** Records below `offset`, which a snapshot holds, are no longer served. */
  incrementLogStartOffset(offset: number): void;
  /** Removes segments that lie below the log start. */
  deleteOldSegments(): Promise<number>;
  /** Resolves when everything appended is on the disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export const METADATA_TOPIC = '__cluster_metadata';
/** Kafka's fixed id of the metadata topic. */
export const METADATA_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
export const METADATA_DIRECTORY = `${METADATA_TOPIC}-0`;
