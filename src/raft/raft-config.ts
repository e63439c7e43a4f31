/** The time-outs and sizes of the quorum: `controller.quorum.*`, with Kafka's defaults. */
export interface RaftConfig {
  readonly electionTimeoutMs: number;
  readonly electionBackoffMaxMs: number;
  /** Without a successful fetch for so long a follower asks for an election, and a leader without a majority resigns. */
  readonly fetchTimeoutMs: number;
  /** How long a leader may let a fetch wait for records. */
  readonly fetchMaxWaitMs: number;
  readonly requestTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly fetchMaxBytes: number;
  readonly fetchSnapshotMaxBytes: number;
}

/** `fetchMaxWaitMs` is Kafka's `MAX_FETCH_WAIT_MS`, which is no key. */
export const defaultRaftConfig: RaftConfig = {
  electionTimeoutMs: 1000,
  electionBackoffMaxMs: 1000,
  fetchTimeoutMs: 2000,
  fetchMaxWaitMs: 500,
  requestTimeoutMs: 2000,
  retryBackoffMs: 20,
  fetchMaxBytes: 1024 * 1024,
  fetchSnapshotMaxBytes: 1024 * 1024,
};
