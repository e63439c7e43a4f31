import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { startTestBroker } from '../../support/test-broker.ts';
import { cli } from './support.ts';

describe('samsa topic', () => {
  test('makes, lists, describes, alters and deletes topics', async () => {
    const { port } = await startTestBroker();
    const created = await cli(port, ['topic', 'create', 'orders', '-p', '2', '-c', 'retention.ms=1000']);
    expect(created).toEqual({ stdout: 'orders created: 2 partitions, replication factor 1\n', stderr: '', code: 0 });
    expect((await cli(port, ['topic', 'list'])).stdout.split('\n')).toEqual([
      'TOPIC   PARTITIONS  REPLICAS  UNDER-REPLICATED',
      'orders           2         1                 0',
      '',
    ]);
    expect((await cli(port, ['topic', 'alter', 'orders', '-p', '3'])).code).toBe(0);
    const [described] = JSON.parse((await cli(port, ['topic', 'describe', 'orders', '--json'])).stdout);
    expect(described).toMatchObject({
      topic: 'orders',
      configs: { 'retention.ms': '1000' },
      partitions: [0, 1, 2].map((partition) => ({ partition, leader: 1, replicas: '1', isr: '1', start: 0, end: 0 })),
    });
    expect((await cli(port, ['topic', 'delete', 'orders'])).stdout).toBe('orders deleted\n');
    expect(JSON.parse((await cli(port, ['topic', 'list', '--json'])).stdout)).toEqual([]);
  });

  test("says Kafka's error and its sentence, and fails", async () => {
    const { port } = await startTestBroker();
    await cli(port, ['topic', 'create', 'a']);
    const again = await cli(port, ['topic', 'create', 'a']);
    expect(again.code).toBe(1);
    expect(again.stderr).toBe("samsa: TOPIC_ALREADY_EXISTS: Topic 'a' already exists.\n");
    expect((await cli(port, ['topic', 'create', 'a', '--if-not-exists'])).code).toBe(0);
    const missing = await cli(port, ['topic', 'delete', 'a', 'b']);
    expect(missing).toMatchObject({ code: 1, stdout: 'a deleted\n' });
    expect(missing.stderr).toContain('UNKNOWN_TOPIC_OR_PARTITION: b was not deleted');
    expect((await cli(port, ['topic', 'delete', 'b', '--if-exists'])).code).toBe(0);
    expect((await cli(port, ['topic', 'create', 'x', '-p', 'many'])).code).toBe(2);
  });

  test('without a broker there says what to try, at once', async () => {
    const result = await cli(1, ['topic', 'list']);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('no connection to 127.0.0.1:1: connect ECONNREFUSED');
    expect(result.stderr).toContain('samsa doctor');
  });
});

