/** ApiVersions (KIP-35, KIP-511 client software, KIP-584 features): exactly what this listener serves. */
import { ErrorCode } from '../../protocol/errors.ts';
import { apiVersionsRequest, apiVersionsResponse } from '../../protocol/schema/18-api-versions.ts';
import { handler } from './handler.ts';

const FIRST_FLEXIBLE_VERSION = 3;
/** What KIP-511 allows as a client's name and version. */
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

export const apiVersions = handler({
  request: apiVersionsRequest,
  response: apiVersionsResponse,

  handle({ clientSoftwareName, clientSoftwareVersion }, { apiVersion, session }, broker) {
    if (
      apiVersion >= FIRST_FLEXIBLE_VERSION &&
      !(SOFTWARE.test(clientSoftwareName) && SOFTWARE.test(clientSoftwareVersion))
    ) {
      return { errorCode: ErrorCode.INVALID_REQUEST };
    }
    if (apiVersion >= FIRST_FLEXIBLE_VERSION) {
      session.softwareName = clientSoftwareName;
      session.softwareVersion = clientSoftwareVersion;
    }
    const { features, offset } = broker.image();
    return {
      errorCode: ErrorCode.NONE,
      apiKeys: broker.servedApis,
      ...(apiVersion < FIRST_FLEXIBLE_VERSION
        ? {}
        : {
            supportedFeatures: broker.supportedFeatures(apiVersion),
            finalizedFeaturesEpoch: offset,
            finalizedFeatures: [...features]
              .filter(([, level]) => level > 0)
              .map(([name, level]) => ({ name, minVersionLevel: level, maxVersionLevel: level })),
          }),
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
