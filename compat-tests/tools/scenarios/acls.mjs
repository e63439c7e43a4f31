/** kafka-acls, and what clients see of it. Every client is User:ANONYMOUS; what has no ACL is everybody's. */
import assert from 'node:assert/strict';

/** The tool prints hash sets of enum constants. */
const asSet = { isSorted: true, hides: [[/^\s+/g, '']] };

export default {
  async 'kafka-acls: add, list, remove'({ run }) {
    const alice = '--allow-principal User:alice';
    // With an ACL on the cluster, a broker must be allowed to be one.
    await run('kafka-acls --add --allow-principal User:ANONYMOUS --operation All --cluster', asSet);
    await run(`kafka-acls --add ${alice} --operation Read --operation Describe --topic ledger`, asSet);
    await run(
      `kafka-acls --add ${alice} --deny-principal User:mallory --deny-host 10.0.0.7 --operation Write --topic ledger`,
      asSet,
    );
    await run(`kafka-acls --add ${alice} --producer --idempotent --topic led- --resource-pattern-type prefixed`, asSet);
    await run(`kafka-acls --add ${alice} --consumer --topic ledger --group readers`, asSet);
    await run(`kafka-acls --add ${alice} --producer --transactional-id pay --topic ledger`, asSet);
    await run(`kafka-acls --add ${alice} --operation All --delegation-token token-1`, asSet);
    await run(`kafka-acls --add ${alice} --operation CreateTokens --user-principal User:bob`, asSet);
    await run(`kafka-acls --add ${alice} --operation Read --topic *`, asSet);
    await run('kafka-acls --list', asSet);
    await run('kafka-acls --list --topic ledger', asSet);
    await run('kafka-acls --list --topic led-7 --resource-pattern-type match', asSet);
    await run('kafka-acls --list --topic led- --resource-pattern-type any', asSet);
    await run('kafka-acls --list --topic ledger --principal User:mallory', asSet);
    const wrong = await run(`kafka-acls --add ${alice} --operation CreateTokens --topic ledger`, { isPrivate: true });
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /ResourceType TOPIC only supports operations/);
    await run('kafka-acls --add --allow-principal alice --operation Read --topic ledger');
    await run('kafka-acls --remove --force --allow-principal User:alice --operation Describe --topic ledger', asSet);
    await run('kafka-acls --list --topic ledger', asSet);
    await run('kafka-acls --remove --force --topic ledger', asSet);
    await run('kafka-acls --remove --force --topic *', asSet);
    await run('kafka-acls --remove --force --topic led-7 --resource-pattern-type match', asSet);
    await run('kafka-acls --bootstrap-controller {controller} --list', asSet);
    await run('kafka-acls --bootstrap-controller {controller} --remove --force --delegation-token token-1', asSet);
    await run('kafka-acls --remove --force --cluster', asSet);
    await run('kafka-acls --remove --force --group readers', asSet);
    await run('kafka-acls --remove --force --transactional-id pay', asSet);
    await run('kafka-acls --remove --force --user-principal User:bob', asSet);
    const { out } = await run('kafka-acls --list');
    assert.equal(out.trim(), '');
  },

  async 'kafka-acls: a client is refused what is denied, and let again'({ run }) {
    await run('kafka-topics --create --topic vault');
    const produce = (line, how) => run('kafka-console-producer --topic vault', { input: `${line}\n`, ...how });
    const consume = (how) =>
      run(
        'kafka-console-consumer --topic vault --group keepers --from-beginning --max-messages 1 --timeout-ms 8000',
        how,
      );
    await produce('first');
    await run('kafka-acls --add --allow-principal User:alice --operation All --topic vault', asSet);
    const written = await produce('second', { hides: [/ after \d+ ms/g] });
    assert.match(written.out + written.err, /Not authorized to access topics: \[vault\]/);
    const read = await consume({ hides: [/ after \d+ ms/g] });
    assert.match(read.out + read.err, /Not authorized to access topics: \[vault\]/);
    await run('kafka-topics --list --exclude-internal', { isPrivate: true }).then(({ out }) =>
      assert.ok(!/^vault$/m.test(out)),
    );
    await run('kafka-get-offsets --topic vault');
    await run('kafka-topics --describe --topic vault');
    await run('kafka-topics --delete --topic vault');
    await run(
      'kafka-acls --add --allow-principal User:ANONYMOUS --allow-host 127.0.0.1 --operation Read --operation Describe --topic va --resource-pattern-type prefixed',
      asSet,
    );
    const first = await consume();
    assert.equal(first.out.trim(), 'first', 'the second was not written');
    const denied = await produce('third', { isPrivate: true });
    assert.match(denied.out + denied.err, /Not authorized to access topics: \[vault\]/);
    await run('kafka-acls --add --deny-principal User:* --operation Read --group keepers', asSet);
    const kept = await consume({ hides: [/ after \d+ ms/g] });
    assert.match(kept.out + kept.err, /Not authorized to access group: keepers/);
    await run('kafka-acls --remove --force --group keepers', asSet);
    await run('kafka-acls --remove --force --topic vault', asSet);
    await run('kafka-acls --remove --force --topic va --resource-pattern-type prefixed', asSet);
    await produce('fourth');
    await run('kafka-get-offsets --topic vault');
  },
};
