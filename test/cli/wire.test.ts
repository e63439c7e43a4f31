import { readFileSync } from 'node:fs';
import { PassThrough, Readable, Writable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { wire } from '../../src/cli/wire.ts';

interface Answer {
  name: string | null;
  version: number | null;
  json?: unknown;
  hex?: string;
  error?: string;
}

async function answers(input: Readable, frame = false): Promise<Answer[]> {
  const parts: Buffer[] = [];
  const output = new Writable({
    write(chunk: Buffer, _, done) {
      parts.push(chunk);
      done();
    },
  });
  await wire(input, output, { frame });
  const text = Buffer.concat(parts).toString();
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

function ask(lines: readonly (object | string)[], frame = false): Promise<Answer[]> {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  return answers(Readable.from([Buffer.from(`${text}\n`)]), frame);
}

async function askOne(line: object | string, frame = false): Promise<Answer> {
  const [answer, ...more] = await ask([line], frame);
  expect(more).toEqual([]);
  return answer!;
}

function golden(file: string): string {
  return gunzipSync(readFileSync(new URL(`../golden/${file}`, import.meta.url))).toString();
}

// ApiVersionsRequest v3 of client "c", correlation id 7: key 18, software "s" "1".
const apiVersionsFrame = '0012000300000007000163000273023100';
const apiVersionsJson = {
  header: { requestApiKey: 18, requestApiVersion: 3, correlationId: 7, clientId: 'c' },
  body: { clientSoftwareName: 's', clientSoftwareVersion: '1' },
};

function sized(hex: string): string {
  return (hex.length / 2).toString(16).padStart(8, '0') + hex;
}

describe('samsa wire', () => {
  test.each(['messages.jsonl.gz', 'messages-wide.jsonl.gz'])('gives back the bytes of all of %s', async (file) => {
    const lines = golden(file);
    const expected: Answer[] = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const bytes = Buffer.from(lines);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, index) =>
      bytes.subarray(index * 65_536, (index + 1) * 65_536),
    );
    const given = await answers(Readable.from(chunks));
    expect(given.map(({ name, version, hex }) => ({ name, version, hex }))).toEqual(
      expected.map(({ name, version, hex }) => ({ name, version, hex })),
    );
  });

  test('gives the value in Kafka’s JSON form, exact in all 64 bits', async () => {
    const line = { name: 'InitProducerIdResponse', version: 0, hex: '00000001002a7fffffffffffffff0003' };
    expect(await askOne(line)).toEqual({
      name: 'InitProducerIdResponse',
      version: 0,
      json: { throttleTimeMs: 1, errorCode: 42, producerId: '9223372036854775807', producerEpoch: 3 },
      hex: line.hex,
    });
  });

  test('keeps tagged fields that it does not know', async () => {
    // One unknown tagged field: tag 99, 2 bytes.
    const hex = `${apiVersionsFrame.slice(24, -2)}016302beef`;
    const answer = await askOne({ name: 'ApiVersionsRequest', version: 3, hex });
    expect(answer).toMatchObject({ json: apiVersionsJson.body, hex });
  });

  test('answers every line in its place, whatever is wrong with it', async () => {
    const given = await ask([
      { name: 'HeartbeatResponse', version: 0, hex: '0000' },
      'not json',
      '',
      '[1]',
      'null',
      { version: 0, hex: '' },
      { name: 'HeartbeatResponse', hex: '0000' },
      { name: 'NoSuchRequest', version: 0, hex: '' },
      { name: 'constructor', version: 0, hex: '' },
      { name: 'HeartbeatResponse', version: 99, hex: '0000' },
      { name: 'HeartbeatResponse', version: 0.5, hex: '0000' },
      { name: 'HeartbeatResponse', version: '0', hex: '0000' },
      { name: 7, version: 0, hex: '0000' },
      { name: 'HeartbeatResponse', version: 0 },
      { name: 'HeartbeatResponse', version: 0, hex: '00zz' },
      { name: 'HeartbeatResponse', version: 0, hex: '000' },
      { name: 'HeartbeatResponse', version: 0, hex: '00' },
      { name: 'HeartbeatResponse', version: 0, hex: '000000' },
      { name: 'SyncGroupResponse', version: 0, hex: '00007fffffff' },
      { name: 'HeartbeatResponse', version: 0, hex: '001B' },
    ]);
    expect(given.map(({ name, version, hex, error }) => hex ?? [name, version, error])).toEqual([
      '0000',
      [null, null, 'the line is not JSON'],
      [null, null, 'the line is not JSON'],
      [null, null, 'the line is not a JSON object'],
      [null, null, 'the line is not a JSON object'],
      [null, 0, 'name is missing'],
      ['HeartbeatResponse', null, 'version is missing'],
      ['NoSuchRequest', 0, "NoSuchRequest is not a message of Kafka's"],
      ['constructor', 0, "constructor is not a message of Kafka's"],
      ['HeartbeatResponse', 99, 'HeartbeatResponse has versions 0 to 4, not 99'],
      ['HeartbeatResponse', null, 'version is not an integer'],
      ['HeartbeatResponse', null, 'version is not an integer'],
      [null, null, 'name is not a string'],
      ['HeartbeatResponse', 0, 'hex is missing'],
      ['HeartbeatResponse', 0, 'hex is not pairs of hex digits at 2'],
      ['HeartbeatResponse', 0, 'hex is not pairs of hex digits at 2'],
      ['HeartbeatResponse', 0, '2 bytes wanted at byte 0, 1 are left'],
      ['HeartbeatResponse', 0, '1 bytes are left after HeartbeatResponse version 0'],
      ['SyncGroupResponse', 0, expect.stringContaining('2147483647 bytes wanted')],
      '001b',
    ]);
  });

  test('takes lines in any chunks, and a last one without its end', async () => {
    const line = JSON.stringify({ name: 'HeartbeatResponse', version: 0, hex: '001b', type: 'héllo' });
    const bytes = Buffer.from(`${line}\r\n${line}`);
    const given = await answers(Readable.from([...bytes].map((byte) => Buffer.of(byte))));
    expect(given.map(({ hex }) => hex)).toEqual(['001b', '001b']);
  });

  test('of nothing is nothing', async () => expect(await answers(Readable.from([]))).toEqual([]));

  test('reads no faster than its answers are taken', async () => {
    const line = Buffer.from(`${JSON.stringify({ name: 'HeartbeatResponse', version: 0, hex: '001b' })}\n`);
    let read = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (; read < 100_000; read++) yield line;
    }
    const output = new PassThrough({ highWaterMark: 100 });
    const done = wire(Readable.from(endless()), output, { frame: false });
    await new Promise((resolve) => output.once('readable', resolve));
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(read).toBeLessThan(1000);
    output.resume();
    await done;
    expect(read).toBe(100_000);
  });

  test('ends quietly when nobody reads its answers any more', async () => {
    const output = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    await wire(Readable.from([Buffer.from('x\n')]), output, { frame: false });
  });
});

