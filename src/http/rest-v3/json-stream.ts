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
  /** Of the object that has begun. Put together once, so that many small pieces cost no more than few large ones. */
  #pieces: string[] = [];
  #pieceChars = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** Throws a `JsonStreamError` for objects of more than `maxChars` UTF-16 units. */
  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** The objects that are whole now, as text. */
  push(bytes: Buffer): string[] {
    const text = this.#decoder.write(bytes);
    const found: string[] = [];
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text[at]!;
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (char === '\\') this.#isEscaped = true;
        else if (char === '"') this.#isInString = false;
      } else if (this.#depth === 0) {
        if (char === '{') this.#depth = 1;
        else if (!/\s/.test(char)) throw new JsonStreamError(`a record must be a JSON object, but '${char}' came`);
        start = at;
      } else if (char === '"') this.#isInString = true;
      else if (char === '{' || char === '[') this.#depth++;
      else if (char === '}' || char === ']') {
        this.#depth--;
        if (this.#depth === 0) found.push(this.#whole(text.slice(start, at + 1)));
      }
    }
    if (this.#depth > 0) this.#keep(text.slice(start));
    return found;
  }

  /** Throws a `JsonStreamError` when the stream ended inside an object. */
  end(): void {
    if (this.#depth !== 0) throw new JsonStreamError('the last record is not whole');
  }

  #keep(piece: string): void {
    this.#pieceChars += piece.length;
    if (this.#pieceChars > this.#maxChars) {
      throw new JsonStreamError(`a record of more than ${this.#maxChars} characters, which is too large`);
    }
    this.#pieces.push(piece);
  }

  #whole(piece: string): string {
    this.#keep(piece);
    const text = this.#pieces.join('');
    this.#pieces = [];
    this.#pieceChars = 0;
    return text;
  }
}
