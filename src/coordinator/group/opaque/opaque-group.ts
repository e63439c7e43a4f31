/** A group that is not served here: its newest records, kept as they are. */
import { type Offset, type SnapshotRegistry, TimelineMap } from '../../runtime/timeline.ts';
import type { OpaqueGroupType, OpaqueRecord } from './opaque-records.ts';

export class OpaqueGroup {
  readonly type: OpaqueGroupType;
  readonly #records: TimelineMap<string, OpaqueRecord>;

  constructor(type: OpaqueGroupType, registry: SnapshotRegistry) {
    this.type = type;
    this.#records = new TimelineMap(registry);
  }

  /** No record is left of it. */
  isGone(): boolean {
    return this.#records.isEmpty();
  }

  hasMembers(at?: Offset): boolean {
    for (const record of this.#records.values(at)) if (record.isOfMember) return true;
    return false;
  }

  replay(record: OpaqueRecord): void {
    const key = record.key.toString('latin1');
    if (record.value === null) this.#records.delete(key);
    else this.#records.set(key, record);
  }

  /** What deletes the group, whichever coordinator reads it. */
  tombstones(): OpaqueRecord[] {
    return [...this.#records.values()].map((record) => ({ ...record, value: null }));
  }
}
