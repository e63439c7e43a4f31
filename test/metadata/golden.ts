/** Cluster metadata that Apache Kafka wrote; see test/golden/cluster-metadata/README.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = join(import.meta.dirname, '../golden/cluster-metadata');

export function golden(name: string): Buffer {
  return readFileSync(join(directory, name));
}
