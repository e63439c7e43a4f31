import { connect, type Socket } from 'node:net';
import { codec } from '../../protocol/codec.ts';
import { requestHeader } from '../../protocol/schema/request-header.ts';
import { responseHeader } from '../../protocol/schema/response-header.ts';
import { type Decoded, type Encodable, inVersions, type Message } from '../../protocol/schema/table.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import { Writer } from '../../protocol/wire/writer.ts';

interface Waiting {
  resolve(frame: Buffer): void;
  reject(error: Error): void;
}

/** A client that sends what it is told, one frame at a time or several, and reads the answers in order. */
export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #correlationId = 0;
  #received = Buffer.alloc(0);
  readonly #waiting: Waiting[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        for (const { reject } of this.#waiting.splice(0)) reject(new Error('connection closed'));
        resolve();
      });
    });
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      while (this.#received.length >= 4 && this.#received.length >= 4 + this.#received.readInt32BE(0)) {
        const end = 4 + this.#received.readInt32BE(0);
        this.#waiting.shift()?.resolve(this.#received.subarray(4, end));
        this.#received = this.#received.subarray(end);
      }
    });
  }

  static connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host }, () => resolve(new RawClient(socket)));
      socket.once('error', reject);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  /** Sends bytes as they are, without a size in front. */
  sendBytes(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Sends a frame and gives the answer's frame; rejects when the connection closes first. */
  sendFrame(frame: Buffer): Promise<Buffer> {
    const size = Buffer.alloc(4);
    size.writeInt32BE(frame.length);
    const answer = new Promise<Buffer>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.socket.write(Buffer.concat([size, frame]));
    return answer;
  }

  /** One request and its decoded answer. */
  async request<Req extends Message, Res extends Message>(
    [request, response]: readonly [Req, Res],
    version: number,
    body: Encodable<Req>,
    clientId = 'raw',
  ): Promise<Decoded<Res>> {
    const correlationId = ++this.#correlationId;
    const answer = await this.sendFrame(encodeFrame(request, version, correlationId, body, clientId));
    const reader = new Reader(answer);
    const isFlexible = inVersions(response.flexible, version) && response.apiKey !== 18;
    const header = codec(responseHeader, isFlexible ? 1 : 0).decode(reader);
    if (header.correlationId !== correlationId) throw new Error(`answer to ${header.correlationId}`);
    const value = codec(response, version).decode(reader);
    if (reader.remaining > 0) throw new Error(`${reader.remaining} bytes left behind ${response.name}`);
    return value;
  }
}

export function encodeFrame<Req extends Message>(
  request: Req,
  version: number,
  correlationId: number,
  body: Encodable<Req>,
  clientId = 'raw',
): Buffer {
  const writer = new Writer();
  codec(requestHeader, inVersions(request.flexible, version) ? 2 : 1).encode(
    { requestApiKey: request.apiKey, requestApiVersion: version, correlationId, clientId },
    writer,
  );
  codec(request, version).encode(body, writer);
  return writer.toBuffer();
}
