import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestNode } from './test-node.ts';

const topic = (name: string) => ({
  topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
  validateOnly: false,
});

describe('a metadata log that fails', () => {
  let test: TestNode;
  beforeEach(async () => {
    test = new TestNode();
    await test.startBroker();
    await test.node.controller.createTopics(topic('before'));
  });
  afterEach(() => test.remove());

  it('fails what was asked, and nothing of it is seen, now or after a restart', async () => {
    const { controller } = test.node;
    test.log.failure = new Error('EIO');
    const asked = [controller.createTopics(topic('lost')), controller.createTopics(topic('also lost'))];
    for (const answer of asked) await expect(answer).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    expect(test.failures.map(({ message }) => message)).toEqual(['EIO']);
    expect([...test.node.image().topicsByName.keys()]).toEqual(['before']);
    await expect(controller.createTopics(topic('after'))).rejects.toMatchObject({ error: 'NOT_CONTROLLER' });
    await test.startBroker();
    expect([...test.node.image().topicsByName.keys()]).toEqual(['before']);
  });
});
