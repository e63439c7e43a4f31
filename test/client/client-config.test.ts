import { describe, expect, test } from 'vitest';
import { clientConfig, parseAddresses } from '../../src/client/client-config.ts';

const noFiles = (path: string): string => {
  throw new Error(`reads ${path}`);
};
const of = (properties: Record<string, string>, readFile = noFiles) =>
  clientConfig(new Map(Object.entries(properties)), readFile);

describe('client configuration', () => {
  test("a Java client's file serves as it is", () => {
    const config = of(
      {
        'bootstrap.servers': 'kafka-1:9093, [::1]:9094',
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'SCRAM-SHA-512',
        'sasl.jaas.config':
          'org.apache.kafka.common.security.scram.ScramLoginModule required username="al ice" password="se\\"cret;";',
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': '/ca.pem',
        'key.serializer': 'org.apache.kafka.common.serialization.StringSerializer',
      },
      (path) => `-----BEGIN CERTIFICATE----- ${path}`,
    );
    expect(config.bootstrapServers).toEqual([
      { host: 'kafka-1', port: 9093 },
      { host: '::1', port: 9094 },
    ]);
    expect(config.tls).toEqual({ ca: '-----BEGIN CERTIFICATE----- /ca.pem', verifiesHostName: true });
    expect(config.sasl).toEqual({ mechanism: 'SCRAM-SHA-512', username: 'al ice', password: 'se"cret;' });
  });

  test('without anything it is a plain client of this machine', () => {
    expect(of({})).toMatchObject({ bootstrapServers: [{ host: 'localhost', port: 9092 }], tls: undefined });
    expect(of({ 'security.protocol': 'ssl', 'ssl.endpoint.identification.algorithm': '' }).tls).toEqual({
      verifiesHostName: false,
    });
  });

  test.each([
    [{ 'security.protocol': 'TLS' }, 'security.protocol=TLS is none of'],
    [{ 'security.protocol': 'SASL_SSL' }, 'sasl.mechanism=GSSAPI is not spoken here'],
    [{ 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'PLAIN' }, 'SASL PLAIN needs a user'],
    [{ 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'OAUTHBEARER' }, 'needs a token'],
    [{ 'security.protocol': 'SSL', 'ssl.truststore.location': 'a.jks', 'ssl.truststore.type': 'JKS' }, 'Convert it'],
    [{ 'request.timeout.ms': 'soon' }, 'request.timeout.ms=soon is no number'],
  ])('says what is wrong with %j', (properties, sentence) => {
    expect(() => of(properties)).toThrow(sentence);
  });

  test.each(['', ',', 'host:port', 'host:0', 'host:99999', 'a b:1:2'])("'%s' names no server", (text) => {
    expect(() => parseAddresses(text)).toThrow(/write host:port/);
  });
});
