/**
 * The `quorum-state` file: the epoch a node is in, whom it voted for and whom it follows. It is durable before the node
 * acts on it, so that no epoch is ever led or voted in twice.
 */
import { join } from 'node:path';
import type { FileSystem } from '../platform/file-system.ts';
import { NO_DIRECTORY } from './replica-key.ts';

const FILE = 'quorum-state';

export interface QuorumState {
  readonly leaderEpoch: number;
  /** −1 when unknown. */
  readonly leaderId: number;
  /** −1 when no vote was cast in this epoch. */
  readonly votedId: number;
  readonly votedDirectoryId: string;
}

export const initialQuorumState: QuorumState = {
  leaderEpoch: 0,
  leaderId: -1,
  votedId: -1,
  votedDirectoryId: NO_DIRECTORY,
};

/** The file's version follows kraft.version: with static voters (0) it lists them, with voters in the log (1) not. */
export type QuorumStateForm =
  | { readonly kraftVersion: 0; readonly voters: readonly number[] }
  | { readonly kraftVersion: 1 };

/** Where the quorum state is durable, a port: the file in production. */
export interface QuorumStateStore {
  /** Undefined when nothing was written yet. */
  read(): QuorumState | undefined;
  write(state: QuorumState, form: QuorumStateForm): Promise<void>;
}

export function quorumStateFile(fs: FileSystem, directory: string): QuorumStateStore {
  const path = join(directory, FILE);
  return {
    read() {
      const data = fs.startup.readFile(path);
      if (data === null) return undefined;
      const text = data.toString('utf8');
      try {
        return parseQuorumState(text);
      } catch (failure) {
        throw new Error(`${path} does not hold a quorum state: ${text}`, { cause: failure });
      }
    },
    write: (state, form) => fs.replaceFile(path, formatQuorumState(state, form)),
  };
}

/** Exported for tests. */
export function parseQuorumState(text: string): QuorumState {
  const json: unknown = JSON.parse(text);
  if (typeof json !== 'object' || json === null) throw new TypeError('not a JSON object');
  const members = new Map<string, unknown>(Object.entries(json));
  const number = (name: string): number => {
    const member = members.get(name);
    if (!Number.isInteger(member)) throw new TypeError(`${name} is not a whole number`);
    return Number(member);
  };
  const version = number('data_version');
  if (version !== 0 && version !== 1) throw new TypeError(`data_version is ${version}, 0 or 1 wanted`);
  const votedDirectoryId = members.get('votedDirectoryId');
  return {
    leaderEpoch: number('leaderEpoch'),
    leaderId: number('leaderId'),
    votedId: number('votedId'),
    votedDirectoryId: typeof votedDirectoryId === 'string' ? votedDirectoryId : NO_DIRECTORY,
  };
}

/** Exported for tests. The names and their order are those of Kafka's QuorumStateData. */
export function formatQuorumState(state: QuorumState, form: QuorumStateForm): string {
  const { leaderId, leaderEpoch, votedId, votedDirectoryId } = state;
  if (form.kraftVersion === 1) {
    return JSON.stringify({ leaderId, leaderEpoch, votedId, votedDirectoryId, data_version: 1 });
  }
  const currentVoters = form.voters.map((voterId) => ({ voterId }));
  const applied = { appliedOffset: 0, currentVoters, data_version: 0 };
  return JSON.stringify({ clusterId: '', leaderId, leaderEpoch, votedId, ...applied });
}
