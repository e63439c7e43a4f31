/** Java's .properties format, as `java.util.Properties.load` reads it. */

/** Keys and values in the order of the text; a key that comes again has its last value. */
export function parseProperties(text: string): Map<string, string> {
  const entries = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const [key, value] = splitEntry(line);
    entries.set(unescapeText(key), unescapeText(value));
  }
  return entries;
}

/** Lines without comments and blank ones; those that end in an odd number of backslashes joined with the next. */
function* logicalLines(text: string): Generator<string> {
  let pending: string | undefined;
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    const line = raw.replace(/^[ \t\f]+/, '');
    if (pending === undefined && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const whole = (pending ?? '') + line;
    const backslashes = /\\*$/.exec(line)![0].length;
    if (backslashes % 2 === 1) {
      pending = whole.slice(0, -1);
    } else {
      pending = undefined;
      if (whole !== '') yield whole;
    }
  }
  if (pending !== undefined && pending !== '') yield pending;
}

/** The key ends at the first unescaped '=', ':' or blank; blanks and one separator before the value are dropped. */
function splitEntry(line: string): [key: string, value: string] {
  let end = 0;
  while (end < line.length && !'=: \t\f'.includes(line[end]!)) end += line[end] === '\\' ? 2 : 1;
  const key = line.slice(0, end);
  const value = line.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
  return [key, value];
}

function unescapeText(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.)|$)/gs, (_, hex: string | undefined, char: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return { t: '\t', n: '\n', r: '\r', f: '\f' }[char ?? ''] ?? char ?? '';
  });
}