describe('samsa produce and consume', () => {
  test('lines with keys go where murmur2 sends them, and come back', async () => {
    const { port } = await startTestBroker();
    await cli(port, ['topic', 'create', 't', '-p', '3']);
    const lines = Array.from({ length: 10 }, (_, i) => `k${i + 1}:v${i + 1}`);
    expect((await cli(port, ['produce', 't', '-K', ':', '-H', 'h=x'], { stdin: lines.join('\n') })).code).toBe(0);
    const { stdout } = await cli(port, ['consume', 't', '-e', '-f', '%t %p %o %k %s %h\\n']);
    // Where kafka-console-producer 4.3.1 puts these keys of a topic of three partitions.
    expect(stdout.trimEnd().split('\n').sort()).toEqual([
      't 0 0 k2 v2 h=x',
      't 0 1 k5 v5 h=x',
      't 1 0 k3 v3 h=x',
      't 1 1 k4 v4 h=x',
      't 1 2 k6 v6 h=x',
      't 1 3 k7 v7 h=x',
      't 1 4 k10 v10 h=x',
      't 2 0 k1 v1 h=x',
      't 2 1 k8 v8 h=x',
      't 2 2 k9 v9 h=x',
    ]);
    expect((await cli(port, ['consume', 't', '-p', '1', '-o', '-2', '-e'])).stdout).toBe('v7\nv10\n');
    expect((await cli(port, ['consume', 't', '-p', '1', '-o', '3', '-c', '1'])).stdout).toBe('v7\n');
    expect((await cli(port, ['consume', 't', '-p', '3', '-e'])).stderr).toBe(
      'samsa: t has no partition 3: it has 0 to 2\n',
    );
  });

  test('JSON of one topic goes into another unchanged, bytes that are no text and tombstones too', async () => {
    const { port } = await startTestBroker();
    const messages = [
      { key: 'a', value: 'text', headers: { h: ['1', '2'] }, timestamp: 1_700_000_000_123 },
      { key: null, value: { base64: '/wD+' }, headers: {}, timestamp: 1_700_000_000_124 },
      { key: 'a', value: null, headers: {}, timestamp: 1_700_000_000_125 },
    ];
    const stdin = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
    expect(JSON.parse((await cli(port, ['produce', 'one', '--json'], { stdin })).stdout)).toEqual({
      topic: 'one',
      written: 3,
    });
    const copied = (await cli(port, ['consume', 'one', '-e', '--json'])).stdout;
    await cli(port, ['produce', 'two', '--json', '-z', 'zstd'], { stdin: copied });
    const { stdout } = await cli(port, ['consume', 'two', '-e', '--json']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(messages.map((message, offset) => ({ topic: 'two', partition: 0, offset, ...message })));
  });

  test('with --empty-as-null what is empty is a tombstone', async () => {
    const { port } = await startTestBroker();
    await cli(port, ['produce', 't', '-K', '=', '-Z'], { stdin: 'k=\n' });
    expect((await cli(port, ['consume', 't', '-e', '-f', '%k %S %s\\n'])).stdout).toBe('k -1 NULL\n');
  });

  test('a line that is no JSON is named, and nothing after it is written', async () => {
    const { port } = await startTestBroker();
    const result = await cli(port, ['produce', 't', '--json'], { stdin: '{"value":"a"}\nnonsense\n' });
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/^samsa: line 2 is not JSON/);
  });

  test('delimiters that are empty would be everywhere, and are refused', async () => {
    const { port } = await startTestBroker();
    for (const flag of ['-D', '-K']) {
      expect(await cli(port, ['produce', 't', flag, ''], { stdin: 'a\n' })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('may not be empty'),
      });
    }
  });

  test('a signal ends what waits for the next line', async () => {
    const { port } = await startTestBroker();
    const stdin = new PassThrough();
    const stop = new AbortController();
    await cli(port, ['topic', 'create', 't']);
    const produced = cli(port, ['produce', 't'], { stdin, signal: stop.signal });
    stdin.write('a\n');
    expect((await cli(port, ['consume', 't', '-c', '1'])).stdout).toBe('a\n');
    stop.abort();
    expect((await produced).code).toBe(0);
  });

  test('tail prints the last ones of each partition and then what comes', async () => {
    const { port } = await startTestBroker();
    await cli(port, ['produce', 't'], { stdin: '1\n2\n3\n' });
    expect((await cli(port, ['tail', 't', '-n', '2', '--no-follow'])).stdout).toBe('2\n3\n');
    const stop = new AbortController();
    let produced: Promise<unknown> | undefined;
    const tailed = cli(port, ['tail', 't', '-n', '1'], {
      signal: stop.signal,
      onOutput: (text) => {
        if (text === '3\n') produced = cli(port, ['produce', 't'], { stdin: '4\n' });
        if (text === '3\n4\n') stop.abort();
      },
    });
    expect(await tailed).toMatchObject({ stdout: '3\n4\n', code: 0 });
    await produced;
  });
});

