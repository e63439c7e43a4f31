/** GroupMetadata: key and value of a record of __consumer_offsets, record type 2. */
import { array, bytes, type Fields, int32, int64, message, string } from '../table.ts';

export const groupMetadataKey = message({
  name: 'GroupMetadataKey',
  versions: '0',
  flexible: 'none',
  apiKey: 2,
  fields: {
    group: string('0'),
  },
});

const memberMetadata = {
  memberId: string('0+'),
  groupInstanceId: string('3+', { nullable: '3+', default: null, ignorable: true }),
  clientId: string('0+'),
  clientHost: string('0+'),
  rebalanceTimeout: int32('1+', { default: -1, ignorable: true }),
  sessionTimeout: int32('0+'),
  subscription: bytes('0+'),
  assignment: bytes('0+'),
} as const satisfies Fields;

export const groupMetadataValue = message({
  name: 'GroupMetadataValue',
  versions: '0-4',
  flexible: '4+',
  apiKey: 2,
  fields: {
    protocolType: string('0+'),
    generation: int32('0+'),
    protocol: string('0+', { nullable: '0+' }),
    leader: string('0+', { nullable: '0+' }),
    currentStateTimestamp: int64('2+', { default: -1, ignorable: true }),
    members: array('0+', memberMetadata),
  },
});
