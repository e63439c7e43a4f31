/** AlterUserScramCredentials (KIP-554). */
import { ErrorCode } from '../../protocol/errors.ts';
import {
  alterUserScramCredentialsRequest,
  alterUserScramCredentialsResponse,
} from '../../protocol/schema/51-alter-user-scram-credentials.ts';
import { handler } from './handler.ts';

export const alterUserScramCredentials = handler({
  request: alterUserScramCredentialsRequest,
  response: alterUserScramCredentialsResponse,

  async handle(request, _context, broker) {
    const altered = await broker.controller.alterScramCredentials(request);
    return {
      results: altered.map(({ user, error }) => ({
        user,
        errorCode: error?.errorCode ?? ErrorCode.NONE,
        errorMessage: error?.message ?? null,
      })),
    };
  },

  failed({ deletions, upsertions }, { errorCode, message }) {
    const users = new Set([...deletions, ...upsertions].map(({ name }) => name));
    return { results: Array.from(users, (user) => ({ user, errorCode, errorMessage: message })) };
  },
});
