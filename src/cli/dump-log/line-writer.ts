/** Lines to a stream, in large writes that wait for each other: what is not read yet stays unread in the file. */

const CHUNK_CHARS = 65_536;

export class LineWriter {
  readonly #stream: NodeJS.WritableStream;
  #pending = '';
  #isClosed = false;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  /** Nobody reads any more: `| head` has seen enough. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  async line(text: string): Promise<void> {
    this.#pending += `${text}\n`;
    if (this.#pending.length >= CHUNK_CHARS) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = '';
    if (text === '' || this.#isClosed) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: Error | null): void => {
        this.#stream.removeListener('error', settle);
        if (error === undefined || error === null) resolve();
        else if ('code' in error && error.code === 'EPIPE') {
          this.#isClosed = true;
          // The stream tells of it once more, and somebody must listen.
          this.#stream.on('error', () => {});
          resolve();
        } else reject(error);
      };
      this.#stream.on('error', settle);
      this.#stream.write(text, settle);
    });
  }
}
