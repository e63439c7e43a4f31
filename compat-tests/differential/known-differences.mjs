/** Where Samsa answers otherwise on purpose, and why; by the scenario's name. */
export const knownDifferences = new Map([
  ['null records (Produce v9)', 'Apache Kafka fails inside and closes the connection; Samsa answers INVALID_RECORD'],
  [
    'version 4 (Fetch v4)',
    'the log holds a zstd batch, which no client of this version can read: Samsa says UNSUPPORTED_COMPRESSION_TYPE, ' +
      'where Apache Kafka looks at the topic config alone and sends what cannot be read',
  ],
  ['unknown operation (IncrementalAlterConfigs v1)', 'INVALID_REQUEST says more than UNKNOWN_SERVER_ERROR'],
]);
