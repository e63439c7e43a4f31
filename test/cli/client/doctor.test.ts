import { createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { diagnose, type Finding } from '../../../src/cli/client/diagnosis.ts';
import { type Address, clientConfig } from '../../../src/client/client-config.ts';
import { SystemClock } from '../../../src/platform/clock.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { startTestBroker, WITH_CONTROLLER } from '../../support/test-broker.ts';
import { cli } from './support.ts';

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function diagnosed(address: Address, lookup: (host: string) => Promise<string[]>): Promise<Finding[]> {
  const findings: Finding[] = [];
  const ports = { clock: new SystemClock(), random: systemRandom, lookup };
  const config = clientConfig(new Map(), () => '');
  for await (const finding of diagnose(address, config, ports)) findings.push(finding);
  return findings;
}

/** The last finding of a diagnosis that ended with a problem. */
async function problem(port: number, ...properties: string[]): Promise<{ text: string; advice: string }> {
  const flags = properties.flatMap((property) => ['-X', property]);
  const { stdout, code } = await cli(port, ['doctor', '--json', ...flags]);
  expect(code).toBe(1);
  const findings = JSON.parse(stdout);
  const found = findings.filter(({ status }: { status: string }) => status === 'problem');
  expect(found).toHaveLength(1);
  return found[0];
}

describe('samsa doctor', () => {
  test('a broker that is well has no problem', async () => {
    const { port } = await startTestBroker();
    const { stdout, code } = await cli(port, ['doctor', `localhost:${port}`]);
    expect(code).toBe(0);
    expect(stdout).toContain(`✓ broker 1 advertises 127.0.0.1:${port}, which answers`);
    expect(stdout).not.toContain('✗');
  });

  test('nothing listens', async () => {
    const server = createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    expect((await problem(port)).advice).toContain(`Nothing listens on port ${port} here: start the broker`);
  });

  test('the name is unknown', async () => {
    const lookup = async (): Promise<string[]> => {
      throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    };
    expect(await diagnosed({ host: 'kafka-1', port: 9092 }, lookup)).toMatchObject([
      { status: 'problem', text: 'kafka-1 does not resolve (ENOTFOUND)' },
    ]);
  });

  test('an HTTP server answers', async () => {
    const port = await listening(
      createServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      }),
    );
    expect((await problem(port)).advice).toMatch(/^An HTTP server answers there/);
  });

  test('another program answers, or hangs up', async () => {
    const other = await listening(
      createServer((socket) => {
        socket.on('error', () => {});
        socket.end('SSH-2.0-OpenSSH_9.2\r\n');
      }),
    );
    expect((await problem(other)).advice).toContain('Another program answers there (it began with 5353482d');
    const silent = await listening(createServer((socket) => socket.on('error', () => {}).end()));
    expect((await problem(silent)).advice).toMatch(/^The connection was accepted, then closed/);
  });

  test("a controller's listener is told from a broker's", async () => {
    const { broker } = await startTestBroker(WITH_CONTROLLER);
    const { port } = broker.boundListeners.find(({ name }) => name === 'CONTROLLER')!;
    expect((await problem(port)).text).toContain('is the listener of a controller');
  });

  describe('TLS', () => {
    let certificate: { private: string; cert: string };
    beforeAll(async () => {
      certificate = await generate([{ name: 'commonName', value: 'kafka.example' }]);
    });
    const tlsServer = () =>
      listening(
        createTlsServer({ key: certificate.private, cert: certificate.cert }, (socket) => {
          socket.on('error', () => {});
        }).on('tlsClientError', () => {}),
      );

    test('a listener that wants it is found out', async () => {
      const port = await tlsServer();
      expect(await problem(port)).toEqual({
        status: 'problem',
        text: `127.0.0.1:${port} wants TLS`,
        advice: 'Set security.protocol=SSL (or SASL_SSL), and ssl.truststore.location to the CA in PEM.',
      });
    });

    test('a certificate that is not trusted, or is for another name', async () => {
      const port = await tlsServer();
      expect((await problem(port, 'security.protocol=SSL')).advice).toMatch(/^The certificate is self-signed/);
      const trusted = ['security.protocol=SSL', `ssl.truststore.certificates=${certificate.cert}`];
      expect((await problem(port, ...trusted)).advice).toContain('for the address 127.0.0.1');
    });

    test('a broker without it is told from one with it', async () => {
      const { port } = await startTestBroker();
      expect((await problem(port, 'security.protocol=SSL')).text).toContain("speaks Kafka's protocol, but without TLS");
    });
  });

  test('SASL where none is asked for', async () => {
    const { port } = await startTestBroker();
    const sasl = ['security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=PLAIN', 'sasl.username=a', 'sasl.password=b'];
    expect((await problem(port, ...sasl)).advice).toContain('This listener does not ask for SASL');
  });

  test('advertised addresses that nobody can reach', async () => {
    const unreachable = createServer();
    const closedPort = await listening(unreachable);
    await new Promise((resolve) => unreachable.close(resolve));
    const closed = await startTestBroker({ 'advertised.listeners': `PLAINTEXT://127.0.0.1:${closedPort}` });
    const found = await problem(closed.port);
    expect(found.text).toContain(`broker 1 advertises 127.0.0.1:${closedPort}, but no connection`);
    expect(found.advice).toContain(`Set advertised.listeners of broker 1 to what this machine can reach`);
  });

  test('an advertised name that is unknown here', async () => {
    const { port } = await startTestBroker({ 'advertised.listeners': 'PLAINTEXT://kafka:9092' });
    const lookup = async (host: string): Promise<string[]> => {
      if (host === '127.0.0.1') return [host];
      throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    };
    const findings = await diagnosed({ host: '127.0.0.1', port }, lookup);
    expect(findings.at(-1)).toMatchObject({
      status: 'problem',
      text: 'broker 1 advertises kafka:9092, which does not resolve here (ENOTFOUND)',
    });
  });

  test('an advertised address that is another cluster', async () => {
    const other = await startTestBroker();
    const confused = await startTestBroker({ 'advertised.listeners': `PLAINTEXT://127.0.0.1:${other.port}` });
    expect((await problem(confused.port)).text).toContain('where another cluster answers');
  });

  test('an advertised localhost is no use to clients elsewhere', async () => {
    const { port } = await startTestBroker({ 'advertised.listeners': 'PLAINTEXT://localhost:9092' });
    // 0.0.0.0 reaches this machine by a name that is not local.
    const findings = await diagnosed({ host: '0.0.0.0', port }, async () => ['127.0.0.1']);
    expect(findings.at(-1)!.text).toContain('which is this machine itself, although you came through 0.0.0.0');
  });
});
