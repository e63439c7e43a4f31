import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildBatch } from '../../protocol/records/builder.ts';
import { dumpLogFiles } from '../../src/cli/dump-log/dump-log.ts';
import type { DumpLogFlags } from '../../src/cli/dump-log/flags.ts';
import { Log } from '../../src/log/log.ts';
import { defaultLogConfig } from '../../src/log/log-config.ts';
import { SystemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { NodeFileSystem } from '../../src/platform/node-file-system.ts';

const GOLDEN = fileURLToPath(new URL('../golden/', import.meta.url));
const LOG = '00000000000000000000.log';

interface KafkaRun {
  readonly flags: readonly string[];
  readonly files: readonly string[];
  readonly stdout: string;
}

const kafkaRuns: readonly KafkaRun[] = gunzipSync(readFileSync(join(GOLDEN, 'dump-log', 'kafka.jsonl.gz')))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

function sink(): { stream: Writable; text: () => string } {
  const parts: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      parts.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(parts).toString() };
}

interface Dump {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function dump(files: readonly string[], flags: DumpLogFlags = {}): Promise<Dump> {
  const stdout = sink();
  const stderr = sink();
  const exitCode = await dumpLogFiles(files, flags, { stdout: stdout.stream, stderr: stderr.stream });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

/** `--max-bytes 1000` as commander hands it over. */
function asFlags(words: readonly string[]): DumpLogFlags {
  const flags: Record<string, string | boolean> = {};
  for (const [at, word] of words.entries()) {
    if (!word.startsWith('--')) continue;
    const name = word.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const next = words[at + 1];
    flags[name] = next === undefined || next.startsWith('--') ? true : next;
  }
  return flags;
}

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'samsa-dump-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A copy of a log directory that Kafka wrote. */
function copyOf(name: string): string {
  const directory = join(home, name);
  mkdirSync(directory);
  for (const file of readdirSync(join(GOLDEN, 'kafka-log', name))) {
    copyFileSync(join(GOLDEN, 'kafka-log', name, file), join(directory, file));
  }
  return directory;
}

function change(path: string, how: (bytes: Buffer) => Buffer | undefined): void {
  const bytes = readFileSync(path);
  writeFileSync(path, how(bytes) ?? bytes);
}

function written(name: string, content: string | Buffer): string {
  const path = join(home, name);
  writeFileSync(path, content);
  return path;
}

describe('samsa dump-log prints what Kafka prints', () => {
  test.each(kafkaRuns)('$flags of $files.length files', async ({ flags, files, stdout }) => {
    const paths = files.map((file) => join(GOLDEN, file));
    const ours = await dump(paths, asFlags(flags));
    expect(ours.stdout.replaceAll(GOLDEN, '')).toBe(stdout);
  });

  test('files may come as a list with commas, and a directory stands for all that is in it', async () => {
    const directory = join(GOLDEN, 'kafka-log', 'txn-0');
    const listed = await dump([], {
      files: `${join(directory, LOG)},${join(directory, '00000000000000000000.txnindex')}`,
    });
    expect(listed.stdout.match(/^Dumping .*/gm)).toHaveLength(2);
    const whole = await dump([directory]);
    expect(whole.stdout.match(/^Dumping .*/gm)).toHaveLength(readdirSync(directory).length);
    expect(whole).toMatchObject({ exitCode: 0 });
    expect(whole.stderr.match(/^verdict: .*: ok, .*$/gm)).toHaveLength(readdirSync(directory).length);
  });
});

describe('the verdict on a log', () => {
  // Of Kafka's own lines for txn-0: its second batch is the marker at offset 10, 226 bytes from the start.
  const markerOffset = 10;
  const markerPosition = 226;

  test('a batch with a wrong checksum: where a start cuts, and the start does cut there', async () => {
    const directory = copyOf('txn-0');
    const path = join(directory, LOG);
    change(path, (bytes) => {
      bytes[markerPosition + 60]! ^= 1;
      return undefined;
    });
    const { exitCode, stderr } = await dump([path]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`: wrong: at byte ${markerPosition} the batch has a wrong checksum. `);
    expect(stderr).toContain(`cuts it to ${markerPosition} bytes, goes on at offset ${markerOffset}`);

    const log = await Log.open({
      directory,
      topicPartition: { topic: 'txn', partition: 0 },
      topicId: 'olpXZd9NRVySqQiP7hNl_g',
      config: defaultLogConfig,
      fs: new NodeFileSystem(),
      clock: new SystemClock(),
      logger: silentLogger,
      wasCleanlyClosed: false,
    });
    expect(log.logEndOffset).toBe(markerOffset);
    await log.close();
    expect(statSync(path).size).toBe(markerPosition);
  });

  test('a torn end', async () => {
    const path = join(copyOf('txn-0'), LOG);
    change(path, (bytes) => bytes.subarray(0, markerPosition + 30));
    const { exitCode, stdout, stderr } = await dump([path]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(new RegExp(`\\nFound 30 invalid bytes at the end of ${LOG}\\n$`));
    expect(stderr).toContain(`at byte ${markerPosition} there is a batch of 78 bytes, of which 30 are there`);
  });

  test('zeros to the end, as preallocation leaves them', async () => {
    const path = join(copyOf('txn-0'), LOG);
    const { size } = statSync(path);
    change(path, (bytes) => Buffer.concat([bytes, Buffer.alloc(5000)]));
    const { exitCode, stderr } = await dump([path]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`at byte ${size} there is a batch with a length of 0, and zeros follow to the end`);
    expect(stderr).toContain(`cuts it to ${size} bytes, goes on at offset 132`);
  });

  test('a batch whose offset was seen before', async () => {
    const one = buildBatch([{ timestamp: 5, key: null, value: Buffer.from('a') }], { baseOffset: 7 });
    const path = written('00000000000000000007.log', Buffer.concat([one, one]));
    const { exitCode, stderr } = await dump([path]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`at byte ${one.length} the batch has base offset 7, below 8`);
  });

  test('records that cannot be read are found by deep iteration only', async () => {
    const batch = buildBatch([{ timestamp: 5, key: null, value: Buffer.from('abc') }]);
    // One record more than there is, and a checksum that agrees.
    batch.writeInt32BE(2, 57);
    const { crc32c } = await import('../../protocol/records/crc32c.ts');
    batch.writeUInt32BE(crc32c(batch, 21), 17);
    const path = written(LOG, batch);
    expect(await dump([path])).toMatchObject({ exitCode: 0 });
    const deep = await dump([path], { deepIteration: true });
    expect(deep.exitCode).toBe(1);
    expect(deep.stderr).toContain('at byte 0 the batch cannot be read: record 1 of 2');
    expect(deep.stderr).toContain('No start looks into batches');
  });

  test('a snapshot of the metadata log without its footer', async () => {
    const bytes = readFileSync(join(GOLDEN, 'cluster-metadata', 'bootstrap.checkpoint'));
    // Of Kafka's own lines: the footer's batch begins at byte 336.
    const path = written('bootstrap.checkpoint', bytes.subarray(0, 336));
    const { exitCode, stderr } = await dump([path]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('at byte 336 the snapshot footer is missing');
  });
});

describe('the verdict on an index', () => {
  const name = '00000000000000000000';

  test('an entry that leads to the wrong batch', async () => {
    const directory = copyOf('codecs-0');
    change(join(directory, `${name}.index`), (bytes) => {
      bytes.writeInt32BE(bytes.readInt32BE(0) + 1, 0);
      return undefined;
    });
    const { exitCode, stderr } = await dump([join(directory, `${name}.index`)]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /wrong: at byte 0 the entry of offset \d+ leads to the batch that ends at offset \d+\. A start does not notice/,
    );
    expect(stderr).toContain('Mismatches in :');
  });

  test('half an entry at the end', async () => {
    const directory = copyOf('codecs-0');
    change(join(directory, `${name}.timeindex`), (bytes) => bytes.subarray(0, bytes.length - 5));
    const { exitCode, stderr } = await dump([join(directory, `${name}.timeindex`)]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('The index is made anew from the log when it is first needed.');
  });

  test('zeros behind the entries are those of an index that is open', async () => {
    const directory = copyOf('codecs-0');
    change(join(directory, `${name}.index`), (bytes) => Buffer.concat([bytes, Buffer.alloc(800)]));
    const { exitCode, stderr } = await dump([join(directory, `${name}.index`)]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(': ok, 3 entries, and zeros behind them as in an index that is open');
  });

  test('an index without its log', async () => {
    const path = written(`${name}.index`, Buffer.alloc(16, 1));
    const { exitCode, stderr } = await dump([path]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no .log of its name is beside it. A start removes an index without a log.');
  });

  test('a producer snapshot with a wrong checksum', async () => {
    const path = join(copyOf('txn-0'), '00000000000000000132.snapshot');
    change(path, (bytes) => {
      bytes[20]! ^= 1;
      return undefined;
    });
    const { exitCode, stderr } = await dump([path]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('wrong: its checksum is wrong. A start that needs it removes it');
  });
});

describe('the small files', () => {
  test.each([
    ['recovery-point-offset-checkpoint', '0\n1\na.b 3 42\n', 'topic: a.b partition: 3 offset: 42'],
    ['leader-epoch-checkpoint', '0\n2\n0 0\n4 17\n', 'epoch: 0 startOffset: 0\nepoch: 4 startOffset: 17'],
    [
      'partition.metadata',
      'version: 0\ntopic_id: 53jvb2xySr-u1bOjCs0Sng',
      'version: 0 topicId: 53jvb2xySr-u1bOjCs0Sng',
    ],
    [
      'meta.properties',
      '#\nnode.id=1\ndirectory.id=Q1UIpZscRr62diCh2hCYZw\nversion=1\ncluster.id=7UVVDNtLR1a0_QyKpxNLMQ\n',
      'version: 1 clusterId: 7UVVDNtLR1a0_QyKpxNLMQ nodeId: 1 directoryId: Q1UIpZscRr62diCh2hCYZw',
    ],
    [
      'quorum-state',
      '{"leaderId":1,"leaderEpoch":2,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}',
      'leaderEpoch: 2 leaderId: 1 votedId: -1 votedDirectoryId: AAAAAAAAAAAAAAAAAAAAAA',
    ],
    ['.kafka_cleanshutdown', '{"version":0,"brokerEpoch":14}', 'version: 0 brokerEpoch: 14'],
  ])('%s', async (name, content, lines) => {
    const path = written(name, content);
    const { exitCode, stdout, stderr } = await dump([path]);
    expect(stdout).toBe(`Dumping ${path}\n${lines}\n`);
    expect(stderr).toMatch(/: ok, /);
    expect(exitCode).toBe(0);
  });

  test.each([
    ['cleaner-offset-checkpoint', '0\n2\na 3 42\n', 'line 2 says 2 entries, 1 follow'],
    ['leader-epoch-checkpoint', '0\n1\nnonsense\n', 'line 3 is no entry: "nonsense"'],
    ['meta.properties', 'version=1\n', 'names no cluster.id'],
    ['quorum-state', '{"leaderId":"x"}', 'is not a whole number'],
  ])('%s that is damaged', async (name, content, what) => {
    const { exitCode, stderr } = await dump([written(name, content)]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(what);
  });
});

describe('the command line', () => {
  test.each<[string, string[], DumpLogFlags]>([
    ['no file is named', [], {}],
    ['--max-bytes is "-5"', ['x.log'], { maxBytes: '-5' }],
    ['MyDecoder is no decoder', ['x.log'], { keyDecoderClass: 'com.example.MyDecoder' }],
  ])('%s', async (what, files, flags) => {
    const { exitCode, stdout, stderr } = await dump(files, flags);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(what);
  });

  test('a missing file is a sentence, and the next one follows', async () => {
    const { exitCode, stdout, stderr } = await dump([
      join(home, '0.log'),
      written('leader-epoch-checkpoint', '0\n0\n'),
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^verdict: .*0\.log: wrong: ENOENT: no such file/);
    expect(stdout.match(/^Dumping /gm)).toHaveLength(2);
  });

  test('a file of no known kind is ignored, as Kafka does', async () => {
    const { exitCode, stderr } = await dump([written('notes.txt', 'x')]);
    expect(stderr).toMatch(/^Ignoring unknown file .*notes\.txt\n$/);
    expect(exitCode).toBe(0);
  });

  test('numbers as keys', async () => {
    const key = Buffer.from('00000000000000ff', 'hex');
    const path = written(LOG, buildBatch([{ timestamp: 5, key, value: Buffer.from('v') }]));
    const { stdout } = await dump([path], { keyDecoderClass: 'org.apache.kafka.tools.api.LongDecoder' });
    expect(stdout).toContain(' key: 255 payload: v\n');
  });

  test('verdicts can be left out', async () => {
    expect((await dump([join(GOLDEN, 'kafka-log', 'txn-0')], { verdict: false })).stderr).toBe('');
  });

  test('it ends when nobody reads any more', async () => {
    const path = written(
      LOG,
      Buffer.concat(
        Array.from({ length: 2000 }, (_, offset) =>
          buildBatch([{ timestamp: 5, key: null, value: null }], { baseOffset: offset }),
        ),
      ),
    );
    let chunks = 0;
    const closed = new Writable({
      write(_chunk, _encoding, done) {
        chunks += 1;
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    const stderr = sink();
    await dumpLogFiles([path, path], {}, { stdout: closed, stderr: stderr.stream });
    expect(chunks).toBe(1);
    expect(stderr.text()).toBe('');
  });
});

test('noise in any file ends in a sentence', async () => {
  const names = [LOG, '00000000000000000000.index', '00000000000000000000.timeindex', '00000000000000000000.txnindex'];
  names.push('00000000000000000009.snapshot', '00000000000000000000-0000000000.checkpoint', 'meta.properties');
  names.push('leader-epoch-checkpoint', 'quorum-state', 'partition.metadata', 'log-start-offset-checkpoint');
  const good = readFileSync(join(GOLDEN, 'kafka-log', 'codecs-0', LOG)).subarray(0, 4000);
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((noise) => Buffer.from(noise)),
    fc.tuple(fc.nat({ max: good.length - 1 }), fc.uint8Array({ minLength: 1, maxLength: 40 })).map(([at, noise]) => {
      const copy = Buffer.from(good);
      copy.set(noise.slice(0, copy.length - at), at);
      return copy;
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), bytes, async (name, content) => {
      for (const other of names) rmSync(join(home, other), { force: true });
      if (name.endsWith('index')) written(LOG, good);
      const { stderr } = await dump([written(name, content)], { printDataLog: true });
      expect(stderr.match(/^verdict: /gm)).toHaveLength(1);
      expect(stderr).not.toContain('mistake');
    }),
    { numRuns: 400 },
  );
});
