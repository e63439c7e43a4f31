/** The broker's certificate and key, as Kafka's `ssl.keystore.…` names them, in the forms that Node's TLS takes. */
import { readFile } from 'node:fs/promises';
import type { BrokerConfig } from './broker-config.ts';
import { ConfigError } from './config-error.ts';

/** Options of `tls.createSecureContext`. */
export type TlsIdentity =
  | { readonly cert: string; readonly key: string; readonly passphrase?: string }
  | { readonly pfx: Buffer; readonly passphrase?: string };

/**
 * PEM from the configuration itself or from a file that holds certificates and key, or PKCS12 from a file. Throws
 * `ConfigError` where there is none, and for JKS, which only Java reads.
 */
export async function tlsIdentity(config: BrokerConfig): Promise<TlsIdentity> {
  const { sslKeystoreType: type, sslKeystoreLocation: location, sslKeystorePassword, sslKeyPassword } = config;
  const { sslKeystoreCertificateChain: chain, sslKeystoreKey: key } = config;
  const passphrase = (password: string | null) => (password === null ? {} : { passphrase: password });
  if (type === 'PEM') {
    if (chain !== null && key !== null) return { cert: chain, key, ...passphrase(sslKeyPassword) };
    const pem = await read(location, 'ssl.keystore.location, or ssl.keystore.certificate.chain and ssl.keystore.key');
    return { cert: pem.toString(), key: pem.toString(), ...passphrase(sslKeyPassword) };
  }
  if (type === 'PKCS12') {
    return { pfx: await read(location, 'ssl.keystore.location'), ...passphrase(sslKeystorePassword) };
  }
  throw new ConfigError(
    `ssl.keystore.type: ${type} is not read; set PEM or PKCS12 (keytool -importkeystore -deststoretype PKCS12 makes one of a JKS).`,
  );
}

async function read(location: string | null, keys: string): Promise<Buffer> {
  if (location === null) throw new ConfigError(`https:// in http.listeners needs a certificate: set ${keys}.`);
  try {
    return await readFile(location);
  } catch (cause) {
    throw new ConfigError(`ssl.keystore.location: ${location} cannot be read: ${String(cause)}.`, { cause });
  }
}
