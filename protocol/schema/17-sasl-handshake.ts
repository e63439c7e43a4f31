/** SaslHandshake, API key 17: versions 0–1, never flexible. */
import { array, int16, message, string } from './table.ts';

export const saslHandshakeRequest = message({
  name: 'SaslHandshakeRequest',
  versions: '0-1',
  flexible: 'none',
  apiKey: 17,
  listeners: ['broker', 'controller'],
  fields: {
    mechanism: string('0+'),
  },
});

export const saslHandshakeResponse = message({
  name: 'SaslHandshakeResponse',
  versions: '0-1',
  flexible: 'none',
  apiKey: 17,
  fields: {
    errorCode: int16('0+'),
    mechanisms: array('0+', 'string'),
  },
});
