/** What clients push of themselves (KIP-714), as families of the broker's. */
import type { ClientSample } from '../client-metric-totals.ts';
import type { MetricFamily, Sample } from './metric-family.ts';
import type { ObservedParts } from './observed-parts.ts';

const PREFIX = 'kafka_client_';
/** What Kafka's clients put before every name. */
const KAFKA = 'org.apache.kafka.';
const INSTANCE = 'client_instance_id';

export async function clientPushMetrics({ clientMetrics }: Pick<ObservedParts, 'clientMetrics'>) {
  return clientFamilies(await clientMetrics.samples());
}

/**
 * `org.apache.kafka.producer.connection.creation.total` is `kafka_client_producer_connection_creation_total`, with the
 * client's id and its attributes as labels. Names are any client's to choose: those that become the same are one family of
 * the first one's kind, and a series that is there already is left out, since Prometheus refuses the whole scrape for it.
 */
export function clientFamilies(samples: Iterable<ClientSample>): MetricFamily[] {
  const families = new Map<string, MetricFamily & { readonly samples: Sample[]; readonly seen: Set<string> }>();
  for (const { clientInstanceId, name, kind, attributes, value } of samples) {
    const familyName = PREFIX + sanitized(name.startsWith(KAFKA) ? name.slice(KAFKA.length) : name);
    let family = families.get(familyName);
    if (family === undefined) {
      const help = `${name}, as clients pushed it`;
      family = { name: familyName, help, type: kind, samples: [], seen: new Set() };
      families.set(familyName, family);
    }
    const labels: Record<string, string> = {};
    for (const [key, text] of attributes) labels[labelName(key)] = text;
    labels[INSTANCE] = clientInstanceId;
    const series = JSON.stringify(Object.entries(labels).sort());
    if (family.seen.has(series)) continue;
    family.seen.add(series);
    family.samples.push({ value, labels });
  }
  return [...families.values()].map(({ seen: _, ...family }) => family);
}

function sanitized(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '_');
}

/** Labels do not begin with a digit, and two underscores are Prometheus's own. */
function labelName(key: string): string {
  return sanitized(key).replace(/^(?:_+|(?=\d)|$)/, 'a_');
}
