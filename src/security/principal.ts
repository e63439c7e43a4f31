/** Who a client is, once it is known (`KafkaPrincipal`). */
import { codec } from '../../protocol/codec.ts';
import { defaultPrincipalData } from '../../protocol/schema/records/default-principal-data.ts';
import { DecodeError } from '../../protocol/wire/decode-error.ts';
import { Reader } from '../../protocol/wire/reader.ts';

export interface Principal {
  /** `User`, unless a plug-in says otherwise. */
  readonly type: string;
  readonly name: string;
  /** Whether a delegation token vouched for it. */
  readonly tokenAuthenticated: boolean;
}

export const USER = 'User';

/** Everyone on a listener that asks nobody who they are. */
export const ANONYMOUS: Principal = { type: USER, name: 'ANONYMOUS', tokenAuthenticated: false };

/** As ACLs and `super.users` write it: `User:alice`. */
export function principalName({ type, name }: Pick<Principal, 'type' | 'name'>): string {
  return `${type}:${name}`;
}

/** The two parts of `User:alice`. */
export function splitPrincipal(text: string): Pick<Principal, 'type' | 'name'> {
  const colon = text.indexOf(':');
  return { type: text.slice(0, Math.max(0, colon)), name: text.slice(colon + 1) };
}

/** Reads a principal as a broker forwards it: a version, then DefaultPrincipalData. Throws `DecodeError`. */
export function decodePrincipal(bytes: Buffer): Principal {
  const reader = new Reader(bytes);
  const version = reader.int16();
  if (version !== 0) throw new DecodeError(`principal of unknown version ${version}`);
  return codec(defaultPrincipalData, 0).decode(reader);
}
