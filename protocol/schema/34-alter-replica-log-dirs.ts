/** AlterReplicaLogDirs, API key 34: versions 1–2, flexible from 2. */
import { array, int16, int32, message, string } from './table.ts';

export const alterReplicaLogDirsRequest = message({
  name: 'AlterReplicaLogDirsRequest',
  versions: '1-2',
  flexible: '2+',
  apiKey: 34,
  listeners: ['broker'],
  fields: {
    dirs: array('0+', {
      path: string('0+', { mapKey: true }),
      topics: array('0+', {
        name: string('0+', { entityType: 'topicName', mapKey: true }),
        partitions: array('0+', 'int32'),
      }),
    }),
  },
});

export const alterReplicaLogDirsResponse = message({
  name: 'AlterReplicaLogDirsResponse',
  versions: '1-2',
  flexible: '2+',
  apiKey: 34,
  fields: {
    throttleTimeMs: int32('0+'),
    results: array('0+', {
      topicName: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
      }),
    }),
  },
});
