import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Acl, AclOperation, AclPermission, PatternType, ResourceType } from '../../src/metadata/acls.ts';
import { Authorizer } from '../../src/security/authorizer.ts';

const { READ, WRITE, DESCRIBE, ALL, DESCRIBE_CONFIGS, ALTER_CONFIGS, ALTER } = AclOperation;
const { TOPIC, GROUP } = ResourceType;
const { ALLOW, DENY } = AclPermission;
const { LITERAL, PREFIXED } = PatternType;

function acl(change: Partial<Acl>): Acl {
  return {
    resourceType: TOPIC,
    resourceName: 'orders',
    patternType: LITERAL,
    principal: 'User:alice',
    host: '*',
    operation: READ,
    permissionType: ALLOW,
    ...change,
  };
}

function authorizer(acls: readonly Partial<Acl>[], options: { superUsers?: string[]; allowIfNoAcl?: boolean } = {}) {
  const entries = new Map(acls.map((change, i) => [String(i), acl(change)]));
  return new Authorizer({
    acls: () => entries,
    superUsers: new Set(options.superUsers),
    allowIfNoAcl: options.allowIfNoAcl ?? false,
  });
}

const user = (name: string, host = '10.0.0.1') => ({
  principal: { type: 'User', name, tokenAuthenticated: false },
  host,
});
const alice = user('alice');

