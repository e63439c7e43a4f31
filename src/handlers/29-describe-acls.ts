/** DescribeAcls (KIP-140, KIP-290). */
import { ErrorCode } from '../../protocol/errors.ts';
import { describeAclsRequest, describeAclsResponse } from '../../protocol/schema/29-describe-acls.ts';
import { describeAcls as matching } from '../metadata/control/acl-control.ts';
import { aclFilter, byResource, checkSecurity } from './acl-answers.ts';
import { handler } from './handler.ts';

export const describeAcls = handler({
  request: describeAclsRequest,
  response: describeAclsResponse,

  handle(request, _context, broker) {
    checkSecurity(broker, ' on the broker');
    const resources = byResource(matching(broker.image(), aclFilter(request)));
    return { errorCode: ErrorCode.NONE, errorMessage: null, resources };
  },

  failed: (_request, { errorCode, message }) => ({ errorCode, errorMessage: message }),
});
