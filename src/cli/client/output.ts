/** Answers for people, in aligned columns with a little colour on a terminal, or as JSON for programs. */
import { styleText } from 'node:util';

export interface OutputStream {
  readonly isTTY?: boolean;
  hasColors?(): boolean;
  /** False when the stream wants a pause until 'drain'. */
  write(text: string | Uint8Array): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;
type Style = Parameters<typeof styleText>[0];

export class Output {
  readonly isJson: boolean;
  readonly #stream: OutputStream;
  readonly #hasColors: boolean;

  constructor(stream: OutputStream, isJson: boolean) {
    this.#stream = stream;
    this.isJson = isJson;
    this.#hasColors = !isJson && stream.isTTY === true && (stream.hasColors?.() ?? false);
  }

  /** `text` in a colour, where the terminal has any. */
  style(style: Style, text: string): string {
    return this.#hasColors ? styleText(style, text) : text;
  }

  /** A line for people; nothing where JSON is wanted. */
  line(text = ''): void {
    if (!this.isJson) this.#stream.write(`${text}\n`);
  }

  /** A document for programs; nothing where people read. */
  json(value: unknown): void {
    if (this.isJson) this.#stream.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** Bytes as they are, whoever reads. Resolves when the reader has room for more. */
  async raw(bytes: string | Uint8Array): Promise<void> {
    if (this.#stream.write(bytes)) return;
    await new Promise<void>((resolve) => this.#stream.once('drain', resolve));
  }

  /** Rows below a heading, numbers to the right; as JSON a list of objects. */
  table(rows: readonly Row[], columns: readonly string[]): void {
    if (this.isJson) {
      this.json(rows);
      return;
    }
    const text = (cell: Cell | undefined): string => (cell === null || cell === undefined ? '-' : String(cell));
    const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => text(row[column]).length)));
    const isNumeric = columns.map((column) => rows.every((row) => typeof row[column] !== 'string'));
    const format = (cells: readonly string[]): string =>
      cells
        .map((cell, at) => (isNumeric[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
        .join('  ')
        .trimEnd();
    this.line(this.style('bold', format(columns.map((column) => column.toUpperCase()))));
    for (const row of rows) this.line(format(columns.map((column) => text(row[column]))));
  }
}

/** Orders rows by a column, as bytes, so that it does not depend on the machine's language. */
export function byText<K extends string>(column: K) {
  return (a: Readonly<Record<K, unknown>>, b: Readonly<Record<K, unknown>>): number => {
    const [x, y] = [String(a[column]), String(b[column])];
    return x < y ? -1 : x > y ? 1 : 0;
  };
}
