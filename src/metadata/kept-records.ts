/**
 * What identifies the records that the image keeps without interpreting them, so that a later record with the same
 * identity replaces the earlier one and a removal takes it away.
 */
import type { MetadataRecord } from './records.ts';

export interface KeptIdentity {
  readonly key: string;
  /** The record ends what the key stands for. */
  readonly removes: boolean;
}

/** Undefined for records that are not kept. */
export function keptIdentity(record: MetadataRecord): KeptIdentity | undefined {
  switch (record.type) {
    case 'AccessControlEntryRecord':
      return { key: identity('acl', record.value.id), removes: false };
    case 'RemoveAccessControlEntryRecord':
      return { key: identity('acl', record.value.id), removes: true };
    case 'DelegationTokenRecord':
      return { key: identity('token', record.value.tokenId), removes: false };
    case 'RemoveDelegationTokenRecord':
      return { key: identity('token', record.value.tokenId), removes: true };
    case 'ZkMigrationStateRecord':
      return { key: 'zk-migration', removes: false };
    default:
      return undefined;
  }
}

function identity(kind: string, ...parts: (string | number)[]): string {
  return `${kind}:${JSON.stringify(parts)}`;
}
