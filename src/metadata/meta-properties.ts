/**
 * `meta.properties`: which cluster and node a data directory belongs to, and its own id. Read from every directory at
 * start, written last when a directory is formatted: a directory that has one is whole.
 */
import { join } from 'node:path';
import type { FileSystem } from '../platform/file-system.ts';

export const META_PROPERTIES = 'meta.properties';

export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: number;
  /** Absent in directories of Kafka before 3.7. */
  readonly directoryId?: string;
}

/** A directory that this node must not touch, or cannot read; the message says what to do. */
export class DirectoryError extends Error {
  readonly code = 'UNUSABLE_DIRECTORY';
  override readonly name = 'DirectoryError';
}

/** Undefined when the directory has no such file. Throws a `DirectoryError` for one that is not understood. */
export function readMetaProperties(fs: FileSystem, directory: string): MetaProperties | undefined {
  const path = join(directory, META_PROPERTIES);
  const data = fs.startup.readFile(path);
  return data === null ? undefined : parseMetaProperties(data.toString('latin1'), path);
}

export async function writeMetaProperties(
  fs: FileSystem,
  directory: string,
  properties: MetaProperties,
  nowMs: number,
): Promise<void> {
  await fs.replaceFile(join(directory, META_PROPERTIES), formatMetaProperties(properties, nowMs));
}

/** Exported for tests. */
export function parseMetaProperties(text: string, path: string): MetaProperties {
  const entries = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#!\s=:][^=:\s]*)\s*[=:]?\s*(.*?)\s*$/.exec(line);
    if (match !== null) entries.set(match[1]!, match[2]!.replaceAll('\\', ''));
  }
  const version = entries.get('version');
  if (version === '0') {
    throw new DirectoryError(
      `${path} has version 0, which is of a Kafka with ZooKeeper; move that cluster to KRaft first`,
    );
  }
  if (version !== '1') throw new DirectoryError(`${path} has version ${version ?? 'none'}, 1 is supported`);
  const clusterId = entries.get('cluster.id');
  const nodeId = Number(entries.get('node.id'));
  if (clusterId === undefined || clusterId === '') throw new DirectoryError(`${path} names no cluster.id`);
  if (!Number.isInteger(nodeId) || !entries.has('node.id') || nodeId < 0) {
    throw new DirectoryError(`${path} has node.id "${entries.get('node.id') ?? ''}", a number of 0 or more is wanted`);
  }
  const directoryId = entries.get('directory.id');
  return { clusterId, nodeId, ...(directoryId === undefined ? {} : { directoryId }) };
}

/** Exported for tests. In the form of Java's `Properties.store`, date comment included. */
export function formatMetaProperties({ clusterId, nodeId, directoryId }: MetaProperties, nowMs: number): string {
  const lines = ['#', `#${javaDate(nowMs)}`, `node.id=${nodeId}`];
  if (directoryId !== undefined) lines.push(`directory.id=${directoryId}`);
  return `${[...lines, 'version=1', `cluster.id=${clusterId}`].join('\n')}\n`;
}

/** "Mon Nov 23 18:54:20 UTC 2026" */
function javaDate(nowMs: number): string {
  // toUTCString: "Mon, 23 Nov 2026 18:54:20 GMT"
  const [weekday, day, month, year, time] = new Date(nowMs).toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}
