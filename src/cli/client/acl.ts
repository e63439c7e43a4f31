/** `samsa acl`: list, add, remove. */
import { describeAclsRequest, describeAclsResponse } from '../../../protocol/schema/29-describe-acls.ts';
import { createAclsRequest, createAclsResponse } from '../../../protocol/schema/30-create-acls.ts';
import { deleteAclsRequest, deleteAclsResponse } from '../../../protocol/schema/31-delete-acls.ts';
import { throwIfFailed } from '../../local-client/errors.ts';
import { AclOperation, AclPermission, CLUSTER_NAME, PatternType, ResourceType, WILDCARD } from '../../metadata/acls.ts';
import { byText } from './output.ts';
import { type Session, UsageError } from './session.ts';

const DESCRIBE_ACLS = [describeAclsRequest, describeAclsResponse] as const;
const CREATE_ACLS = [createAclsRequest, createAclsResponse] as const;
const DELETE_ACLS = [deleteAclsRequest, deleteAclsResponse] as const;

/** Which rules: what is left out stands for all of them. */
export interface AclFlags {
  readonly topic?: string;
  readonly group?: string;
  readonly transactionalId?: string;
  readonly delegationToken?: string;
  readonly user?: string;
  readonly cluster?: boolean;
  readonly prefix?: boolean;
  readonly principal?: string;
  readonly host?: string;
  /** Names, each of which may be a list with commas. */
  readonly operation?: readonly string[];
  readonly deny?: boolean;
  readonly yes?: boolean;
}

export async function listAcls({ cluster, output }: Session, flags: AclFlags): Promise<void> {
  const rows = [];
  for (const filter of filters(flags)) {
    const answer = await (await cluster.any()).send(DESCRIBE_ACLS, filter);
    throwIfFailed(answer, 'ACLs');
    for (const { resourceType, resourceName, patternType, acls } of answer.resources) {
      for (const { principal, host, operation, permissionType } of acls) {
        rows.push({
          principal,
          permission: nameOf(AclPermission, permissionType),
          operation: nameOf(AclOperation, operation),
          resource: nameOf(ResourceType, resourceType),
          pattern: nameOf(PatternType, patternType),
          name: resourceName,
          host,
        });
      }
    }
  }
  const columns = ['principal', 'permission', 'operation', 'resource', 'pattern', 'name', 'host'];
  output.table(
    rows.sort((a, b) => byText('principal')(a, b) || byText('name')(a, b)),
    columns,
  );
}

export async function addAcls({ cluster, output }: Session, flags: AclFlags): Promise<void> {
  const resource = resourceOf(flags);
  const { principal, host = WILDCARD } = flags;
  if (resource === undefined || principal === undefined || operationsOf(flags).length === 0) {
    throw new UsageError(
      'name what, who and which: for instance --topic orders --principal User:alice --operation read',
    );
  }
  const permissionType = flags.deny === true ? AclPermission.DENY : AclPermission.ALLOW;
  const creations = operationsOf(flags).map((operation) => ({
    resourceType: resource.type,
    resourceName: resource.name,
    resourcePatternType: flags.prefix === true ? PatternType.PREFIXED : PatternType.LITERAL,
    principal: principalOf(principal),
    host,
    operation: codeOf(AclOperation, operation, 'operation'),
    permissionType,
  }));
  const { results } = await (await cluster.any()).send(CREATE_ACLS, { creations });
  for (const result of results) throwIfFailed(result, 'the ACL');
  output.json({ added: creations.length });
  output.line(`${creations.length} added`);
}

export async function removeAcls({ cluster, output }: Session, flags: AclFlags): Promise<void> {
  const isEverything = resourceOf(flags) === undefined && flags.principal === undefined;
  if (isEverything && flags.yes !== true) throw new UsageError('this would remove every ACL; say so with --yes');
  const answer = await (await cluster.any()).send(DELETE_ACLS, { filters: filters(flags) });
  let removed = 0;
  for (const result of answer.filterResults) {
    throwIfFailed(result, 'ACLs');
    for (const acl of result.matchingAcls) throwIfFailed(acl, 'the ACL');
    removed += result.matchingAcls.length;
  }
  output.json({ removed });
  output.line(`${removed} removed`);
}

function filters(flags: AclFlags) {
  const resource = resourceOf(flags);
  const named = operationsOf(flags);
  const operations = named.length === 0 ? ['any'] : named;
  const pattern = flags.prefix === true ? PatternType.PREFIXED : PatternType.LITERAL;
  return operations.map((operation) => ({
    resourceTypeFilter: resource?.type ?? ResourceType.ANY,
    resourceNameFilter: resource?.name ?? null,
    patternTypeFilter: resource === undefined ? PatternType.ANY : pattern,
    principalFilter: flags.principal === undefined ? null : principalOf(flags.principal),
    hostFilter: flags.host ?? null,
    operation: codeOf(AclOperation, operation, 'operation'),
    permissionType: flags.deny === true ? AclPermission.DENY : AclPermission.ANY,
  }));
}

function operationsOf({ operation = [] }: AclFlags): string[] {
  return operation.flatMap((text) => text.split(','));
}

function resourceOf(flags: AclFlags): { type: number; name: string } | undefined {
  const named = [
    { type: ResourceType.TOPIC, name: flags.topic },
    { type: ResourceType.GROUP, name: flags.group },
    { type: ResourceType.TRANSACTIONAL_ID, name: flags.transactionalId },
    { type: ResourceType.DELEGATION_TOKEN, name: flags.delegationToken },
    { type: ResourceType.USER, name: flags.user === undefined ? undefined : principalOf(flags.user) },
    { type: ResourceType.CLUSTER, name: flags.cluster === true ? CLUSTER_NAME : undefined },
  ].flatMap(({ type, name }) => (name === undefined ? [] : [{ type, name }]));
  if (named.length > 1) throw new UsageError('name one resource at a time: --topic, --group, --cluster …');
  return named[0];
}

function principalOf(text: string): string {
  return text.includes(':') ? text : `User:${text}`;
}

function codeOf(codes: Readonly<Record<string, number>>, text: string, what: string): number {
  const name = text
    .replaceAll('-', '_')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toUpperCase();
  const code = codes[name];
  if (code === undefined) {
    const known = Object.keys(codes).filter((each) => each !== 'UNKNOWN');
    throw new UsageError(`'${text}' is no ${what}: write one of ${known.map((each) => each.toLowerCase()).join(', ')}`);
  }
  return code;
}

function nameOf(codes: Readonly<Record<string, number>>, code: number): string {
  return (Object.entries(codes).find(([, each]) => each === code)?.[0] ?? String(code)).toLowerCase();
}
