import { expect, test } from 'vitest';
import { javaAddress } from '../../src/net/address.ts';

// Right: what java.net.InetAddress.getByName(left).getHostAddress() prints.
test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::1', '0:0:0:0:0:0:0:1'],
  ['::', '0:0:0:0:0:0:0:0'],
  ['fe80::fc:ff:fe00:1', 'fe80:0:0:0:fc:ff:fe00:1'],
  ['2001:DB8::', '2001:db8:0:0:0:0:0:0'],
  ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1:2:3:4:5'],
  ['64:ff9b::192.0.2.33', '64:ff9b:0:0:0:0:c000:221'],
])('%s is shown as %s', (address, shown) => expect(javaAddress(address)).toBe(shown));
