/** ConsumerProtocolAssignment: what the classic group leader assigns to a member, inside SyncGroup. */
import { array, bytes, message, string } from '../table.ts';

export const consumerProtocolAssignment = message({
  name: 'ConsumerProtocolAssignment',
  versions: '0-3',
  flexible: 'none',
  fields: {
    assignedPartitions: array('0+', {
      topic: string('0+', { entityType: 'topicName', mapKey: true }),
      partitions: array('0+', 'int32'),
    }),
    userData: bytes('0+', { nullable: '0+', default: null }),
  },
});
