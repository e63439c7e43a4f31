/**
 * What is written to the partitions of a crash run: each has one idempotent producer and records that are numbered from
 * 0, so that a record's number is the offset it must have, and its bytes follow from its name and number.
 */
import { buildBatch } from '../../dist/protocol/index.js';

const maxInFlight = 5;
const DUPLICATE_SEQUENCE_NUMBER = 46;
const [LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER] = [5, 6];
const keys = 40;
const retryMs = 20;
const resendLimitMs = 10_000;

/** Small segments, by the size of their indexes: Kafka's least segment.bytes is 1 MiB. */
const smallSegments = { 'segment.index.bytes': '240', 'index.interval.bytes': '2000' };

export const retentionBytes = 200_000;
export const retentionMs = 600;

export const topics = {
  /** Everything stays. */
  kept: { partitions: 2, configs: smallSegments },
  'aged-by-size': {
    partitions: 1,
    configs: { ...smallSegments, 'retention.bytes': `${retentionBytes}`, 'retention.ms': '-1' },
  },
  'aged-by-time': { partitions: 1, configs: { ...smallSegments, 'retention.ms': `${retentionMs}` } },
  compacted: {
    partitions: 2,
    configs: {
      ...smallSegments,
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0.01',
      // Longer than a pass of a reader, who must see a tombstone whose older values it saw.
      'delete.retention.ms': '3000',
    },
  },
};

/** A record's key, value and headers. */
export function recordAt(topic, partition, number) {
  const key = topic === 'compacted' ? Buffer.from(`k${mix(number) % keys}`) : null;
  const isTombstone = topic === 'compacted' && mix(number + 7) % 19 === 0;
  const size = 20 + (mix(number + 3) % 400);
  const value = isTombstone ? null : Buffer.alloc(size, `${topic}-${partition} ${number} `);
  return { key, value, headers: [{ key: 'n', value: Buffer.from(`${number}`) }] };
}

/** Some 32 bits that follow from a number. */
function mix(number) {
  let x = Math.imul(number + 1, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
  return (x ^ (x >>> 13)) >>> 0;
}

export class Partition {
  /** Batches in the order in which they were made: `{ first, count, sizeInBytes, timestamp, bytes }`. */
  batches = [];
  /** Of `batches`, those that were not acknowledged. */
  pending = [];
  next = 0;
  acknowledged = 0;

  constructor(topic, index, random) {
    this.topic = topic;
    this.index = index;
    this.random = random;
  }

  async begin(raw) {
    const { producerId, producerEpoch } = await raw.request('InitProducerId', 4, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
    });
    Object.assign(this, { producerId, producerEpoch });
  }

  get name() {
    return `${this.topic}-${this.index}`;
  }

  /** Sends batches, five in flight, until the connection closes or `isOver`; a broker that stops may refuse them. */
  async load(raw, { isOver, mayRefuse }) {
    const inFlight = new Set();
    let isClosed = false;
    while (!isOver() && !isClosed) {
      const sent = this.#send(raw, this.#make()).then((code) => {
        inFlight.delete(sent);
        if (code === undefined || mayRefuse()) isClosed ||= code !== 0;
        else if (code !== 0) throw new Error(`${this.name}: a batch under load was answered ${code}`);
      });
      inFlight.add(sent);
      if (inFlight.size >= maxInFlight) await Promise.race(inFlight);
    }
    await Promise.all(inFlight);
  }

  /** Sends what was not acknowledged once more, as a client that retries does: then all of it is. */
  async resend(raw) {
    const deadline = Date.now() + resendLimitMs;
    for (const batch of [...this.pending]) {
      for (;;) {
        const code = await this.#send(raw, batch);
        if (code === 0) break;
        const isSoon = code === LEADER_NOT_AVAILABLE || code === NOT_LEADER_OR_FOLLOWER;
        if (!isSoon || Date.now() > deadline)
          throw new Error(`${this.name}: batch ${batch.first} sent again was answered ${code}`);
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  #make() {
    const count = 1 + Math.floor(this.random() * 12);
    const timestamp = Date.now();
    const first = this.next;
    const made = Array.from({ length: count }, (_, at) => ({
      timestamp,
      ...recordAt(this.topic, this.index, first + at),
    }));
    const bytes = buildBatch(made, {
      producerId: this.producerId,
      producerEpoch: this.producerEpoch,
      baseSequence: first,
      compression: this.random() < 0.2 ? 'lz4' : 'none',
    });
    const batch = { first, count, sizeInBytes: bytes.length, timestamp, bytes };
    this.next += count;
    this.batches.push(batch);
    this.pending.push(batch);
    return batch;
  }

  /** The error code, 0 where the broker knew the batch already; `undefined` without an answer. */
  async #send(raw, batch) {
    const answer = await raw.request('Produce', 9, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: this.topic, partitionData: [{ index: this.index, records: Buffer.from(batch.bytes) }] }],
    });
    if (answer === 'closed') return undefined;
    const { errorCode, baseOffset } = answer.responses[0].partitionResponses[0];
    if (errorCode !== 0 && errorCode !== DUPLICATE_SEQUENCE_NUMBER) return errorCode;
    if (errorCode === 0 && baseOffset !== batch.first)
      throw new Error(`${this.name}: batch ${batch.first} got offset ${baseOffset}`);
    this.pending = this.pending.filter((each) => each !== batch);
    // Once acknowledged it is not sent again.
    batch.bytes = undefined;
    this.acknowledged += batch.count;
    return 0;
  }
}
