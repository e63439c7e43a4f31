import { isIPv6 } from 'node:net';

const GROUPS = 8;

/**
 * An address of a socket as Java prints it, which is how Kafka shows clients in ids, logs and group descriptions: IPv4
 * within IPv6 as IPv4, IPv6 with all eight groups written out.
 */
export function javaAddress(address: string): string {
  if (!isIPv6(address)) return address;
  const [bare = '', scope] = address.split('%');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  if (mapped !== null) return mapped[1]!;
  const [front = '', back] = bare.split('::');
  const before = groups(front);
  const after = back === undefined ? [] : groups(back);
  const zeros = new Array<string>(GROUPS - before.length - after.length).fill('0');
  const whole = [...before, ...zeros, ...after].join(':');
  return scope === undefined ? whole : `${whole}%${scope}`;
}

/** The groups in part of an address; an IPv4 tail counts as two. */
function groups(text: string): string[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16).toString(16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
  });
}
