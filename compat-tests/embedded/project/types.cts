/** Compiled, not run: the declarations as `require` sees them. */
import samsa = require('samsa');

export async function greet(): Promise<string | undefined> {
  const broker: samsa.EmbeddedBroker = await samsa.startBroker();
  const produced: samsa.ProducedMessage[] = await broker.produce('t', [{ value: 'v' }]);
  // @ts-expect-error an offset is a number
  const offset: string = produced[0]?.offset;
  await broker.close();
  return offset;
}
