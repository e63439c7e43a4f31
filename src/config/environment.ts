/**
 * `KAFKA_*` environment variables as Apache Kafka's Docker image turns them into server properties, and `SAMSA_*` ones
 * for Samsa's own keys.
 */

/** Variables of the image that are about its JVM, logging and scripts. */
const EXCLUDED: ReadonlySet<string> = new Set([
  'KAFKA_VERSION',
  'KAFKA_HEAP_OPTS',
  'KAFKA_LOG4J_OPTS',
  'KAFKA_OPTS',
  'KAFKA_JMX_OPTS',
  'KAFKA_JVM_PERFORMANCE_OPTS',
  'KAFKA_GC_LOG_OPTS',
  'KAFKA_LOG4J_ROOT_LOGLEVEL',
  'KAFKA_LOG4J_LOGGERS',
  'KAFKA_TOOLS_LOG4J_LOGLEVEL',
  'KAFKA_JMX_HOSTNAME',
]);

/** `KAFKA_A_B` is a.b, `KAFKA_A__B` is a_b, `KAFKA_A___B` is a-b, `SAMSA_A_B` is samsa.a.b; in order of their names. */
export function propertiesFromEnvironment(env: NodeJS.ProcessEnv): Map<string, string> {
  const entries = new Map<string, string>();
  for (const name of Object.keys(env).sort()) {
    const value = env[name];
    if (value === undefined || EXCLUDED.has(name)) continue;
    if (name.startsWith('KAFKA_')) entries.set(keyOf(name.replaceAll('KAFKA_', '')), value);
    if (name.startsWith('SAMSA_')) entries.set(keyOf(name), value);
  }
  return entries;
}

function keyOf(variable: string): string {
  return variable.toLowerCase().replaceAll('_', '.').replaceAll('...', '-').replaceAll('..', '_');
}
