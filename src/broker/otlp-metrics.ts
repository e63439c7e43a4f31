/**
 * OTLP's `MetricsData` (opentelemetry-proto, metrics/v1) as Kafka's clients push it: gauges and sums. Histograms and
 * summaries, which no Kafka client sends, are passed over. Loaded with the first look at clients' metrics.
 */
import { PbfReader } from 'pbf';

/** One number of a client. */
export interface Measured {
  /** `org.apache.kafka.producer.connection.creation.total`. */
  readonly name: string;
  /** A counter only grows. */
  readonly kind: 'gauge' | 'counter';
  /** Whether the value is what was added since the last push. */
  readonly isDelta: boolean;
  /** Of the resource and of the point; the point's win. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly value: number;
}

/** A message of two bytes each could make millions of them. */
const MOST_POINTS = 20_000;
/** Of a resource or a point, and of name and attributes in characters: a resource's are repeated for each of its points. */
const MOST_ATTRIBUTES = 32;
const LONGEST_TEXT = 2048;
const DELTA = 1;
/** Which of a metric's fields hold data. */
const GAUGE = 5;
const SUM = 7;

type Attributes = Map<string, string>;
type Metric = Pick<Mutable<Measured>, 'name' | 'kind' | 'isDelta'> & { readonly points: Point[] };
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Point {
  readonly attributes: Attributes;
  value: number | undefined;
}

/** Throws for bytes that are no such message, and for one of too many metrics or points. */
export function decodeMetrics(bytes: Buffer): Measured[] {
  const decoder = new MetricsDecoder();
  new PbfReader(bytes).readFields((tag, into, reader) => {
    if (tag === 1) into.resource(reader);
  }, decoder);
  return decoder.measured;
}

class MetricsDecoder {
  readonly measured: Measured[] = [];
  #left = MOST_POINTS;

  /** ResourceMetrics. */
  resource(reader: PbfReader): void {
    const ofResource: Attributes = new Map();
    const metrics: Metric[] = [];
    reader.readMessage((tag, _, inner) => {
      if (tag === 1) attributesOf(inner, 1, ofResource);
      else if (tag === 2) this.#scope(inner, metrics);
    }, null);
    for (const { points, ...rest } of metrics) {
      for (const { attributes, value } of points) {
        if (value === undefined) continue;
        const all = new Map([...ofResource, ...attributes]);
        checkLength(rest.name, all);
        this.measured.push({ ...rest, attributes: all, value });
      }
    }
  }

  #scope(reader: PbfReader, metrics: Metric[]): void {
    reader.readMessage((tag, into, inner) => {
      if (tag === 2) into.push(this.#metric(inner));
    }, metrics);
  }

  #metric(reader: PbfReader): Metric {
    this.#count();
    const metric: Metric = { name: '', kind: 'gauge', isDelta: false, points: [] };
    return reader.readMessage((tag, into, inner) => {
      if (tag === 1) into.name = inner.readString();
      else if (tag === GAUGE || tag === SUM) this.#data(inner, into);
    }, metric);
  }

  /** A Gauge, or a Sum, which has two fields more. */
  #data(reader: PbfReader, metric: Metric): void {
    reader.readMessage((tag, into, inner) => {
      if (tag === 1) into.points.push(this.#point(inner));
      else if (tag === 2) into.isDelta = inner.readVarint() === DELTA;
      else if (tag === 3 && inner.readBoolean()) into.kind = 'counter';
    }, metric);
  }

  #point(reader: PbfReader): Point {
    this.#count();
    const point: Point = { attributes: new Map(), value: undefined };
    return reader.readMessage((tag, into, inner) => {
      if (tag === 4) into.value = inner.readDouble();
      else if (tag === 6) into.value = inner.readSFixed64();
      else if (tag === 7) attribute(inner, into.attributes);
    }, point);
  }

  #count(): void {
    this.#left--;
    if (this.#left < 0) throw new Error(`a push holds more than ${MOST_POINTS} metrics and points`);
  }
}

/** The attributes of a message that has them in that field. */
function attributesOf(reader: PbfReader, field: number, attributes: Attributes): void {
  reader.readMessage((tag, into, inner) => {
    if (tag === field) attribute(inner, into);
  }, attributes);
}

function attribute(reader: PbfReader, attributes: Attributes): void {
  const read = reader.readMessage(
    (tag, into, inner) => {
      if (tag === 1) into.key = inner.readString();
      else if (tag === 2) into.value = anyValue(inner);
    },
    { key: '', value: '' },
  );
  attributes.set(read.key, read.value);
  if (attributes.size > MOST_ATTRIBUTES) {
    throw new Error(`a resource or point of a push has more than ${MOST_ATTRIBUTES} attributes`);
  }
}

function checkLength(name: string, attributes: Attributes): void {
  let length = name.length;
  for (const [key, value] of attributes) length += key.length + value.length;
  if (length > LONGEST_TEXT) {
    throw new Error(`name and attributes of a pushed metric have ${length} characters, ${LONGEST_TEXT} are read`);
  }
}

/** As text; lists and maps, which no Kafka client sends, are empty. */
function anyValue(reader: PbfReader): string {
  const read = reader.readMessage(
    (tag, into, inner) => {
      if (tag === 1) into.text = inner.readString();
      else if (tag === 2) into.text = String(inner.readBoolean());
      else if (tag === 3) into.text = String(inner.readVarint(true));
      else if (tag === 4) into.text = String(inner.readDouble());
    },
    { text: '' },
  );
  return read.text;
}