describe('an authorizer', () => {
  it('allows what an entry allows, and nothing else', () => {
    const asked = authorizer([{}]);
    expect(asked.isAllowed(alice, READ, TOPIC, 'orders')).toBe(true);
    expect(asked.isAllowed(alice, WRITE, TOPIC, 'orders')).toBe(false);
    expect(asked.isAllowed(alice, READ, TOPIC, 'orders2')).toBe(false);
    expect(asked.isAllowed(alice, READ, GROUP, 'orders')).toBe(false);
    expect(asked.isAllowed(user('bob'), READ, TOPIC, 'orders')).toBe(false);
  });

  it('lets a denial win over everything that allows', () => {
    const asked = authorizer([{ operation: ALL }, { principal: 'User:*', permissionType: DENY, operation: WRITE }]);
    expect(asked.isAllowed(alice, READ, TOPIC, 'orders')).toBe(true);
    expect(asked.isAllowed(alice, WRITE, TOPIC, 'orders')).toBe(false);
    const byPrefix = authorizer([
      { operation: ALL },
      { resourceName: 'o', patternType: PREFIXED, permissionType: DENY, operation: ALL },
    ]);
    expect(byPrefix.isAllowed(alice, READ, TOPIC, 'orders')).toBe(false);
  });

  it('takes an allowed operation to allow describing, but not a denied one to deny it', () => {
    for (const operation of [READ, WRITE, AclOperation.DELETE, ALTER]) {
      expect(authorizer([{ operation }]).isAllowed(alice, DESCRIBE, TOPIC, 'orders')).toBe(true);
    }
    expect(authorizer([{ operation: ALTER_CONFIGS }]).isAllowed(alice, DESCRIBE_CONFIGS, TOPIC, 'orders')).toBe(true);
    expect(authorizer([{ operation: ALTER_CONFIGS }]).isAllowed(alice, DESCRIBE, TOPIC, 'orders')).toBe(false);
    const denied = authorizer([{ operation: DESCRIBE }, { operation: READ, permissionType: DENY }]);
    expect(denied.isAllowed(alice, DESCRIBE, TOPIC, 'orders')).toBe(true);
  });

  it('knows wildcards of names, principals and hosts, and hosts by address', () => {
    expect(authorizer([{ resourceName: '*' }]).isAllowed(alice, READ, TOPIC, 'anything')).toBe(true);
    expect(authorizer([{ principal: 'User:*' }]).isAllowed(user('bob'), READ, TOPIC, 'orders')).toBe(true);
    const byHost = authorizer([{ host: '10.0.0.1' }]);
    expect(byHost.isAllowed(alice, READ, TOPIC, 'orders')).toBe(true);
    expect(byHost.isAllowed(user('alice', '10.0.0.2'), READ, TOPIC, 'orders')).toBe(false);
  });

  it('lets super users do anything, and everyone what no entry is about, where it is told so', () => {
    const asked = authorizer([{ permissionType: DENY, operation: ALL }], {
      superUsers: ['User:admin'],
      allowIfNoAcl: true,
    });
    expect(asked.isAllowed(user('admin'), WRITE, TOPIC, 'orders')).toBe(true);
    expect(asked.isAllowed(user('bob'), WRITE, TOPIC, 'free')).toBe(true);
    // An entry about the topic, though about someone else, closes it.
    expect(asked.isAllowed(user('bob'), WRITE, TOPIC, 'orders')).toBe(false);
  });

  it('goes by entries as they are now', () => {
    let entries = new Map<string, Acl>();
    const asked = new Authorizer({ acls: () => entries, superUsers: new Set(), allowIfNoAcl: false });
    expect(asked.isAllowed(alice, READ, TOPIC, 'orders')).toBe(false);
    entries = new Map([['1', acl({})]]);
    expect(asked.isAllowed(alice, READ, TOPIC, 'orders')).toBe(true);
    entries = new Map();
    expect(asked.isAllowed(alice, READ, TOPIC, 'orders')).toBe(false);
  });

  it('knows whether an operation is allowed on any resource of a type', () => {
    const somewhere = (acls: Partial<Acl>[]) => authorizer(acls).isAllowedSomewhere(alice, WRITE, TOPIC);
    expect(somewhere([])).toBe(false);
    expect(somewhere([{ operation: WRITE }])).toBe(true);
    expect(somewhere([{ operation: WRITE }, { operation: WRITE, permissionType: DENY }])).toBe(false);
    const all = { resourceName: '*', operation: ALL, permissionType: DENY };
    expect(somewhere([{ operation: WRITE }, all])).toBe(false);
    const prefix = { resourceName: 'ord', patternType: PREFIXED };
    expect(somewhere([{ operation: WRITE }, { ...prefix, operation: WRITE, permissionType: DENY }])).toBe(false);
    expect(
      somewhere([
        { ...prefix, operation: WRITE },
        { operation: WRITE, permissionType: DENY },
      ]),
    ).toBe(true);
  });

  it('answers as one that looks at every entry', () => {
    const name = fc.stringMatching(/^[ab]{1,4}$/);
    const entry = fc.record({
      resourceName: fc.oneof(name, fc.constant('*')),
      patternType: fc.constantFrom(LITERAL, PREFIXED),
      principal: fc.constantFrom('User:alice', 'User:bob', 'User:*'),
      host: fc.constantFrom('*', '10.0.0.1', '10.0.0.2'),
      operation: fc.constantFrom(READ, WRITE, DESCRIBE, ALL),
      permissionType: fc.constantFrom(ALLOW, DENY),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), name, fc.boolean(), (acls, topic, allowIfNoAcl) => {
        const asked = authorizer(acls, { allowIfNoAcl });
        for (const operation of [READ, WRITE, DESCRIBE]) {
          const about = acls.filter(({ resourceName, patternType }) =>
            patternType === PREFIXED ? topic.startsWith(resourceName) : resourceName === topic || resourceName === '*',
          );
          const ours = about.filter(
            (each) =>
              (each.principal === 'User:alice' || each.principal === 'User:*') &&
              (each.host === '*' || each.host === '10.0.0.1'),
          );
          const isDenied = ours.some(
            (each) => each.permissionType === DENY && (each.operation === ALL || each.operation === operation),
          );
          const isAllowed = ours.some(
            (each) =>
              each.permissionType === ALLOW &&
              (each.operation === ALL || each.operation === operation || operation === DESCRIBE),
          );
          const expected = !isDenied && (isAllowed || (about.length === 0 && allowIfNoAcl));
          expect(asked.isAllowed(alice, operation, TOPIC, topic)).toBe(expected);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
