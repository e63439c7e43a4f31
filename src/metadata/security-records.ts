/**
 * The access control entries and delegation tokens of an image: views of the records it keeps, made once for each set of
 * them.
 */
import type { Decoded } from '../../protocol/schema/table.ts';
import type { Acl } from './acls.ts';
import type { MetadataImage } from './image.ts';
import type { metadataRecords } from './records.ts';

/** KIP-48. Times are in milliseconds since the epoch; principals as in `User:alice`. */
export type DelegationToken = Decoded<(typeof metadataRecords)['DelegationTokenRecord']>;

interface SecurityRecords {
  /** By id. */
  readonly acls: ReadonlyMap<string, Acl>;
  /** By token id. */
  readonly tokens: ReadonlyMap<string, DelegationToken>;
}

const views = new WeakMap<MetadataImage['kept'], SecurityRecords>();

/** The same maps for as long as the image keeps the same records. */
export function securityRecords({ kept }: Pick<MetadataImage, 'kept'>): SecurityRecords {
  let view = views.get(kept);
  if (view === undefined) {
    const acls = new Map<string, Acl>();
    const tokens = new Map<string, DelegationToken>();
    for (const record of kept.values()) {
      if (record.type === 'AccessControlEntryRecord') {
        const { id, ...acl } = record.value;
        acls.set(id, acl);
      } else if (record.type === 'DelegationTokenRecord') tokens.set(record.value.tokenId, record.value);
    }
    view = { acls, tokens };
    views.set(kept, view);
  }
  return view;
}
