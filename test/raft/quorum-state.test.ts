import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatQuorumState, parseQuorumState } from '../../src/raft/quorum-state.ts';

const kafkas = readFileSync(join(import.meta.dirname, '../golden/cluster-metadata/quorum-state'), 'utf8');

describe('quorum-state', () => {
  it("reads Kafka's and writes the same", () => {
    const state = parseQuorumState(kafkas);
    expect(state).toEqual({
      leaderEpoch: 1,
      leaderId: 1,
      votedId: -1,
      votedDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA',
    });
    expect(formatQuorumState(state, { kraftVersion: 1 })).toBe(kafkas);
  });

  it('lists the voters where they are static', () => {
    const state = { leaderEpoch: 3, leaderId: 1, votedId: -1, votedDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA' };
    const text = formatQuorumState(state, { kraftVersion: 0, voters: [1] });
    expect(text).toBe(
      '{"clusterId":"","leaderId":1,"leaderEpoch":3,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}',
    );
    expect(parseQuorumState(text)).toEqual(state);
  });

  it.each(['', '[]', '{}', '{"data_version":2}', '{"data_version":1,"leaderId":"x"}'])('refuses %j', (text) => {
    expect(() => parseQuorumState(text)).toThrow();
  });
});
