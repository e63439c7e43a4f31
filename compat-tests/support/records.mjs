/**
 * The records that every client produces and every client must read back: all follow from the topic's name and the
 * offset. The twins of this file in Go, Java and Python make the same.
 */
export const recordCount = 200;
const firstTimestamp = 1_700_000_000_000;
const binary = Buffer.from([0x00, 0xff, 0x80]);

export function recordAt(topic, offset) {
  const text = `value ${offset} of ${topic} `;
  // One value is larger than the blocks of every codec's framing.
  const times = offset === 50 ? 4000 : 1 + (offset % 40);
  return {
    key: offset % 10 === 9 ? null : Buffer.from(`${topic}-${offset}`),
    value: offset % 25 === 23 ? null : Buffer.from(text.repeat(times)),
    headers:
      offset % 7 === 6
        ? []
        : [
            ['n', Buffer.from(String(offset))],
            ['binary', binary],
          ],
    timestamp: firstTimestamp + offset * 1000,
  };
}

/** Throws when what was read at an offset is not what recordAt says. */
export function verify(topic, offset, { key, value, headers, timestamp }) {
  const wanted = recordAt(topic, offset);
  same(topic, offset, 'key', key, wanted.key);
  same(topic, offset, 'value', value, wanted.value);
  if (timestamp !== wanted.timestamp) throw new Error(`${topic}@${offset}: timestamp ${timestamp}`);
  if (headers.length !== wanted.headers.length) throw new Error(`${topic}@${offset}: ${headers.length} headers`);
  for (const [index, [name, bytes]] of wanted.headers.entries()) {
    const [readName, readBytes] = headers[index];
    if (readName !== name) throw new Error(`${topic}@${offset}: header ${readName}`);
    same(topic, offset, `header ${name}`, readBytes, bytes);
  }
}

function same(topic, offset, what, read, wanted) {
  const equal = read === null || wanted === null ? read === wanted : wanted.equals(read);
  if (!equal) throw new Error(`${topic}@${offset}: ${what} is ${String(read).slice(0, 80)}`);
}
