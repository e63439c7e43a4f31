/** kafka-get-offsets, kafka-delete-records, kafka-reassign-partitions, kafka-leader-election, kafka-log-dirs. */
import assert from 'node:assert/strict';

export default {
  async 'kafka-get-offsets: every time'({ run }) {
    await run('kafka-topics --create --topic timed --partitions 2 --config retention.ms=-1');
    const input = 'old:1\nold:2\nold:3\n';
    const keys = '--reader-property parse.key=true --reader-property key.separator=:';
    await run(`kafka-console-producer --topic timed ${keys}`, { input });
    // By a producer of its own: later than the others for certain.
    await run(`kafka-console-producer --topic timed ${keys}`, { input: 'old:4\n' });
    const offsets = 'kafka-get-offsets --topic timed';
    await run(offsets);
    await run(`${offsets} --time -1`);
    await run(`${offsets} --time latest`);
    await run(`${offsets} --time -2`);
    await run(`${offsets} --time earliest`);
    await run(`${offsets} --time -3`);
    await run(`${offsets} --time max-timestamp`);
    await run(`${offsets} --time -4`);
    await run(`${offsets} --time earliest-local`);
    await run(`${offsets} --time -5`);
    await run(`${offsets} --time latest-tiered`);
    await run(`${offsets} --time -6`);
    await run(`${offsets} --time earliest-pending-upload`);
    await run(`${offsets} --time 0`);
    await run(`${offsets} --time 4102444800000`);
    await run(`${offsets} --time soon`);
    await run(`${offsets} --partitions 1,7`);
    await run('kafka-get-offsets --topic-partitions timed:0-1,timed:1-');
    await run('kafka-get-offsets --topic tim.* --exclude-internal-topics');
    await run('kafka-get-offsets --topic nowhere');
  },

  async 'kafka-delete-records'({ run, file }) {
    await run('kafka-topics --create --topic shortened');
    const lines = Array.from({ length: 10 }, (_, i) => `line ${i}`);
    await run('kafka-console-producer --topic shortened', { input: `${lines.join('\n')}\n` });
    const upTo = (offset) =>
      file('offsets.json', { version: 1, partitions: [{ topic: 'shortened', partition: 0, offset }] });
    await run(`kafka-delete-records --offset-json-file ${upTo(4)}`);
    await run('kafka-get-offsets --topic shortened --time earliest');
    const read = await run(
      'kafka-console-consumer --topic shortened --group reads-shortened --from-beginning --max-messages 6',
    );
    assert.deepEqual(read.out.trim().split('\n'), lines.slice(4));
    await run(`kafka-delete-records --offset-json-file ${upTo(2)}`);
    await run(`kafka-delete-records --offset-json-file ${upTo(11)}`);
    await run(`kafka-delete-records --offset-json-file ${upTo(-1)}`);
    await run('kafka-get-offsets --topic shortened --time earliest');
  },

  async 'kafka-reassign-partitions: generate, execute, verify, list, cancel'({ run, file }) {
    await run('kafka-topics --create --topic placed --partitions 2');
    const reassign = 'kafka-reassign-partitions';
    const topics = file('topics.json', { version: 1, topics: [{ topic: 'placed' }] });
    const generated = await run(`${reassign} --generate --topics-to-move-json-file ${topics} --broker-list 1`);
    const proposed = JSON.parse(generated.out.trim().split('\n').at(-1));
    assert.deepEqual(
      proposed.partitions.map(({ replicas }) => replicas),
      [[1], [1]],
    );
    await run(`${reassign} --generate --topics-to-move-json-file ${topics} --broker-list 1,2`);
    const plan = file('plan.json', { version: 1, partitions: proposed.partitions });
    await run(`${reassign} --execute --reassignment-json-file ${plan} --throttle 1000000`);
    await run('kafka-configs --broker 1 --describe');
    await run('kafka-configs --topic placed --describe');
    await run(`${reassign} --list`);
    await run(`${reassign} --bootstrap-controller {controller} --list`);
    await run(`${reassign} --verify --reassignment-json-file ${plan}`);
    await run('kafka-configs --broker 1 --describe');
    await run('kafka-configs --topic placed --describe');
    await run(`${reassign} --cancel --reassignment-json-file ${plan}`);
    const away = file('away.json', { version: 1, partitions: [{ topic: 'placed', partition: 0, replicas: [1, 2] }] });
    await run(`${reassign} --execute --reassignment-json-file ${away}`);
    const missing = file('missing.json', {
      version: 1,
      partitions: [{ topic: 'placed', partition: 9, replicas: [1] }],
    });
    await run(`${reassign} --execute --reassignment-json-file ${missing}`);
    await run(`${reassign} --verify --reassignment-json-file ${missing}`);
  },

  async 'kafka-reassign-partitions: from one log dir to another'({ run, file, broker }) {
    await run('kafka-topics --create --topic moved');
    await run('kafka-console-producer --topic moved', { input: 'a\nb\n' });
    const where = async () => {
      const { out } = await run('kafka-log-dirs --describe --topic-list moved', { isPrivate: true });
      const { brokers } = JSON.parse(out.trim().split('\n').at(-1));
      return brokers[0].logDirs.find(({ partitions }) => partitions.some(({ isFuture }) => !isFuture)).logDir;
    };
    const from = await where();
    const to = broker.logDirs.find((dir) => dir !== from);
    // Which of the two it is in is not told.
    const hides = [/<dirs>\/[ab]\b/g];
    const plan = (directory) =>
      file(
        'move.json',
        { version: 1, partitions: [{ topic: 'moved', partition: 0, replicas: [1], log_dirs: [directory] }] },
        { hides },
      );
    const reassign = 'kafka-reassign-partitions --reassignment-json-file';
    await run(`${reassign} ${plan(to)} --execute --replica-alter-log-dirs-throttle 100000000`, { hides });
    for (let tries = 0; (await where()) !== to; tries++) assert.ok(tries < 20, 'it is moved');
    await run(`${reassign} ${plan(to)} --verify`, { hides });
    await run('kafka-console-consumer --topic moved --group reads-moved --from-beginning --max-messages 2');
    await run(`${reassign} ${plan('/no/such/dir')} --execute --timeout 1000`, { hides });
  },

  async 'kafka-leader-election'({ run, file }) {
    await run('kafka-topics --create --topic led --partitions 2');
    const elect = 'kafka-leader-election --election-type';
    await run(`${elect} preferred --topic led --partition 0`);
    await run(`${elect} unclean --topic led --partition 1`);
    await run(`${elect} preferred --topic led --partition 9`);
    await run(`${elect} preferred --topic nowhere --partition 0`);
    const path = file('elections.json', { partitions: [0, 1, 2].map((partition) => ({ topic: 'led', partition })) });
    await run(`${elect} preferred --path-to-json-file ${path}`);
    await run(`${elect} preferred --all-topic-partitions`);
    await run(`${elect} unclean --all-topic-partitions`);
  },
};
