/** DescribeUserScramCredentials (KIP-554): mechanisms and iterations, never keys. */
import { ErrorCode } from '../../protocol/errors.ts';
import {
  describeUserScramCredentialsRequest,
  describeUserScramCredentialsResponse,
} from '../../protocol/schema/50-describe-user-scram-credentials.ts';
import { describeScramUsers } from '../metadata/scram-credentials.ts';
import { handler } from './handler.ts';

export const describeUserScramCredentials = handler({
  request: describeUserScramCredentialsRequest,
  response: describeUserScramCredentialsResponse,

  handle({ users }, _context, broker) {
    const names = (users ?? []).map(({ name }) => name);
    return {
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      results: describeScramUsers(broker.image().scramCredentials, names).map(({ user, error, credentials }) => ({
        user,
        errorCode: error?.errorCode ?? ErrorCode.NONE,
        errorMessage: error?.message ?? null,
        credentialInfos: credentials.map(({ mechanism, iterations }) => ({ mechanism, iterations })),
      })),
    };
  },

  failed: (_request, { errorCode, message }) => ({ errorCode, errorMessage: message, results: [] }),
});
