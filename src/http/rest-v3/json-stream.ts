import { StringDecoder } from 'node:string_decoder';

/** One JSON object is larger than is allowed, or what comes is none. */
export class JsonStreamError extends Error {
  override readonly name = 'JsonStreamError';
}

/**
 * Cuts a stream of bytes into the JSON objects that follow each other in it, with blanks or line ends between them or
 * nothing at all. Where an object ends is told by its braces outside of strings; what is in it is the parser's to judge.
 */
export class JsonStream {
  readonly #maxChars: number;
  readonly #decoder = new StringDecoder('utf8');
  #text = '';
  #at = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** Throws a `JsonStreamError` for objects of more than `maxChars` UTF-16 units. */
  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** The objects that are whole now, as text. */
  push(bytes: Buffer): string[] {
    this.#text += this.#decoder.write(bytes);
    const found: string[] = [];
    let start = 0;
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]!;
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (char === '\\') this.#isEscaped = true;
        else if (char === '"') this.#isInString = false;
      } else if (this.#depth === 0) {
        if (char === '{') this.#depth = 1;
        else if (!/\s/.test(char)) throw new JsonStreamError(`a record must be a JSON object, but '${char}' came`);
        start = this.#at;
      } else if (char === '"') this.#isInString = true;
      else if (char === '{' || char === '[') this.#depth++;
      else if (char === '}' || char === ']') {
        this.#depth--;
        if (this.#depth === 0) found.push(this.#text.slice(start, this.#at + 1));
      }
    }
    const rest = this.#depth === 0 ? this.#at : start;
    this.#text = this.#text.slice(rest);
    this.#at -= rest;
    if (this.#text.length > this.#maxChars) {
      throw new JsonStreamError(`a record of more than ${this.#maxChars} characters, which is too large`);
    }
    return found;
  }

  /** Throws a `JsonStreamError` when the stream ended inside an object. */
  end(): void {
    if (this.#depth !== 0) throw new JsonStreamError('the last record is not whole');
  }
}
