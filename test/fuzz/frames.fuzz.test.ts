/** Hostile connections: the server stays, and another connection's requests are answered as if they were not there. */
import { expect, test } from 'vitest';
import { codec } from '../../protocol/codec.ts';
import {
  decodeRequestHeader,
  encodeResponseHeader,
  peekRequest,
  requestHeaderVersion,
} from '../../protocol/headers.ts';
import { requestHeader } from '../../protocol/schema/request-header.ts';
import { apis } from '../../protocol/schema/requests.ts';
import { DecodeError } from '../../protocol/wire/decode-error.ts';
import { FrameSplitter } from '../../protocol/wire/frame-splitter.ts';
import { Writer } from '../../protocol/wire/writer.ts';
import type { FrameHandler } from '../../src/net/connection.ts';
import { framed, startServer, TestClient } from '../net/support.ts';
import { type FuzzRandom, fuzz, goldenVectors, timeoutMs } from './support.ts';

const requests = new Map(apis.map(({ request }) => [request.apiKey, request]));
const responses = new Map(apis.map(({ response }) => [response.apiKey, response]));
const vectors = goldenVectors().filter(({ message }) => requests.get(message.apiKey) === message);
/** ApiVersions v0 of a client without a name, and the header of its answer: the correlation id. */
const healthy = Buffer.from('0012000000000007ffff', 'hex');
const healthyAnswer = '00000007';

/** Reads header and body of every request, as a broker does, and answers with a header. */
const readEverything: FrameHandler = (frame) => {
  const { apiKey } = peekRequest(frame);
  const request = requests.get(apiKey);
  if (request === undefined) throw new DecodeError(`API key ${apiKey}`);
  const { header, body } = decodeRequestHeader(frame, request);
  codec(request, header.apiVersion).decode(body);
  const writer = new Writer();
  encodeResponseHeader(responses.get(apiKey)!, header.apiVersion, header.correlationId, writer);
  return writer.buffers();
};

/** A stream of requests, some whole, some damaged, some with sizes that are not theirs, some no requests at all. */
function hostileStream(random: FuzzRandom): Buffer {
  const parts: Buffer[] = [];
  for (let count = 1 + random.below(6); count > 0; count--) {
    const { message, version, bytes } = random.one(vectors);
    const writer = new Writer();
    const header = { requestApiKey: message.apiKey!, requestApiVersion: version, correlationId: random.below(1000) };
    codec(requestHeader, requestHeaderVersion(message, version)).encode({ ...header, clientId: 'fuzz' }, writer);
    const frame = framed(Buffer.concat([writer.toBuffer(), bytes]));
    parts.push(random.below(3) === 0 ? frame : random.mutated(frame));
  }
  if (random.below(3) === 0) parts.push(random.bytes(random.below(100)));
  return Buffer.concat(parts);
}

test(
  'hostile streams in any chunks harm no other connection',
  async () => {
    const { port, server } = await startServer(readEverything, { limits: { socketRequestMaxBytes: 1_000_000 } });
    const bystander = await TestClient.connect(port);
    await fuzz(150, async (random) => {
      const hostile = await TestClient.connect(port);
      hostile.socket.resume();
      const stream = hostileStream(random);
      for (let at = 0; at < stream.length; ) {
        const end = at + 1 + random.below(stream.length);
        hostile.send(stream.subarray(at, end));
        at = end;
      }
      bystander.send(framed(healthy));
      expect((await bystander.frame()).toString('hex')).toBe(healthyAnswer);
      if (random.below(2) === 0) hostile.socket.resetAndDestroy();
      else hostile.socket.end();
      await hostile.closed;
    });
    while (server.connectionCount > 1) await new Promise((resolve) => setImmediate(resolve));
    expect(server.queuedRequestBytes).toBe(0);
  },
  timeoutMs,
);

test(
  'a splitter gives whole frames or a DecodeError, and holds no more than it was given',
  () =>
    fuzz(3_000, (random) => {
      const splitter = new FrameSplitter(100_000);
      const stream = random.below(2) === 0 ? random.bytes(random.below(300)) : hostileStream(random);
      let given = 0;
      try {
        for (let at = 0; at < stream.length; ) {
          const end = Math.min(stream.length, at + 1 + random.below(50));
          splitter.push(Buffer.from(stream.subarray(at, end)));
          at = end;
          for (let frame = splitter.next(); frame !== null; frame = splitter.next()) given += 4 + frame.length;
          expect(given + splitter.bufferedBytes).toBe(end);
        }
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
  timeoutMs,
);
