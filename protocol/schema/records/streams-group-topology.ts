/** StreamsGroupTopology: key and value of a record of __consumer_offsets, record type 23. */
import { array, type Fields, int16, int32, message, string } from '../table.ts';

export const streamsGroupTopologyKey = message({
  name: 'StreamsGroupTopologyKey',
  versions: '0',
  flexible: 'none',
  apiKey: 23,
  fields: {
    groupId: string('0'),
  },
});

const topicConfig = {
  key: string('0+'),
  value: string('0+'),
} as const satisfies Fields;

const topicInfo = {
  name: string('0+'),
  partitions: int32('0+'),
  replicationFactor: int16('0+'),
  topicConfigs: array('0+', topicConfig),
} as const satisfies Fields;

export const streamsGroupTopologyValue = message({
  name: 'StreamsGroupTopologyValue',
  versions: '0',
  flexible: '0+',
  apiKey: 23,
  fields: {
    epoch: int32('0+'),
    subtopologies: array('0+', {
      subtopologyId: string('0+'),
      sourceTopics: array('0+', 'string'),
      sourceTopicRegex: array('0+', 'string'),
      stateChangelogTopics: array('0+', topicInfo),
      repartitionSinkTopics: array('0+', 'string'),
      repartitionSourceTopics: array('0+', topicInfo),
      copartitionGroups: array('0+', {
        sourceTopics: array('0+', 'int16'),
        sourceTopicRegex: array('0+', 'int16'),
        repartitionSourceTopics: array('0+', 'int16'),
      }),
    }),
  },
});
