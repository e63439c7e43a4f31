/** Broker keys that are one setting in several units, the first that is set wins (`brokerConfigSynonyms`). */
const UNITS: readonly (readonly [names: readonly string[], synonyms: readonly string[]])[] = [
  [
    ['log.roll.ms', 'log.roll.hours'],
    ['log.roll.ms', 'log.roll.hours'],
  ],
  [
    ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
    ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
  ],
  [['log.flush.interval.ms'], ['log.flush.interval.ms', 'log.flush.scheduler.interval.ms']],
  [
    ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
    ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
  ],
];
const LISTENER_KEY = /^listener\.name\.[^.]*\.(.*)$/;

/** The names under which a value for `name` may stand, the strongest first. */
export function brokerSynonyms(name: string): readonly string[] {
  const baseName = listenerBaseName(name);
  if (baseName !== undefined) return [name, baseName];
  return UNITS.find(([names]) => names.includes(name))?.[1] ?? [name];
}

/** The key behind `listener.name.<listener>.<key>`; undefined for keys that are of no listener. */
export function listenerBaseName(name: string): string | undefined {
  return LISTENER_KEY.exec(name)?.[1];
}
