/** Compiled, not run: the declarations as an ES module sees them. */
import { type ConsumedMessage, type EmbeddedBroker, type Fault, KafkaError, startBroker } from 'samsa';
import { type ErrorName, errorName } from 'samsa/protocol';

export async function greet(): Promise<string | undefined> {
  await using broker: EmbeddedBroker = await startBroker({ configs: { 'num.partitions': 3 }, storage: 'memory' });
  const { offset } = await broker.produce('t', { key: 'k', value: 'v', headers: { h: 'x' } });
  const fault: Fault = { api: 'Produce', error: 'NOT_LEADER_OR_FOLLOWER', count: 1 };
  const fired: number = broker.faults.inject(fault).fired;
  const messages: ConsumedMessage[] = await broker.consume('t', { offset: offset + fired });
  for await (const message of broker.stream('t')) return message.value?.toString();
  const name: ErrorName = errorName(new KafkaError('NOT_CONTROLLER', 'why').errorCode);
  // @ts-expect-error there is no such error
  broker.faults.inject({ error: 'NO_SUCH_ERROR' });
  // @ts-expect-error a topic has a name
  await broker.produce(1, { value: 'v' });
  return messages[0]?.key?.toString() ?? name;
}
