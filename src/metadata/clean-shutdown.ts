/**
 * `.kafka_cleanshutdown` as the controller needs it: the broker epoch of the life that flushed everything and ended.
 * A broker that comes back with that epoch has lost nothing and stays an eligible leader. The file is the log manager's
 * to write, when all logs are flushed, and to remove, when it has read it.
 */
import { join } from 'node:path';
import type { FileSystem } from '../platform/file-system.ts';

const FILE = '.kafka_cleanshutdown';
export const NO_BROKER_EPOCH = -1;

/** −1 unless all directories were shut down cleanly by the same life. */
export function previousBrokerEpoch(fs: FileSystem, logDirs: readonly string[]): number {
  const epochs = logDirs.map((directory) => readEpoch(fs, join(directory, FILE)));
  const [first = NO_BROKER_EPOCH] = epochs;
  return epochs.every((epoch) => epoch === first) ? first : NO_BROKER_EPOCH;
}

function readEpoch(fs: FileSystem, path: string): number {
  const data = fs.startup.readFile(path);
  if (data === null) return NO_BROKER_EPOCH;
  try {
    const content: unknown = JSON.parse(data.toString('utf8'));
    const epoch = typeof content === 'object' && content !== null && 'brokerEpoch' in content && content.brokerEpoch;
    return typeof epoch === 'number' ? epoch : NO_BROKER_EPOCH;
  } catch {
    // Kafka before 4.0 left the file empty: a clean end, but not whose.
    return NO_BROKER_EPOCH;
  }
}
