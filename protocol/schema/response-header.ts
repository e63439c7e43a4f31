/** ResponseHeader: comes before every response's body. */
import { int32, message } from './table.ts';

export const responseHeader = message({
  name: 'ResponseHeader',
  versions: '0-1',
  flexible: '1+',
  fields: {
    correlationId: int32('0+'),
  },
});
