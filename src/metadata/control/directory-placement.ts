/** In which of a broker's directories a new replica goes: the one with the fewest partitions, none that is cordoned. */
import { METADATA_VERSION, MetadataVersion } from '../features.ts';
import { DirectoryId, type MetadataImage } from '../image.ts';

export class DirectoryPlacement {
  readonly isSupported: boolean;
  readonly #state: MetadataImage;
  /** Partitions by directory, of brokers that have several; counted once a request needs it. */
  #counts: Map<string, number> | undefined;

  constructor(state: MetadataImage) {
    this.#state = state;
    this.isSupported = (state.features.get(METADATA_VERSION) ?? 0) >= MetadataVersion.DIRECTORY_ASSIGNMENT;
  }

  place(brokerId: number): string {
    const broker = this.#state.brokers.get(brokerId);
    if (broker === undefined || broker.directories.length === 0) return DirectoryId.MIGRATING;
    const open = broker.directories.filter((id) => !(broker.cordonedDirectories ?? []).includes(id));
    const [only] = open;
    if (only === undefined) return DirectoryId.UNASSIGNED;
    if (open.length === 1) return only;
    this.#counts ??= this.#count();
    const counts = this.#counts;
    const emptiest = open.reduce((a, b) => ((counts.get(b) ?? 0) < (counts.get(a) ?? 0) ? b : a));
    counts.set(emptiest, (counts.get(emptiest) ?? 0) + 1);
    return emptiest;
  }

  #count(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const topic of this.#state.topicsById.values()) {
      for (const { directories } of topic.partitions.values()) {
        for (const id of directories) counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    }
    return counts;
  }
}