describe('samsa group', () => {
  test('a member commits what it printed; the group is described, reset and deleted', async () => {
    const { port } = await startTestBroker();
    await cli(port, ['produce', 't'], { stdin: 'a\nb\nc\nd\n' });
    expect((await cli(port, ['consume', 't', '-G', 'g', '-c', '3'])).stdout).toBe('a\nb\nc\n');
    const [described] = JSON.parse((await cli(port, ['group', 'describe', 'g', '--json'])).stdout);
    expect(described).toMatchObject({
      group: 'g',
      state: 'Empty',
      members: [],
      offsets: [{ topic: 't', partition: 0, offset: 3, end: 4, lag: 1, member: null }],
    });
    expect((await cli(port, ['consume', 't', '-G', 'g', '-e'])).stdout).toBe('d\n');
    expect((await cli(port, ['group', 'reset', 'g', '--to', '-2', '--dry-run', '--json'])).stdout).toContain('"to": 2');
    expect((await cli(port, ['group', 'reset', 'g', '--to', '1'])).code).toBe(0);
    expect((await cli(port, ['consume', 't', '-G', 'g', '-e'])).stdout).toBe('b\nc\nd\n');
    expect(JSON.parse((await cli(port, ['group', 'list', '--json'])).stdout)).toEqual([
      { group: 'g', type: 'classic', protocol: 'consumer', state: 'Empty', coordinator: 1 },
    ]);
    expect((await cli(port, ['group', 'delete', 'g'])).stdout).toBe('g deleted\n');
    expect((await cli(port, ['group', 'describe', 'g'])).stderr).toMatch(/^samsa: GROUP_ID_NOT_FOUND/);
  });

  test('two members share the partitions, and the one that stays gets all', async () => {
    const { port } = await startTestBroker();
    await cli(port, ['topic', 'create', 't', '-p', '2']);
    const seen: string[] = [];
    const members = ['m1', 'm2'].map((name) => {
      const stop = new AbortController();
      const args = ['consume', 't', '-G', 'g', '-f', `${name}:%p:%s\\n`, '-X', 'heartbeat.interval.ms=50'];
      const run = cli(port, args, {
        signal: stop.signal,
        onOutput: (text) => {
          seen.push(...text.trimEnd().split('\n').slice(seen.length));
          if (seen.length === 2) stop.abort();
        },
      });
      return { stop, run };
    });
    const owners = async () => {
      const { code, stdout } = await cli(port, ['group', 'describe', 'g', '--json']);
      // Until the first one has joined, there is no such group.
      if (code !== 0) return [];
      const [group] = JSON.parse(stdout);
      return group.members.map((member: { partitions: unknown[] }) => member.partitions.length);
    };
    await until(async () => JSON.stringify(await owners()) === '[1,1]');
    members[0]!.stop.abort();
    await members[0]!.run;
    await until(async () => JSON.stringify(await owners()) === '[2]');
    for (const partition of ['0', '1']) await cli(port, ['produce', 't', '-p', partition], { stdin: 'x\n' });
    await members[1]!.run;
    expect(seen.sort()).toEqual(['m2:0:x', 'm2:1:x']);
  });

  test('offsets of a group with members are not reset', async () => {
    const { port } = await startTestBroker();
    await cli(port, ['produce', 't'], { stdin: 'a\n' });
    const stop = new AbortController();
    const member = cli(port, ['consume', 't', '-G', 'g'], {
      signal: stop.signal,
      onOutput: () => {
        refused ??= cli(port, ['group', 'reset', 'g', '--to', 'earliest', '-t', 't']).finally(() => stop.abort());
      },
    });
    let refused: ReturnType<typeof cli> | undefined;
    await member;
    expect((await refused!).stderr).toMatch(/^samsa: NON_EMPTY_GROUP: group g has members/);
  });
});

describe('samsa config', () => {
  test('shows where values come from, sets, appends and unsets them', async () => {
    const { port } = await startTestBroker();
    await cli(port, ['topic', 'create', 't', '-c', 'cleanup.policy=compact']);
    expect((await cli(port, ['config', 'get', 'topic', 't'])).stdout).toBe('cleanup.policy=compact  (topic)\n');
    await cli(port, ['config', 'set', 'topic', 't', 'cleanup.policy=delete', '--append']);
    const entries = JSON.parse((await cli(port, ['config', 'get', 'topic', 't', '--all', '--json'])).stdout);
    const byName = new Map(entries.map((entry: { name: string }) => [entry.name, entry]));
    expect(byName.get('cleanup.policy')).toMatchObject({ value: 'compact,delete', source: 'topic' });
    expect(byName.get('retention.ms')).toMatchObject({ value: '604800000', source: 'default' });
    await cli(port, ['config', 'unset', 'topic', 't', 'cleanup.policy']);
    expect((await cli(port, ['config', 'get', 'topic', 't'])).stdout).toMatch(/^nothing is set/);
    await cli(port, ['config', 'set', 'broker', '1', 'log.cleaner.threads=2']);
    expect((await cli(port, ['config', 'get', 'broker', '1'])).stdout).toContain('log.cleaner.threads=2  (broker)');
  });

  test('a wrong type, name or value is said', async () => {
    const { port } = await startTestBroker();
    expect((await cli(port, ['config', 'get', 'table', 't'])).stderr).toContain("'table' has no configuration");
    expect((await cli(port, ['config', 'get', 'broker', 'first'])).stderr).toContain("'first' is no id of a broker");
    await cli(port, ['topic', 'create', 't']);
    const refused = await cli(port, ['config', 'set', 'topic', 't', 'retention.ms=soon']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^samsa: INVALID_CONFIG: .*retention\.ms/);
  });
});

