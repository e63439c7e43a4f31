/** The broker that the tools talk to: one node with two log dirs, an authorizer and a controller's listener. */
import { mkdirSync } from 'node:fs';
import { freePort, startSamsa } from '../support/broker.mjs';
import { startKafka } from '../support/kafka.mjs';

const settings = [
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found=true',
  'delegation.token.secret.key=secret',
  'offsets.topic.num.partitions=2',
  'transaction.state.log.num.partitions=2',
  'metadata.log.max.record.bytes.between.snapshots=2000',
];
/** Apache Kafka answers a change before its broker goes by it: after one, tools wait for so long. */
const kafkaSettlesMs = 350;
const looksOnly = /describe|--list|get-offsets|api-versions|cluster-id|console-consumer/;

/** @param logDirs are formatted when they are empty, and kept */
export async function startBrokerOf(kind, logDirs) {
  for (const directory of logDirs) mkdirSync(directory, { recursive: true });
  if (kind === 'kafka') {
    const broker = await startKafka({ logDirs, java: ['-Xmx512m'], settings });
    const settles = (line) =>
      looksOnly.test(line) ? undefined : new Promise((resolve) => setTimeout(resolve, kafkaSettlesMs));
    return { ...broker, logDirs, settles };
  }
  const [port, controllerPort] = [await freePort(), await freePort()];
  const own = [
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    `log.dirs=${logDirs}`,
  ];
  const broker = await startSamsa({ home: { data: logDirs[0], port }, settings: [...own, ...settings] });
  return {
    ...broker,
    logDirs,
    controllerAddress: `127.0.0.1:${controllerPort}`,
    stop: () => broker.stop({ keepData: true }),
    settles: () => {},
  };
}
