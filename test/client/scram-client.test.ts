import { describe, expect, test } from 'vitest';
import { ScramClient } from '../../src/client/scram-client.ts';

describe('SCRAM client', () => {
  // The exchange of RFC 7677, section 3.
  const NONCE = 'rOprNGfwEbeRWgbNEkqO';
  const SERVER_FIRST = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
  const FINAL =
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
  const SERVER_FINAL = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

  test("says what RFC 7677's client says", () => {
    const client = new ScramClient('SCRAM-SHA-256', 'user', 'pencil', NONCE);
    expect(client.first()).toBe(`n,,n=user,r=${NONCE}`);
    expect(client.final(SERVER_FIRST)).toBe(FINAL);
    expect(() => client.verify(SERVER_FINAL)).not.toThrow();
  });

  test('refuses a server that does not know the password, or answers another client', () => {
    const client = new ScramClient('SCRAM-SHA-256', 'user', 'pencil', NONCE);
    expect(() => client.final(SERVER_FIRST.replace('r=rOpr', 'r=other'))).toThrow('nonce');
    expect(() => client.final(SERVER_FIRST.replace('i=4096', 'i=999999999'))).toThrow('iteration count');
    client.final(SERVER_FIRST);
    expect(() => client.verify(SERVER_FINAL.replace('v=6', 'v=7'))).toThrow('did not prove');
    expect(() => client.verify('e=other-error')).toThrow('refused: other-error');
  });

  test('names with commas and equals signs are escaped', () => {
    expect(new ScramClient('SCRAM-SHA-512', 'a=b,c', 'x', 'n').first()).toBe('n,,n=a=3Db=2Cc,r=n');
  });
});