describe('samsa acl, user and cluster', () => {
  const AUTHORIZED = {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
  };

  test('rules are added, listed and removed', async () => {
    const { port } = await startTestBroker(AUTHORIZED);
    const rule = ['--topic', 'orders-', '--prefix', '--principal', 'alice'];
    expect((await cli(port, ['acl', 'add', ...rule, '-o', 'read,describe'])).stdout).toBe('2 added\n');
    expect(JSON.parse((await cli(port, ['acl', 'list', '--principal', 'User:alice', '--json'])).stdout)).toEqual(
      ['read', 'describe'].map((operation) => ({
        ...{ principal: 'User:alice', permission: 'allow', operation },
        ...{ resource: 'topic', pattern: 'prefixed', name: 'orders-', host: '*' },
      })),
    );
    expect((await cli(port, ['acl', 'remove', ...rule, '-o', 'read'])).stdout).toBe('1 removed\n');
    expect((await cli(port, ['acl', 'remove'])).stderr).toContain('say so with --yes');
    expect((await cli(port, ['acl', 'remove', '--yes'])).stdout).toBe('1 removed\n');
    expect((await cli(port, ['acl', 'add', '--topic', 't', '--principal', 'a', '-o', 'fly'])).stderr).toContain(
      "'fly' is no operation",
    );
  });

  test('users come and go, quotas too', async () => {
    const { port } = await startTestBroker();
    await cli(port, ['user', 'add', 'alice'], { stdin: 'secret\n' });
    await cli(port, [
      'user',
      'add',
      'alice',
      '--mechanism',
      'scram-sha-256',
      '--password',
      'x',
      '--iterations',
      '8192',
    ]);
    expect(JSON.parse((await cli(port, ['user', 'list', '--json'])).stdout)).toEqual([
      { user: 'alice', mechanism: 'SCRAM-SHA-256', iterations: 8192 },
      { user: 'alice', mechanism: 'SCRAM-SHA-512', iterations: 4096 },
    ]);
    expect((await cli(port, ['user', 'remove', 'alice'])).code).toBe(0);
    expect((await cli(port, ['user', 'remove', 'alice'])).stderr).toMatch(/^samsa: RESOURCE_NOT_FOUND/);
    const set = await cli(port, ['user', 'quota', '-u', 'alice', 'producer_byte_rate=1000', '--json']);
    expect(JSON.parse(set.stdout)).toEqual([
      { user: 'alice', 'client-id': null, ip: null, quota: 'producer_byte_rate', value: 1000 },
    ]);
    expect(
      JSON.parse((await cli(port, ['user', 'quota', '-u', 'alice', 'producer_byte_rate=', '--json'])).stdout),
    ).toEqual([]);
  });

  test('the cluster, its features, its quorum and its disks', async () => {
    const { port, directory } = await startTestBroker();
    expect(JSON.parse((await cli(port, ['cluster', 'describe', '--json'])).stdout)).toMatchObject({
      controllerId: 1,
      brokers: [{ broker: 1, host: '127.0.0.1', port, rack: null }],
    });
    expect((await cli(port, ['cluster', 'features'])).stdout).toMatch(/metadata\.version +7 +30 +30/);
    expect(JSON.parse((await cli(port, ['cluster', 'quorum', '--json'])).stdout)).toMatchObject({
      leaderId: 1,
      replicas: [{ node: 1, role: 'leader', lag: 0 }],
    });
    expect(JSON.parse((await cli(port, ['cluster', 'log-dirs', '--json'])).stdout)).toMatchObject([
      { broker: 1, directory, error: null },
    ]);
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  // Each look is a round trip through the broker, which is the event that is waited for.
  for (let tries = 0; tries < 2000; tries++) if (await isSo()) return;
  throw new Error('it did not become so');
}
