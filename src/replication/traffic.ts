/** What clients wrote to a partition here and read of it, since this broker took it up; for metrics. */
export class Traffic {
  messagesIn = 0;
  /** As sent and stored, compressed where the client compresses. */
  bytesIn = 0;
  bytesOut = 0;
  /** Batches that came to the log, and those of them that it refused. */
  produces = 0;
  failedProduces = 0;
  /** Answers with records of it, and those that say why not. */
  fetches = 0;
  failedFetches = 0;
}
