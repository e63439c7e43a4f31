/** CreateAcls (KIP-140, KIP-290). */
import { ErrorCode } from '../../protocol/errors.ts';
import { createAclsRequest, createAclsResponse } from '../../protocol/schema/30-create-acls.ts';
import { checkSecurity } from './acl-answers.ts';
import { handler } from './handler.ts';

export const createAcls = handler({
  request: createAclsRequest,
  response: createAclsResponse,

  async handle({ creations }, _context, broker) {
    checkSecurity(broker, '.');
    const acls = creations.map(({ resourcePatternType, ...acl }) => ({ ...acl, patternType: resourcePatternType }));
    const created = await broker.controller.createAcls(acls);
    return {
      results: created.map((error) => ({
        errorCode: error?.errorCode ?? ErrorCode.NONE,
        errorMessage: error?.message ?? null,
      })),
    };
  },

  failed: ({ creations }, { errorCode, message }) => ({
    results: creations.map(() => ({ errorCode, errorMessage: message })),
  }),
});
