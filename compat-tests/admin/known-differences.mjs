/** Where Samsa answers a call of the Admin client otherwise on purpose, and why. */
export const knownDifferences = [
  {
    why: 'Apache Kafka says nothing in this error; Samsa names the topic',
    isIt: (_what, ours, theirs) => theirs === 'UnknownTopicOrPartitionException: ' && ours.startsWith(theirs),
  },
  {
    why: 'of a list of limits that cannot be parsed Apache Kafka gives the words of a Java exception',
    isIt: (_what, ours, theirs) =>
      theirs.includes(`${unparsed}: begin 0`) &&
      ours.replaceAll(wrongLimits, '!') === theirs.replaceAll(wrongLimits, '!'),
  },
  {
    why: 'of several wrong configs each names one, Apache Kafka the first of a hash',
    isIt: (_what, ours, theirs) =>
      namedConfigs(ours) !== namedConfigs(theirs) &&
      ours.replaceAll(wrongConfig, '!') === theirs.replaceAll(wrongConfig, '!'),
  },
];

const unparsed = "Error parsing configuration property 'max.connections.per.ip.overrides'";
/** Either broker's words. */
const wrongLimits =
  /InvalidRequestException: (?:max\.connections\.per\.ip\.overrides: .*? as limits\.|Error parsing configuration property .*? length \d+)/g;

const wrongConfig =
  /InvalidConfigurationException: (?:.*? configuration (\S+): |Can't (?:APPEND|SUBTRACT) to key (\S+) |Unknown topic config name: (\S+?)\b(?=[,}]|$)).*?(?=, [^ ]+=|}|$)/g;

function namedConfigs(answer) {
  return JSON.stringify(
    Array.from(answer.matchAll(wrongConfig), ([, ...keys]) => keys.find((key) => key !== undefined)),
  );
}
