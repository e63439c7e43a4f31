/** Where Samsa answers otherwise on purpose, and why; by the scenario's name. */
export const knownDifferences = new Map([
  ['null records (Produce v9)', 'Apache Kafka fails inside and closes the connection; Samsa answers INVALID_RECORD'],
  [
    'version 4 (Fetch v4)',
    'the log holds a zstd batch, which no client of this version can read: Samsa says UNSUPPORTED_COMPRESSION_TYPE, ' +
      'where Apache Kafka looks at the topic config alone and sends what cannot be read',
  ],
  ['unknown operation (IncrementalAlterConfigs v1)', 'INVALID_REQUEST says more than UNKNOWN_SERVER_ERROR'],
  ...named(
    'Apache Kafka fails inside and says UNKNOWN_SERVER_ERROR; Samsa says what is wrong',
    [0, 1].flatMap((version) =>
      ['of an old epoch', 'of an epoch to come', 'that is not there', 'before its begin', 'of another topic'].map(
        (what) => `snapshot ${what} (FetchSnapshot v${version})`,
      ),
    ),
  ),
  ...named(
    'Apache Kafka closes the connection; Samsa answers INVALID_REQUEST',
    ['', ' of a controller'].flatMap((of) => [
      ...['operation 0', 'permission 0', 'resource type 0', 'pattern type 0'].map(
        (what) => `acl${of}: ${what} (CreateAcls v3)`,
      ),
      ...['pattern 0', 'pattern 0 of t', 'unknown resource type 0', 'unknown operation 0', 'unknown permission 0'].map(
        (what) => `acls${of}: ${what} (DescribeAcls v3)`,
      ),
      `acls${of} away: one unknown, one good (DeleteAcls v3)`,
    ]),
  ),
  ...named(
    'INVALID_REQUEST says more than UNKNOWN_SERVER_ERROR',
    ['', ' of a controller'].flatMap((of) =>
      ['operation 1', 'permission 1', 'resource type 1', 'pattern type 1', 'pattern type 2'].map(
        (what) => `acl${of}: ${what} (CreateAcls v3)`,
      ),
    ),
  ),
]);

function named(why, names) {
  return names.map((name) => [name, why]);
}
