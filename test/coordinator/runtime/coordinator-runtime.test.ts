import { describe, expect, it } from 'vitest';
import { KafkaError } from '../../../protocol/errors.ts';
import { BatchView, records } from '../../../protocol/records/batch.ts';
import { buildBatch } from '../../../protocol/records/builder.ts';
import { add, counters, later, outcome, settled } from '../support/counters.ts';

const refused = new KafkaError('NOT_LEADER_OR_FOLLOWER', 'lost');

describe('coordinator runtime', () => {
  it('answers when the records are committed, not when they are written', async () => {
    const { runtime, writer, read } = counters();
    await runtime.elect(0, 0);
    writer.commitsAtOnce = false;
    const answer = runtime.write('add', 0, add('a'));
    expect(await outcome(answer)).toBe('pending');
    expect(await read('a')).toBeUndefined();
    writer.commit(0);
    expect(await outcome(answer)).toBe(1);
    expect(await read('a')).toBe(1);
  });

  it('lets later operations see records that are not committed yet', async () => {
    const { runtime, writer } = counters();
    await runtime.elect(0, 0);
    writer.commitsAtOnce = false;
    const answers = [runtime.write('add', 0, add('a')), runtime.write('add', 0, add('a'))];
    await settled();
    writer.commit(0);
    expect(await Promise.all(answers)).toEqual([1, 2]);
  });

  it('gathers what comes while a batch is being written into the next one', async () => {
    const { runtime, writer } = counters();
    await runtime.elect(0, 0);
    writer.holdsAppends = true;
    const answers = [1, 2, 3].map(() => runtime.write('add', 0, add('a')));
    await settled();
    expect(writer.appends).toHaveLength(1);
    writer.releaseNext();
    await settled();
    writer.releaseNext();
    expect(await Promise.all(answers)).toEqual([1, 2, 3]);
    expect(writer.appends.map(({ batch }) => new BatchView(batch).count)).toEqual([1, 2]);
  });

  it('with an adaptive linger, writes together what was asked for together', async () => {
    const { runtime, writer } = counters({ appendLingerMs: -1 });
    await runtime.elect(0, 0);
    await Promise.all([1, 2, 3].map(() => runtime.write('add', 0, add('a'))));
    expect(writer.appends.map(({ batch }) => new BatchView(batch).count)).toEqual([3]);
  });

  it('with a linger, waits for it', async () => {
    const { runtime, writer, clock } = counters({ appendLingerMs: 10 });
    await runtime.elect(0, 0);
    const first = runtime.write('add', 0, add('a'));
    await clock.advance(9);
    const second = runtime.write('add', 0, add('a'));
    expect(writer.appends).toHaveLength(0);
    await clock.advance(1);
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(writer.appends).toHaveLength(1);
  });

  it('starts another batch when one is full, whatever the linger', async () => {
    const { runtime, writer } = counters({ appendLingerMs: 1000, maxBatchBytes: 61 + 3 * 45 });
    await runtime.elect(0, 0);
    const answers = [1, 2, 3, 4, 5, 6, 7].map(() => runtime.write('add', 0, add('12345678')));
    await settled();
    expect(writer.appends.map(({ batch }) => new BatchView(batch).count)).toEqual([3, 3]);
    expect(await outcome(answers[5]!)).toBe(6);
    expect(await outcome(answers[6]!)).toBe('pending');
  });

  it('refuses records that no batch can hold, and spreads those that may be divided', async () => {
    const { runtime, writer, read } = counters({ maxBatchBytes: 61 + 3 * 45 });
    await runtime.elect(0, 0);
    const many = [1, 2, 3, 4, 5].map((value) => ({ name: `counter${value}`, value }));
    const whole = runtime.write('many', 0, () => ({ records: many, response: 'done' }));
    expect(await outcome(whole)).toBe('MESSAGE_TOO_LARGE');
    expect(await read('counter1')).toBeUndefined();
    await runtime.write('many', 0, () => ({ records: many, response: 'done', isDivisible: true }));
    expect(writer.appends.map(({ batch }) => new BatchView(batch).count)).toEqual([3, 2]);
    expect(await read('counter5')).toBe(5);
  });

  it('takes back the records of a failed append, and all that was decided upon them', async () => {
    const { runtime, writer, read, shards } = counters();
    await runtime.elect(0, 0);
    await runtime.write('add', 0, add('a', 10));
    writer.holdsAppends = true;
    const errors: unknown[] = [];
    const answers = [1, 2, 3].map(() =>
      later(
        runtime.write('add', 0, (shard) => ({
          ...add('a')(shard),
          onCompleted: (error) => errors.push([error?.error, shard.counters.get('a')]),
        })),
      ),
    );
    await settled();
    writer.failNext(refused);
    for (const answer of answers) expect(await outcome(answer)).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(errors).toEqual([1, 2, 3].map(() => ['NOT_LEADER_OR_FOLLOWER', 10]));
    expect(shards[0]!.events).toEqual(['loaded', 'reverted']);
    expect(writer.appends).toHaveLength(2);
    writer.holdsAppends = false;
    expect(await runtime.write('add', 0, add('a'))).toBe(11);
    expect(await read('a')).toBe(11);
  });

  it('keeps what was written before a failed append, committed or not', async () => {
    const { runtime, writer, shards } = counters();
    await runtime.elect(0, 0);
    writer.commitsAtOnce = false;
    const written = runtime.write('add', 0, add('a'));
    await settled();
    writer.nextFailure = refused;
    expect(await outcome(runtime.write('add', 0, add('a')))).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(await outcome(written)).toBe('pending');
    expect(shards[0]!.counters.get('a')).toBe(1);
    writer.commit(0);
    expect(await outcome(written)).toBe(1);
  });

  it('fails a batch whose record cannot be replayed', async () => {
    const { runtime, shards } = counters({ appendLingerMs: 10 });
    await runtime.elect(0, 0);
    const innocent = later(runtime.write('add', 0, add('a')));
    const poisoned = runtime.write('add', 0, add('poison'));
    expect(await outcome(poisoned)).toBe('INVALID_RECORD');
    expect(await outcome(innocent)).toBe('INVALID_RECORD');
    expect(shards[0]!.counters.has('a')).toBe(false);
  });

  it('makes an answer without records wait for the records before it', async () => {
    const { runtime, writer } = counters();
    await runtime.elect(0, 0);
    writer.commitsAtOnce = false;
    const nothing = () => ({ records: [], response: 'seen' });
    expect(await outcome(runtime.write('look', 0, nothing))).toBe('seen');
    const added = runtime.write('add', 0, add('a'));
    const looked = runtime.write('look', 0, nothing);
    await settled();
    const lookedAgain = runtime.write('look', 0, nothing);
    expect([await outcome(looked), await outcome(lookedAgain)]).toEqual(['pending', 'pending']);
    writer.commit(0);
    expect([await outcome(added), await outcome(looked), await outcome(lookedAgain)]).toEqual([1, 'seen', 'seen']);
  });

  it('gives up waiting for the high watermark after the write time-out, but keeps the records', async () => {
    const { runtime, writer, clock, shards } = counters();
    await runtime.elect(0, 0);
    writer.commitsAtOnce = false;
    const first = later(runtime.write('add', 0, add('a')));
    await clock.advance(3000);
    const second = runtime.write('add', 0, add('a'));
    await clock.advance(2000);
    expect([await outcome(first), await outcome(second)]).toEqual(['REQUEST_TIMED_OUT', 'pending']);
    writer.commit(0);
    expect(await outcome(second)).toBe(2);
    expect(shards[0]!.counters.get('a')).toBe(2);
  });

  it('does not wait for a log that never answers', async () => {
    const { runtime, writer, clock } = counters();
    await runtime.elect(0, 0);
    writer.holdsAppends = true;
    const stuck = later(runtime.write('add', 0, add('a')));
    await clock.advance(5000);
    expect(await outcome(stuck)).toBe('REQUEST_TIMED_OUT');
    writer.releaseNext();
    writer.holdsAppends = false;
    expect(await outcome(runtime.write('add', 0, add('a')))).toBe(2);
  });

  it('fails with NOT_COORDINATOR where it does not lead, and while it loads with COORDINATOR_LOAD_IN_PROGRESS', async () => {
    const { runtime, writer, read } = counters();
    expect(await outcome(runtime.write('add', 0, add('a')))).toBe('NOT_COORDINATOR');
    writer.fill(0, buildBatch([{ timestamp: 0, key: Buffer.from('a'), value: Buffer.from('7') }]));
    const loaded = runtime.elect(0, 0);
    expect(runtime.state(0)).toBe('LOADING');
    expect(await outcome(read('a'))).toBe('COORDINATOR_LOAD_IN_PROGRESS');
    await loaded;
    expect(await read('a')).toBe(7);
  });

  it('gives up a partition that is still loading', async () => {
    const { runtime, writer } = counters();
    writer.fill(0, buildBatch([{ timestamp: 0, key: Buffer.from('a'), value: Buffer.from('7') }]));
    const loaded = later(runtime.elect(0, 1));
    runtime.resign(0, 2);
    expect(await outcome(loaded)).toBe('NOT_COORDINATOR');
    expect(runtime.state(0)).toBeUndefined();
  });

  it('answers pending work NOT_COORDINATOR when it resigns, once', async () => {
    const { runtime, writer, shards } = counters();
    await runtime.elect(0, 3);
    writer.commitsAtOnce = false;
    const written = later(runtime.write('add', 0, add('a')));
    await settled();
    writer.holdsAppends = true;
    const writing = later(runtime.write('add', 0, add('a')));
    const open = later(runtime.write('add', 0, add('a')));
    await settled();
    runtime.resign(0, 3);
    expect(runtime.state(0)).toBe('ACTIVE');
    runtime.resign(0, 4);
    for (const answer of [written, writing, open]) expect(await outcome(answer)).toBe('NOT_COORDINATOR');
    writer.releaseNext();
    await settled();
    expect(shards[0]!.events).toEqual(['loaded', 'unloaded']);
    expect(writer.log(0).listeners.size).toBe(0);
  });

  it('has the same state after loading as before', async () => {
    const { runtime, read } = counters();
    await runtime.elect(0, 0);
    for (let i = 0; i < 50; i++) await runtime.write('add', 0, add(`counter${i % 7}`));
    await runtime.write('delete', 0, () => ({ records: [{ name: 'counter3', value: null }], response: null }));
    const before = await Promise.all([0, 1, 2, 3, 4, 5, 6].map((i) => read(`counter${i}`)));
    runtime.resign(0, null);
    await runtime.elect(0, 1);
    expect(before).toEqual([8, 7, 7, undefined, 7, 7, 7]);
    expect(await Promise.all([0, 1, 2, 3, 4, 5, 6].map((i) => read(`counter${i}`)))).toEqual(before);
  });

  it('reads of a log with an uncommitted end what is committed, and sees the rest when it is', async () => {
    const { runtime, writer, read } = counters();
    const batch = (value: number, baseOffset: number) =>
      buildBatch([{ timestamp: 0, key: Buffer.from('a'), value: Buffer.from(String(value)) }], { baseOffset });
    writer.fill(0, Buffer.concat([batch(1, 0), batch(2, 1), batch(3, 2)]));
    writer.log(0).highWatermark = 1;
    await runtime.elect(0, 5);
    expect(await read('a')).toBe(1);
    writer.commit(0);
    expect(await read('a')).toBe(3);
  });

  it('steps over records of unknown types, and does not serve a partition with a damaged one', async () => {
    const { runtime, writer, read } = counters();
    const record = (key: string) => ({ timestamp: 0, key: Buffer.from(key), value: Buffer.from('1') });
    writer.fill(0, buildBatch([record('?new'), record('a')]));
    writer.fill(1, buildBatch([record('damaged')]));
    await runtime.elect(0, 0);
    expect(await read('a')).toBe(1);
    await expect(runtime.elect(1, 0)).rejects.toThrow('damaged');
    expect(runtime.state(1)).toBe('FAILED');
    expect(await outcome(runtime.write('add', 1, add('a')))).toBe('NOT_COORDINATOR');
  });

  it('goes on in a later epoch of its own without loading anew', async () => {
    const { runtime, writer, shards } = counters();
    await runtime.elect(0, 1);
    await runtime.elect(0, 4);
    await runtime.write('add', 0, add('a'));
    expect(shards).toHaveLength(1);
    expect(writer.appends[0]!.leaderEpoch).toBe(4);
  });

  it('loads anew when the log is not where it should be', async () => {
    const { runtime, writer, shards, read } = counters();
    await runtime.elect(0, 0);
    const foreign = buildBatch([{ timestamp: 0, key: Buffer.from('b'), value: Buffer.from('9') }]);
    writer.fill(0, foreign);
    expect(await outcome(runtime.write('add', 0, add('a')))).toBe('NOT_COORDINATOR');
    await settled();
    expect(shards).toHaveLength(2);
    expect([await read('a'), await read('b')]).toEqual([1, 9]);
  });

  it('runs timers as operations, replaces and cancels them by key, and retries those that ask for it', async () => {
    const { runtime, writer, clock, shards, read } = counters();
    await runtime.elect(0, 0);
    const shard = shards[0]!;
    const { timers } = shard.ports;
    const fire = (name: string) => () => ({ ...add(name)(shard), response: undefined });
    timers.schedule('replaced', 10, fire('never'));
    timers.schedule('replaced', 20, fire('once'));
    timers.schedule('cancelled', 10, fire('never'));
    timers.cancel('cancelled');
    await clock.advance(20);
    expect([await read('never'), await read('once'), timers.size]).toEqual([undefined, 1, 0]);

    timers.schedule('retried', 10, fire('retried'), 500);
    writer.nextFailure = refused;
    await clock.advance(10);
    expect(await read('retried')).toBeUndefined();
    await clock.advance(500);
    expect(await read('retried')).toBe(1);

    timers.schedule('unloaded', 10, fire('never'));
    runtime.close();
    await clock.advance(10);
    expect(timers.size).toBe(0);
    expect(await outcome(runtime.write('add', 0, add('a')))).toBe('COORDINATOR_NOT_AVAILABLE');
  });

  it('writes batches as Kafka does: create time, no producer, sequence 0', async () => {
    const { runtime, writer, clock } = counters();
    await runtime.elect(0, 0);
    await runtime.write('add', 0, add('a'));
    const batch = new BatchView(writer.log(0).batches[0]!);
    const { baseSequence, producerId, producerEpoch, timestampType, maxTimestamp } = batch;
    expect({ baseSequence, producerId, producerEpoch, timestampType, maxTimestamp }).toEqual({
      baseSequence: 0,
      producerId: -1,
      producerEpoch: -1,
      timestampType: 'CreateTime',
      maxTimestamp: clock.now(),
    });
    expect([...records(batch)].map(({ key }) => key!.toString())).toEqual(['a']);
  });
});
