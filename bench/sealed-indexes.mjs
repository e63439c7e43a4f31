/**
 * `node bench/sealed-indexes.mjs [SEGMENTS]`: looking up offsets in the indexes of sealed segments, mapped and read
 * (docs/adr/0005). Cold: a segment whose index was not asked for before. Warm: asked for before, at random over all
 * segments, so that a cache smaller than all of them misses. Uncached: as cold, with nothing in the page cache.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../scripts/bootstrap.mjs';

const segments = Number(process.argv[2] ?? 200);
const warmLookups = 2000;
/** Of a full segment of 1 GiB with `index.interval.bytes` 4096. */
const entries = 262_144;

const folder = mkdtempSync(join(tmpdir(), 'samsa-indexes-'));
// Below the root, where koffi is found.
const bundle = join(root, 'dist', 'sealed-indexes.mjs');
const source = ['log/segment', 'log/index-cache', 'log/open-files', 'platform/node-file-system'];
await build({
  stdin: {
    contents: source.map((path) => `export * from './src/${path}.ts';`).join('\n'),
    resolveDir: root,
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  outfile: bundle,
});
const { Segment, IndexCache, OpenFiles, NodeFileSystem } = await import(bundle);

const offsets = Buffer.alloc(entries * 8);
const times = Buffer.alloc(entries * 12);
for (let entry = 0; entry < entries; entry++) {
  offsets.writeInt32BE(entry * 40 + 1, entry * 8);
  offsets.writeInt32BE(entry * 4000, entry * 8 + 4);
  times.writeBigInt64BE(1_700_000_000_000n + BigInt(entry), entry * 12);
  times.writeInt32BE(entry * 40 + 1, entry * 12 + 8);
}
for (let segment = 0; segment < segments; segment++) {
  const name = join(folder, String(segment * 2 ** 31).padStart(20, '0'));
  writeFileSync(`${name}.index`, offsets);
  writeFileSync(`${name}.timeindex`, times);
}

const koffi = createRequire(join(root, 'index.js'))('koffi');
const fadvise = koffi.load(null).func('int posix_fadvise(int, int64_t, int64_t, int)');

for (const usesMaps of [false, true, false, true]) {
  globalThis.gc?.();
  const before = memory();
  const fs = new NodeFileSystem({ usesMaps });
  const place = { fs, indexes: new IndexCache(), files: new OpenFiles(100), directory: folder };
  const all = Array.from({ length: segments }, (_, segment) => {
    return new Segment({ place, baseOffset: segment * 2 ** 31, createdMs: 0, sizeInBytes: 2 ** 30 });
  });
  const lookup = (segment) => {
    const offset = segment.baseOffset + Math.floor(Math.random() * entries * 40);
    return segment.withIndexes((indexes) => indexes.offsets.lookup(offset));
  };
  const coldUs = await each(all, lookup);
  const picked = Array.from({ length: warmLookups }, () => all[Math.floor(Math.random() * all.length)]);
  const warmUs = await each(picked, lookup);
  const lastUs = await each(picked, (segment) => segment.withIndexes((indexes) => indexes.times.last()));
  const after = memory();
  for (const segment of all) await segment.close();
  for (const segment of all) forget(segment.path('.index'), segment.path('.timeindex'));
  const uncachedUs = await each(all.slice(0, 50), lookup);
  for (const segment of all) await segment.close();
  console.log(
    `${usesMaps ? 'mapped' : 'read  '} ${segments} segments: cold ${coldUs} µs, warm ${warmUs} µs, last timestamp ${lastUs} µs, ` +
      `uncached ${uncachedUs} µs; anonymous +${after.RssAnon - before.RssAnon} MB, of files +${after.RssFile - before.RssFile} MB`,
  );
}
rmSync(folder, { recursive: true });
rmSync(bundle);

async function each(items, run) {
  const startedAt = performance.now();
  for (const item of items) await run(item);
  return (((performance.now() - startedAt) * 1000) / items.length).toFixed(1);
}

/** Takes files out of the page cache; they must be on the disk. */
function forget(...paths) {
  const POSIX_FADV_DONTNEED = 4;
  for (const path of paths) {
    const descriptor = openSync(path, 'r+');
    fdatasyncSync(descriptor);
    fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    closeSync(descriptor);
  }
}

/** In MB. */
function memory() {
  const status = readFileSync('/proc/self/status', 'utf8');
  const of = (name) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024);
  return { RssAnon: of('RssAnon'), RssFile: of('RssFile') };
}
