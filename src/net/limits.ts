/** What the network layer may take of the machine. Kafka's keys where Kafka has them; the rest is ours. */
export interface NetLimits {
  /** `socket.request.max.bytes`: a larger request closes its connection. */
  readonly socketRequestMaxBytes: number;
  /**
   * `queued.max.request.bytes`: while requests received and not yet answered hold this much, nothing more is read from
   * any connection but what completes begun requests, `socketRequestMaxBytes` of those at a time. One read of each
   * connection (64 KiB) may come on top. Below zero: `DEFAULT_QUEUED_REQUEST_BYTES`, where Kafka has no bound.
   */
  readonly queuedMaxRequestBytes: number;
  /** Requests of one connection that may be under way at once; the next ones wait, and then are no longer read. */
  readonly maxInFlightPerConnection: { readonly requests: number; readonly bytes: number };
  /** `connections.max.idle.ms`: a connection on which nothing moved for so long is closed; below zero: never. */
  readonly connectionsMaxIdleMs: number;
  /** `max.connections`: further ones are closed at once, except on privileged listeners. */
  readonly maxConnections: number;
  /** `max.connections.per.ip`. */
  readonly maxConnectionsPerIp: number;
  /** `max.connections.per.ip.overrides`: limits of single addresses, in the form of `Connection.clientHost`. */
  readonly maxConnectionsPerIpOverrides?: ReadonlyMap<string, number>;
  /** Answers that a client has not taken: while there are more bytes of them, its connection starts no request. */
  readonly writeHighWaterBytes: number;
}

/** The limits to new connections, which may change while the server runs. */
export type ConnectionLimits = Pick<
  NetLimits,
  'maxConnections' | 'maxConnectionsPerIp' | 'maxConnectionsPerIpOverrides'
>;

/** The bound that stands in for `queued.max.request.bytes=-1`: the default of a single request, and some. */
export const DEFAULT_QUEUED_REQUEST_BYTES = 128 * 1024 * 1024;

/** Kafka's defaults, and ours where Kafka has none. */
export const defaultNetLimits: NetLimits = {
  socketRequestMaxBytes: 104_857_600,
  queuedMaxRequestBytes: -1,
  maxInFlightPerConnection: { requests: 64, bytes: 16 * 1024 * 1024 },
  connectionsMaxIdleMs: 600_000,
  maxConnections: 2 ** 31 - 1,
  maxConnectionsPerIp: 2 ** 31 - 1,
  writeHighWaterBytes: 1024 * 1024,
};
