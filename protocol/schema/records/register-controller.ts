/** RegisterControllerRecord: a record of the cluster metadata log, record type 27. */
import { array, bool, int16, int32, message, string, uint16, uuid } from '../table.ts';

export const registerControllerRecord = message({
  name: 'RegisterControllerRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 27,
  fields: {
    controllerId: int32('0+'),
    incarnationId: uuid('0+'),
    zkMigrationReady: bool('0+'),
    endPoints: array('0+', {
      name: string('0+', { mapKey: true }),
      host: string('0+'),
      port: uint16('0+'),
      securityProtocol: int16('0+'),
    }),
    features: array('0+', {
      name: string('0+', { mapKey: true }),
      minSupportedVersion: int16('0+'),
      maxSupportedVersion: int16('0+'),
    }),
  },
});
