/** What the parts of the controller share: a decision is records to append and an answer to give. */
import type { Encodable } from '../../../protocol/schema/table.ts';
import { METADATA_VERSION, recordVersion } from '../features.ts';
import type { MetadataImage } from '../image.ts';
import { type MetadataRecord, metadataRecord, type metadataRecords, type RecordType } from '../records.ts';

export interface Decision<T> {
  readonly records: readonly MetadataRecord[];
  readonly answer: T;
}

/** Makes records in the versions of the state's metadata.version. */
export class RecordWriter {
  readonly metadataVersion: number;

  constructor(state: MetadataImage) {
    this.metadataVersion = state.features.get(METADATA_VERSION) ?? 0;
  }

  write<T extends RecordType>(
    type: T,
    value: Encodable<(typeof metadataRecords)[T]>,
    version = recordVersion(type, this.metadataVersion),
  ): MetadataRecord {
    return metadataRecord(type, version, value);
  }
}
