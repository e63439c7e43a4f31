/**
 * Where the replicas of new partitions go: leaders spread over racks and brokers in turn, followers over the racks
 * behind, fenced brokers last and never first. The order is that of Kafka's striped placement.
 */
import { KafkaError } from '../../../protocol/errors.ts';
import type { Random } from '../../platform/random.ts';
import type { BrokerRegistration } from '../image.ts';

/** Throws INVALID_REPLICATION_FACTOR when there are not that many brokers. */
export function placeReplicas(
  brokers: Iterable<BrokerRegistration>,
  numPartitions: number,
  replicationFactor: number,
  random: Random,
): number[][] {
  const usable = [...brokers].filter((broker) => !broker.inControlledShutdown);
  const unfenced = usable.filter((broker) => !broker.fenced);
  if (unfenced.length === 0) throw refusal('All brokers are currently fenced.');
  if (replicationFactor > usable.length) {
    throw refusal(
      `The target replication factor of ${replicationFactor} cannot be reached because only ${usable.length} ` +
        'broker(s) are registered or some brokers have all their log directories cordoned.',
    );
  }
  const racks = new Racks(usable, unfenced.length, random);
  return Array.from({ length: numPartitions }, () => racks.place(replicationFactor));
}

function refusal(message: string): KafkaError {
  return new KafkaError('INVALID_REPLICATION_FACTOR', message);
}

/** Brokers taken in turn: each round begins one further than the last. */
class Ring {
  readonly #ids: number[];
  #start: number;
  #taken = 0;
  #round = 0;

  constructor(ids: number[], random: Random) {
    this.#ids = ids.sort((a, b) => a - b);
    this.#start = pick(ids.length, random);
  }

  next(round: number): number | undefined {
    const { length } = this.#ids;
    if (length === 0) return undefined;
    if (this.#round !== round) {
      this.#round = round;
      this.#taken = 0;
      this.#start = (this.#start + 1) % length;
    }
    if (this.#taken >= length) return undefined;
    return this.#ids[(this.#start + this.#taken++) % length];
  }

  shuffle(random: Random): void {
    shuffle(this.#ids, random);
  }
}

interface Rack {
  readonly unfenced: Ring;
  readonly fenced: Ring;
}

class Racks {
  readonly #racks: Rack[];
  readonly #unfencedBrokers: number;
  readonly #random: Random;
  #round = 0;
  #first: number;

  constructor(brokers: readonly BrokerRegistration[], unfencedBrokers: number, random: Random) {
    // A missing rack sorts before every name.
    const names = [...new Set(brokers.map(({ rack }) => rack))].sort((a, b) =>
      a === null ? -1 : b === null ? 1 : a < b ? -1 : 1,
    );
    const ids = (rack: string | null, fenced: boolean): number[] =>
      brokers.flatMap((broker) => (broker.rack === rack && broker.fenced === fenced ? [broker.id] : []));
    this.#racks = names.map((name) => ({
      unfenced: new Ring(ids(name, false), random),
      fenced: new Ring(ids(name, true), random),
    }));
    this.#unfencedBrokers = unfencedBrokers;
    this.#random = random;
    this.#first = pick(this.#racks.length, random);
  }

  place(replicationFactor: number): number[] {
    // After every broker led once the order is drawn anew, so that followers do not repeat either.
    if (this.#round === this.#unfencedBrokers && this.#unfencedBrokers > 1) {
      shuffle(this.#racks, this.#random);
      for (const { unfenced, fenced } of this.#racks) {
        unfenced.shuffle(this.#random);
        fenced.shuffle(this.#random);
      }
      this.#round = 0;
    }
    const count = this.#racks.length;
    const round = this.#round++;
    const start = this.#first % count;
    this.#first = start + 1;
    let leaderRack = start;
    let leader = this.#racks[leaderRack]!.unfenced.next(round);
    while (leader === undefined) {
      leaderRack = (leaderRack + 1) % count;
      leader = this.#racks[leaderRack]!.unfenced.next(round);
    }
    const replicas = [leader];
    let skip = leaderRack;
    for (let at = start; replicas.length < replicationFactor; at = (at + 1) % count) {
      if (at === skip) {
        // The leader's rack is passed over once.
        skip = -1;
        continue;
      }
      const rack = this.#racks[at]!;
      const next = rack.unfenced.next(round) ?? rack.fenced.next(round);
      if (next !== undefined) replicas.push(next);
    }
    return replicas;
  }
}

function pick(length: number, random: Random): number {
  return length === 0 ? 0 : Math.floor(random.float() * length);
}

function shuffle<T>(values: T[], random: Random): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = pick(i + 1, random);
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
}
