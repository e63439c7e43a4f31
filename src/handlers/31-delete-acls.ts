/** DeleteAcls (KIP-140, KIP-290): answered filter by filter with what it took away. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import { deleteAclsRequest, deleteAclsResponse } from '../../protocol/schema/31-delete-acls.ts';
import { aclFilter, checkSecurity } from './acl-answers.ts';
import { handler } from './handler.ts';

export const deleteAcls = handler({
  request: deleteAclsRequest,
  response: deleteAclsResponse,

  async handle({ filters }, _context, broker) {
    checkSecurity(broker, '.');
    const deleted = await broker.controller.deleteAcls(filters.map(aclFilter));
    return {
      filterResults: deleted.map((outcome) =>
        outcome instanceof KafkaError
          ? { errorCode: outcome.errorCode, errorMessage: outcome.message, matchingAcls: [] }
          : {
              errorCode: ErrorCode.NONE,
              errorMessage: null,
              matchingAcls: outcome.map((acl) => ({ ...acl, errorCode: ErrorCode.NONE, errorMessage: null })),
            },
      ),
    };
  },

  failed: ({ filters }, { errorCode, message }) => ({
    filterResults: filters.map(() => ({ errorCode, errorMessage: message, matchingAcls: [] })),
  }),
});
