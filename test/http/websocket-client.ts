import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

/** A client whose frames are read one by one. */
export class Client {
  readonly socket: WebSocket;
  readonly #frames: unknown[] = [];
  #wake: () => void = () => {};

  /** @param protocol a sub-protocol */
  constructor(url: string, protocol?: string) {
    this.socket = new WebSocket(url.replace('http:', 'ws:'), protocol === undefined ? [] : [protocol]);
    onTestFinished(() => this.socket.terminate());
    this.socket.on('error', () => {});
    this.socket.on('message', (data, isBinary) => {
      this.#frames.push(isBinary ? data : JSON.parse(data.toString()));
      this.#wake();
    });
  }

  static async open(url: string, protocol?: string): Promise<Client> {
    const client = new Client(url, protocol);
    await once(client.socket, 'open');
    return client;
  }

  send(...frames: object[]): void {
    for (const frame of frames) this.socket.send(JSON.stringify(frame));
  }

  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is what it is held against
  async next(count = 1): Promise<any[]> {
    while (this.#frames.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#frames.splice(0, count);
  }

  /** The frames up to the first that it finds, and that one last. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  async until(isLast: (frame: any) => boolean): Promise<any[]> {
    const taken = [];
    do taken.push(...(await this.next()));
    while (!isLast(taken.at(-1)));
    return taken;
  }

  get waiting(): number {
    return this.#frames.length;
  }
}
