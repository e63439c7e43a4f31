/** DescribeLogDirs, API key 35: versions 1–5, flexible from 2. */
import { array, bool, int16, int32, int64, message, string } from './table.ts';

export const describeLogDirsRequest = message({
  name: 'DescribeLogDirsRequest',
  versions: '1-5',
  flexible: '2+',
  apiKey: 35,
  listeners: ['broker'],
  fields: {
    topics: array(
      '0+',
      {
        topic: string('0+', { entityType: 'topicName', mapKey: true }),
        partitions: array('0+', 'int32'),
      },
      { nullable: '0+' },
    ),
  },
});

export const describeLogDirsResponse = message({
  name: 'DescribeLogDirsResponse',
  versions: '1-5',
  flexible: '2+',
  apiKey: 35,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('3+', { ignorable: true }),
    results: array('0+', {
      errorCode: int16('0+'),
      logDir: string('0+'),
      topics: array('0+', {
        name: string('0+', { entityType: 'topicName' }),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          partitionSize: int64('0+'),
          offsetLag: int64('0+'),
          isFutureKey: bool('0+'),
        }),
      }),
      totalBytes: int64('4+', { default: -1, ignorable: true }),
      usableBytes: int64('4+', { default: -1, ignorable: true }),
      isCordoned: bool('5+', { default: false, ignorable: true }),
    }),
  },
});
