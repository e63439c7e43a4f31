/** `/v3/clusters/{id}/acls`. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { describeAclsRequest, describeAclsResponse } from '../../../protocol/schema/29-describe-acls.ts';
import { createAclsRequest, createAclsResponse } from '../../../protocol/schema/30-create-acls.ts';
import { deleteAclsRequest, deleteAclsResponse } from '../../../protocol/schema/31-delete-acls.ts';
import { throwIfFailed } from '../../local-client/errors.ts';
import { type Acl, AclOperation, AclPermission, PatternType, ResourceType } from '../../metadata/acls.ts';
import type { HttpContext } from '../context.ts';
import { badRequest, type Json, list, pathOf, resource, textIn } from './resource.ts';
import { type ClusterParams, clusterRequest } from './scope.ts';

const DESCRIBE_ACLS = [describeAclsRequest, describeAclsResponse] as const;
const CREATE_ACLS = [createAclsRequest, createAclsResponse] as const;
const DELETE_ACLS = [deleteAclsRequest, deleteAclsResponse] as const;
const VERSION = 3;

const ACLS = '/v3/clusters/:cluster/acls';
/** A parameter that is there twice is a list. */
type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

export function aclRoutes(app: FastifyInstance, context: HttpContext): void {
  app.get<{ Params: ClusterParams; Querystring: Query }>(ACLS, async (request) => {
    const { client, clusterId } = await clusterRequest(context, request);
    const answer = await client.request(DESCRIBE_ACLS, VERSION, filter(request.query));
    throwIfFailed(answer, 'ACLs');
    const data = answer.resources.flatMap(({ acls, ...of }) =>
      acls.map((acl) => aclResource(request, clusterId, { ...of, ...acl })),
    );
    return list(request, 'KafkaAcl', pathOf(clusterId, 'acls'), data);
  });
  app.post<{ Params: ClusterParams; Body: Json | undefined }>(ACLS, async (request, reply) => {
    const { client } = await clusterRequest(context, request);
    const { results } = await client.request(CREATE_ACLS, VERSION, { creations: [creation(request.body ?? {})] });
    throwIfFailed(results[0]!, 'the ACL');
    reply.status(201);
  });
  app.delete<{ Params: ClusterParams; Querystring: Query }>(ACLS, async (request) => {
    const { client, clusterId } = await clusterRequest(context, request);
    const { filterResults } = await client.request(DELETE_ACLS, VERSION, { filters: [filter(request.query)] });
    throwIfFailed(filterResults[0]!, 'ACLs');
    return { data: filterResults[0]!.matchingAcls.map((acl) => aclResource(request, clusterId, acl)) };
  });
}

function filter(query: Query) {
  const text = (key: string): string | undefined => {
    const value = query[key];
    return value === undefined ? undefined : textIn(value, key);
  };
  return {
    resourceTypeFilter: codeOf(ResourceType, text('resource_type') ?? 'ANY', 'resource_type'),
    resourceNameFilter: text('resource_name') ?? null,
    patternTypeFilter: codeOf(PatternType, text('pattern_type') ?? 'ANY', 'pattern_type'),
    principalFilter: text('principal') ?? null,
    hostFilter: text('host') ?? null,
    operation: codeOf(AclOperation, text('operation') ?? 'ANY', 'operation'),
    permissionType: codeOf(AclPermission, text('permission') ?? 'ANY', 'permission'),
  };
}

function creation(body: Json) {
  const text = (key: string, otherwise?: string): string => {
    const value = body[key] ?? otherwise;
    if (typeof value !== 'string') throw badRequest(`${key} may not be empty`);
    return value;
  };
  return {
    resourceType: codeOf(ResourceType, text('resource_type'), 'resource_type'),
    resourceName: text('resource_name', body.resource_type === 'CLUSTER' ? 'kafka-cluster' : undefined),
    resourcePatternType: codeOf(PatternType, text('pattern_type', 'LITERAL'), 'pattern_type'),
    principal: text('principal'),
    host: text('host', '*'),
    operation: codeOf(AclOperation, text('operation'), 'operation'),
    permissionType: codeOf(AclPermission, text('permission'), 'permission'),
  };
}

function codeOf(codes: Readonly<Record<string, number>>, name: string, what: string): number {
  const code = codes[name.toUpperCase()];
  if (code === undefined) throw badRequest(`${what} ${name} is none of ${Object.keys(codes).join(', ')}`);
  return code;
}

function nameOf(codes: Readonly<Record<string, number>>, code: number): string {
  return Object.entries(codes).find(([, each]) => each === code)?.[0] ?? 'UNKNOWN';
}

function aclResource(request: FastifyRequest, clusterId: string, acl: Acl) {
  const fields = {
    resource_type: nameOf(ResourceType, acl.resourceType),
    resource_name: acl.resourceName,
    pattern_type: nameOf(PatternType, acl.patternType),
    principal: acl.principal,
    host: acl.host,
    operation: nameOf(AclOperation, acl.operation),
    permission: nameOf(AclPermission, acl.permissionType),
  };
  const path = `${pathOf(clusterId, 'acls')}?${new URLSearchParams(fields)}`;
  return resource(request, 'KafkaAcl', path, { cluster_id: clusterId, ...fields });
}
