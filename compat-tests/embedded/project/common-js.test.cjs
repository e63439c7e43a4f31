/** The same package by `require`. */
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { startBroker, KafkaError } = require('samsa');
const protocol = require('samsa/protocol');

test('require gives the same names', async () => {
  const broker = await startBroker({ storage: 'temporary' });
  try {
    await broker.produce('t', { value: 'v' });
    assert.equal(String((await broker.consume('t'))[0].value), 'v');
    await assert.rejects(broker.getTopicMetadata('missing'), (error) => {
      assert.ok(error instanceof KafkaError);
      assert.equal(error.error, 'UNKNOWN_TOPIC_OR_PARTITION');
      return true;
    });
  } finally {
    await broker.close();
  }
  assert.equal(typeof protocol.errorName, 'function');
});

test('both kinds of module share a process', async () => {
  const esm = await import('samsa');
  assert.deepEqual(Object.keys(esm).sort(), Object.keys(require('samsa')).sort());
});
