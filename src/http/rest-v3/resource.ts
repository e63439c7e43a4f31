/** The shapes that all of the REST Proxy's v3 answers have: resources with a kind and links, and lists of them. */

import type { FastifyRequest } from 'fastify';
import { isRetriable, type KafkaError } from '../../../protocol/errors.ts';
import { RestError, toRestError } from '../rest-error.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A resource: `KafkaTopic` at `/v3/clusters/…/topics/t`. */
export interface Resource {
  readonly kind: string;
  readonly metadata: { readonly self: string; readonly resource_name?: string };
  readonly [field: string]: unknown;
}

export function resource(request: FastifyRequest, kind: string, path: string, fields: Json): Resource {
  return { kind, metadata: { self: link(request, path) }, ...fields };
}

export function list(request: FastifyRequest, kind: string, path: string, data: readonly Resource[]) {
  return { kind: `${kind}List`, metadata: { self: link(request, path), next: null }, data };
}

/** A link to other resources. */
export function related(request: FastifyRequest, path: string): { readonly related: string } {
  return { related: link(request, path) };
}

function link({ protocol, host }: FastifyRequest, path: string): string {
  return `${protocol}://${host}${path}`;
}

/** A path under a cluster, each part escaped. */
export function pathOf(clusterId: string, ...parts: readonly (string | number)[]): string {
  return ['/v3/clusters', ...[clusterId, ...parts].map((part) => encodeURIComponent(part))].join('/');
}

/** Any failure as an answer of v3, with `KafkaExceptionMapper`'s codes. */
export function restV3Error(failure: unknown): RestError {
  return toRestError(failure, { impossibleNumber: 400, codeOf });
}

function codeOf({ error }: KafkaError): number {
  switch (error) {
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'UNKNOWN_TOPIC_ID':
      return 40_403;
    case 'GROUP_ID_NOT_FOUND':
    case 'RESOURCE_NOT_FOUND':
      return 404;
    case 'TOPIC_AUTHORIZATION_FAILED':
    case 'GROUP_AUTHORIZATION_FAILED':
    case 'CLUSTER_AUTHORIZATION_FAILED':
      return 40_301;
    case 'TOPIC_ALREADY_EXISTS':
    case 'INVALID_TOPIC_EXCEPTION':
    case 'INVALID_CONFIG':
    case 'INVALID_PARTITIONS':
    case 'INVALID_REPLICATION_FACTOR':
    case 'INVALID_REPLICA_ASSIGNMENT':
    case 'INVALID_REQUEST':
    case 'POLICY_VIOLATION':
    case 'SECURITY_DISABLED':
      return 40_002;
    // No room for more at the moment, or the broker stops.
    case 'BROKER_NOT_AVAILABLE':
      return 503;
    default:
      return isRetriable(error) ? 50_003 : 50_002;
  }
}

export function badRequest(sentence: string): RestError {
  return new RestError(400, sentence);
}

/** What must be a JSON object. Throws 400 for anything else. */
export function objectIn(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest(`${what} must be an object`);
  return { ...value };
}

/** A string, a number or a boolean, as text. Throws 400 for anything else. */
export function textIn(value: unknown, what: string): string {
  if (typeof value === 'object' || value === undefined) throw badRequest(`${what} must be text`);
  return String(value);
}
