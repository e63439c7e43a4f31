/** The authorizer as the configuration has it: `authorizer.class.name`, and the keys that Kafka's own one reads. */
import { ConfigError } from './config-error.ts';
import type { Settings } from './settings.ts';

export const STANDARD_AUTHORIZER = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer';

/** The keys of Kafka's authorizer, which its catalogue does not list. */
export const AUTHORIZER_KEYS = ['super.users', 'allow.everyone.if.no.acl.found'] as const;

export interface AuthorizerConfig {
  /** As in `User:admin`. */
  readonly superUsers: ReadonlySet<string>;
  readonly allowIfNoAcl: boolean;
}

/** Null while there is none. Throws `ConfigError` for an authorizer that Samsa does not have. */
export function authorizerConfig(settings: Settings): AuthorizerConfig | null {
  const name = settings.text('authorizer.class.name') ?? '';
  if (name === '') return null;
  if (name !== STANDARD_AUTHORIZER) {
    throw new ConfigError(
      `authorizer.class.name=${name} is not known. Samsa has Kafka's own authorizer, ${STANDARD_AUTHORIZER}; set that, or remove the key.`,
    );
  }
  const users = (settings.originals.get('super.users') ?? '').split(';').map((user) => user.trim());
  const wrong = users.find((user) => user !== '' && !/^[^:]+:.+$/.test(user));
  if (wrong !== undefined) {
    throw new ConfigError(`super.users: ${wrong} is not allowed. Write User:name;User:name …`);
  }
  const open = settings.originals.get('allow.everyone.if.no.acl.found')?.trim().toLowerCase() ?? 'false';
  return { superUsers: new Set(users.filter((user) => user !== '')), allowIfNoAcl: open === 'true' };
}
