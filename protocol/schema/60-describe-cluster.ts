/** DescribeCluster, API key 60: versions 0–2, flexible from 0. */
import { array, bool, int8, int16, int32, message, string } from './table.ts';

export const describeClusterRequest = message({
  name: 'DescribeClusterRequest',
  versions: '0-2',
  flexible: '0+',
  apiKey: 60,
  listeners: ['broker', 'controller'],
  fields: {
    includeClusterAuthorizedOperations: bool('0+'),
    endpointType: int8('1+', { default: 1 }),
    includeFencedBrokers: bool('2+'),
  },
});

export const describeClusterResponse = message({
  name: 'DescribeClusterResponse',
  versions: '0-2',
  flexible: '0+',
  apiKey: 60,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+', default: null }),
    endpointType: int8('1+', { default: 1 }),
    clusterId: string('0+'),
    controllerId: int32('0+', { default: -1, entityType: 'brokerId' }),
    brokers: array('0+', {
      brokerId: int32('0+', { entityType: 'brokerId', mapKey: true }),
      host: string('0+'),
      port: int32('0+'),
      rack: string('0+', { nullable: '0+', default: null }),
      isFenced: bool('2+'),
    }),
    clusterAuthorizedOperations: int32('0+', { default: -2147483648 }),
  },
});
