/** DefaultPrincipalData: a principal, as it travels in an Envelope. */
import { bool, message, string } from '../table.ts';

export const defaultPrincipalData = message({
  name: 'DefaultPrincipalData',
  versions: '0',
  flexible: '0+',
  fields: {
    type: string('0+'),
    name: string('0+'),
    tokenAuthenticated: bool('0+'),
  },
});
