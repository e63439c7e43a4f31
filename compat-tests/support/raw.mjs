/** A connection that sends requests as values and gives the decoded answers, or 'closed'. Requests may be pipelined. */
import { connect } from 'node:net';
import { codec, inVersions, messageNamed, Reader, Writer } from '../../dist/protocol/index.js';

const answerLimitMs = 10_000;

export class Raw {
  #socket;
  #received = Buffer.alloc(0);
  /** In the order of the requests, which is that of the answers. */
  #waiting = [];
  #correlationId = 0;

  static async connect(address) {
    const [host, port] = address.split(':');
    const raw = new Raw();
    await new Promise((resolve, reject) => {
      raw.#socket = connect({ host, port: Number(port) }, resolve).once('error', reject);
    });
    raw.#socket.on('error', () => {});
    raw.#socket.on('data', (chunk) => raw.#take(chunk));
    raw.#socket.on('close', () => {
      for (const answer of raw.#waiting.splice(0)) answer(null);
    });
    return raw;
  }

  close() {
    this.#socket.destroy();
  }

  #take(chunk) {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4 && this.#received.length >= 4 + this.#received.readInt32BE(0)) {
      const end = 4 + this.#received.readInt32BE(0);
      const frame = this.#received.subarray(4, end);
      this.#received = this.#received.subarray(end);
      this.#waiting.shift()?.(frame);
    }
  }

  /** `api` is a name without its "Request": 'Produce'. */
  async request(api, version, body) {
    const request = messageNamed(`${api}Request`);
    const response = messageNamed(`${api}Response`);
    const writer = new Writer();
    codec(messageNamed('RequestHeader'), inVersions(request.flexible, version) ? 2 : 1).encode(
      {
        requestApiKey: request.apiKey,
        requestApiVersion: version,
        correlationId: ++this.#correlationId,
        clientId: 'raw',
      },
      writer,
    );
    codec(request, version).encode(body, writer);
    const frame = await this.frame(writer.toBuffer());
    if (frame === null) return 'closed';
    const reader = new Reader(frame);
    const isFlexible = inVersions(response.flexible, version) && response.apiKey !== 18;
    codec(messageNamed('ResponseHeader'), isFlexible ? 1 : 0).decode(reader);
    return codec(response, version).decode(reader);
  }

  /** Bytes of a frame; its answer's bytes, or null when the connection is closed or nothing comes. */
  frame(bytes) {
    const size = Buffer.alloc(4);
    size.writeInt32BE(bytes.length);
    return new Promise((resolve) => {
      const answer = (frame) => {
        clearTimeout(timer);
        resolve(frame);
      };
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== answer);
        resolve(null);
      }, answerLimitMs);
      if (this.#socket.destroyed) return answer(null);
      this.#waiting.push(answer);
      this.#socket.write(Buffer.concat([size, bytes]));
    });
  }
}
