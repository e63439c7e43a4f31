/**
 * 1,000 consumers in 100 groups of the classic protocol: every group reads every record, before and after one member of
 * each has left at once. Heartbeats, by which members learn of a rebalance, come every 0.5 s.
 */
import { Load } from '../support/load.mjs';
import { cpuSeconds, residentMb } from '../support/proc.mjs';

const GROUPS = 100;
const MEMBERS = 10;

export default {
  title: '1,000 consumers in 100 groups: all join, all read every record, one of each group leaves, all read on',
  brokers: ['samsa', 'kafka'],
  async run(broker) {
    const made = await broker.topics.create(MEMBERS);
    const topic = { name: made.name, topicId: made.topicId, partitions: MEMBERS };
    await broker.topics.findCoordinator();
    const load = new Load('groups', { address: broker.address, topic, groups: GROUPS, members: MEMBERS });
    try {
      await load.step('prepare');
      const cpuBefore = cpuSeconds(broker.pid);
      const figures = await load.step('go');
      const brokerCpuSeconds = cpuSeconds(broker.pid) - cpuBefore;
      await load.step('stop');
      await made.delete();
      return { ...figures, brokerCpuSeconds, residentMb: residentMb(broker.pid) };
    } catch (error) {
      load.kill();
      throw error;
    }
  },
};
