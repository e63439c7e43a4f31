/** ApiVersions, API key 18: versions 0–4, flexible from 3. */
import { array, bool, int16, int32, int64, message, string } from './table.ts';

export const apiVersionsRequest = message({
  name: 'ApiVersionsRequest',
  versions: '0-4',
  flexible: '3+',
  apiKey: 18,
  listeners: ['broker', 'controller'],
  fields: {
    clientSoftwareName: string('3+', { ignorable: true }),
    clientSoftwareVersion: string('3+', { ignorable: true }),
  },
});

export const apiVersionsResponse = message({
  name: 'ApiVersionsResponse',
  versions: '0-4',
  flexible: '3+',
  apiKey: 18,
  fields: {
    errorCode: int16('0+'),
    apiKeys: array('0+', {
      apiKey: int16('0+', { mapKey: true }),
      minVersion: int16('0+'),
      maxVersion: int16('0+'),
    }),
    throttleTimeMs: int32('1+', { ignorable: true }),
    supportedFeatures: array(
      '3+',
      {
        name: string('3+', { mapKey: true }),
        minVersion: int16('3+'),
        maxVersion: int16('3+'),
      },
      { tagged: '3+', tag: 0, ignorable: true },
    ),
    finalizedFeaturesEpoch: int64('3+', { tagged: '3+', tag: 1, default: -1, ignorable: true }),
    finalizedFeatures: array(
      '3+',
      {
        name: string('3+', { mapKey: true }),
        maxVersionLevel: int16('3+'),
        minVersionLevel: int16('3+'),
      },
      { tagged: '3+', tag: 2, ignorable: true },
    ),
    zkMigrationReady: bool('3+', { tagged: '3+', tag: 3, default: false, ignorable: true }),
  },
});