describe('samsa wire --frame', () => {
  test.each([
    ['with its size', sized(apiVersionsFrame)],
    ['without its size', apiVersionsFrame],
  ])('reads a request %s, and says what it is', async (_, hex) => {
    expect(await askOne({ hex }, true)).toEqual({
      name: 'ApiVersionsRequest',
      version: 3,
      json: apiVersionsJson,
      hex,
    });
    expect((await askOne({ name: 'ApiVersionsRequest', version: 3, hex }, true)).hex).toBe(hex);
  });

  test('reads a response with the header that its version has', async () => {
    const given = await ask(
      [
        // Not flexible, flexible, and ApiVersions, whose header never is.
        { name: 'HeartbeatResponse', version: 3, hex: sized('0000000700000000001b') },
        { name: 'HeartbeatResponse', version: 4, hex: sized('000000070000000000001b00') },
        { name: 'ApiVersionsResponse', version: 3, hex: sized('000000070023010000000000') },
      ],
      true,
    );
    const header = { correlationId: 7 };
    expect(given.map(({ json }) => json)).toEqual([
      { header, body: { throttleTimeMs: 0, errorCode: 27 } },
      { header, body: { throttleTimeMs: 0, errorCode: 27 } },
      { header, body: { errorCode: 35, apiKeys: [], throttleTimeMs: 0 } },
    ]);
    expect(given[0]!.hex).toBe('0000000a0000000700000000001b');
  });

  test('keeps tagged fields of the header that it does not know', async () => {
    const hex = sized(`${apiVersionsFrame.slice(0, 22)}${'016302beef'}${apiVersionsFrame.slice(24)}`);
    expect(await askOne({ hex: sized(apiVersionsFrame) }, true)).toMatchObject({ json: apiVersionsJson });
    expect(await askOne({ hex }, true)).toMatchObject({ json: apiVersionsJson, hex });
  });

  test('takes a frame whose first bytes only look like a size for what it is', async () => {
    // A correlation id of 6, and 6 bytes follow it.
    const hex = '00000006000000010016';
    expect(await askOne({ name: 'HeartbeatResponse', version: 1, hex }, true)).toMatchObject({
      json: { header: { correlationId: 6 }, body: { throttleTimeMs: 1, errorCode: 22 } },
      hex,
    });
  });

  test('says what does not fit', async () => {
    const given = await ask(
      [
        { name: 'ProduceRequest', hex: sized(apiVersionsFrame) },
        { version: 2, hex: sized(apiVersionsFrame) },
        { hex: sized('7fff000300000007000163') },
        { name: 'HeartbeatResponse', hex: sized('00000007001b') },
        { name: 'ApiVersionsRequest', hex: sized(`${apiVersionsFrame}00`) },
        { hex: '' },
        { hex: '0012' },
        { hex: '0012006300000007ffff00' },
      ],
      true,
    );
    expect(given.map(({ error }) => error)).toEqual([
      'the frame is a ApiVersionsRequest, not a ProduceRequest',
      'the frame is of version 3, not 2',
      'a request with API key 32767, which Kafka does not have',
      'version is missing, and a response does not say it',
      '1 bytes are left after ApiVersionsRequest version 3',
      '2 bytes wanted at byte 0, 0 are left',
      '2 bytes wanted at byte 2, 0 are left',
      'ApiVersionsRequest has versions 0 to 4, not 99',
    ]);
  });
});
