import { describe, expect, it } from 'vitest';
import { codec } from '../../protocol/codec.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { responseHeader } from '../../protocol/schema/response-header.ts';
import type { Decoded, Encodable, Message } from '../../protocol/schema/table.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import * as api from '../support/apis.ts';
import { encodeFrame, type RawClient } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

const COMMITS = 200;

/** One of several requests that are sent before the first is answered; its version is flexible. */
async function pipelined<Req extends Message, Res extends Message>(
  client: RawClient,
  [request, response]: readonly [Req, Res],
  version: number,
  body: Encodable<Req>,
): Promise<Decoded<Res>> {
  const reader = new Reader(await client.sendFrame(encodeFrame(request, version, 1, body)));
  codec(responseHeader, 1).decode(reader);
  return codec(response, version).decode(reader);
}

function join(client: RawClient, memberId: string) {
  return pipelined(client, api.joinGroup, 9, {
    groupId: 'workers',
    memberId,
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 60_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  });
}

function commit(client: RawClient, committedOffset: number) {
  return pipelined(client, api.offsetCommit, 8, {
    groupId: 'readers',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset }] }],
  });
}

describe('a stop', () => {
  it('serves the commits it has accepted, and sends away who waits for a rebalance', async () => {
    const samsa = await startTestBroker();
    const [waiting, syncing, busy] = await Promise.all([samsa.connect(), samsa.connect(), samsa.connect()]);
    await busy.request(api.createTopics, 7, { topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }] });
    await busy.request(api.findCoordinator, 4, { keyType: 0, coordinatorKeys: ['workers', 'readers'] });
    const { memberId } = await join(syncing, '');
    const first = await join(syncing, memberId);
    expect(first).toMatchObject({ errorCode: ErrorCode.NONE, leader: memberId });
    await pipelined(syncing, api.syncGroup, 5, {
      groupId: 'workers',
      memberId,
      generationId: first.generationId,
      assignments: [],
    });
    // Waits for the member that is there to join again.
    const other = await join(waiting, '');
    const parked = join(waiting, other.memberId);
    const isRebalancing = async () => {
      const { generationId } = first;
      const beat = await pipelined(syncing, api.heartbeat, 4, { groupId: 'workers', memberId, generationId });
      return beat.errorCode === ErrorCode.REBALANCE_IN_PROGRESS;
    };
    while (!(await isRebalancing()));
    const commits = Array.from({ length: COMMITS }, (_, offset) => commit(busy, offset));
    await commits[0];
    const stopped = samsa.broker.stop();
    expect(await parked).toMatchObject({ errorCode: ErrorCode.NOT_COORDINATOR });
    const answers = await Promise.allSettled(commits);
    await stopped;
    const errors = answers.map((answer) =>
      answer.status === 'fulfilled' ? answer.value.topics[0]!.partitions[0]!.errorCode : 'closed',
    );
    const answered = errors.filter((error) => error !== 'closed');
    expect(new Set(answered)).toEqual(new Set([ErrorCode.NONE]));
    // What was not accepted any more is the end of the line, not a hole in it.
    expect(errors.slice(0, answered.length)).toEqual(answered);

    const again = await (await samsa.restart()).connect();
    await again.request(api.findCoordinator, 4, { keyType: 0, coordinatorKeys: ['readers'] });
    const { groups } = await again.request(api.offsetFetch, 8, {
      groups: [{ groupId: 'readers', topics: [{ name: 'orders', partitionIndexes: [0] }] }],
    });
    expect(groups[0]!.topics[0]!.partitions[0]!.committedOffset).toBe(answered.length - 1);
  });
});

describe('a second broker', () => {
  it('on the same directory is refused while the first runs, and starts after it', async () => {
    const samsa = await startTestBroker();
    await expect(startTestBroker({}, samsa.directory)).rejects.toThrow(
      `${samsa.directory} is in use by another broker (process ${process.pid})`,
    );
    await (await samsa.connect()).request(api.metadata, 12, { topics: null });
    await samsa.restart();
  });
});
