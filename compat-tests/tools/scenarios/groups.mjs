/** kafka-consumer-groups, kafka-groups, kafka-transactions, and a console consumer as a member. */
import assert from 'node:assert/strict';

export default {
  async 'kafka-consumer-groups and kafka-groups'({ run, file }) {
    await run('kafka-topics --create --topic read');
    const input = Array.from({ length: 10 }, (_, i) => `line ${i}\n`).join('');
    await run('kafka-console-producer --topic read', { input });
    await run('kafka-console-consumer --topic read --group book-club --from-beginning --max-messages 4');
    await run('kafka-consumer-groups --list', { isSorted: true });
    await run('kafka-consumer-groups --list --state', { isSorted: true });
    await run('kafka-consumer-groups --list --type', { isSorted: true });
    await run('kafka-groups --list', { isSorted: true });
    await run('kafka-groups --list --consumer', { isSorted: true });
    await run('kafka-groups --list --group-type classic', { isSorted: true });
    await run('kafka-groups --list --protocol connect', { isSorted: true });
    const group = 'kafka-consumer-groups --group book-club';
    await run(`${group} --describe`);
    await run(`${group} --describe --members --verbose`);
    await run(`${group} --describe --state`);
    await run('kafka-consumer-groups --describe --all-groups --offsets', { isPrivate: true });
    await run(`${group} --reset-offsets --to-earliest --topic read --dry-run`);
    await run(`${group} --describe`);
    await run(`${group} --reset-offsets --shift-by 3 --topic read:0 --execute`);
    await run(`${group} --describe`);
    await run(`${group} --reset-offsets --to-offset 99 --topic read --execute`);
    const exported = await run(`${group} --reset-offsets --to-offset 2 --topic read --export --dry-run`);
    const path = file('reset.csv', exported.out);
    await run(`${group} --reset-offsets --from-file ${path} --execute`);
    const read = await run('kafka-console-consumer --topic read --group book-club --max-messages 8 --timeout-ms 8000');
    assert.equal(read.out.split('\n')[0], 'line 2');
    await run(`${group} --delete-offsets --topic read`);
    await run(`${group} --describe`);
    await run(`${group} --delete`);
    await run(`${group} --describe`);
    await run(`${group} --delete`);
    await run('kafka-consumer-groups --list', { isPrivate: true }).then(({ out }) =>
      assert.ok(!out.includes('book-club')),
    );
  },
};
